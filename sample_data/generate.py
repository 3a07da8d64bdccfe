"""Rewrite the demo company's exports: `python sample_data/generate.py [folder]`.

The same bytes on every run (fixed seed, fixed document dates). Written beside them is truths.json, the totals
and the planted effects as counted from the written files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from demo.company import simulate  # noqa: E402
from demo.exports import write_all  # noqa: E402


def main(arguments: list[str]) -> None:
    """Write the exports into the folder (by default sample_data/exports); truths.json only for the default one."""
    folder = Path(arguments[0]) if arguments else HERE / "exports"
    write_all(simulate(), folder)
    if not arguments:
        from demo.truths import count_truths

        text = json.dumps(count_truths(folder), indent=2, ensure_ascii=False) + "\n"
        (HERE / "truths.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
