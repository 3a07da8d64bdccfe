"""The demo workspace: built by the real importer, once, and put in place only when it is complete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from revops import demo
from revops.cli.app import program
from revops.errors import RevOpsError, WorkspaceError
from revops.importing import history
from revops.workspace import Workspace

DEALS = "Deal ID,Stage,Amount,Create Date,Close Date\nd1,Closed Won,10,2025-01-05,2025-02-01\n"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    return folder


def deals(path: Path) -> int:
    with Workspace.open(path, create=False) as workspace:
        return workspace.counts()["opportunities"]


def test_it_is_built_once_and_anew_when_an_export_changes(tmp_path: Path, exports: Path) -> None:
    path = tmp_path / "home" / "demo.duckdb"
    assert demo.build_demo(path, exports=exports) is True
    assert demo.build_demo(path, exports=exports) is False
    assert deals(path) == 1
    (exports / "deals.csv").write_text(DEALS + "d2,Closed Lost,5,2025-01-06,2025-02-02\n", encoding="utf-8")
    assert demo.build_demo(path, exports=exports) is True
    assert deals(path) == 2


def test_an_earlier_export_is_loaded_first_and_the_newer_one_says_what_it_changed(
    tmp_path: Path, exports: Path
) -> None:
    newer = DEALS + "d2,Closed Won,40,2025-01-06,2025-02-02\nd3,Discovery,5,2025-03-03,2025-05-01\n"
    (exports / "deals.csv").write_text(newer, encoding="utf-8")
    (exports / "earlier").mkdir()
    then = DEALS + "d2,Closed Won,30,2025-01-06,2025-02-02\nd4,Discovery,5,2025-03-02,2025-05-01\n"
    (exports / "earlier" / "deals_2025-03-02.csv").write_text(then, encoding="utf-8")
    (exports / "team.csv").write_text("Person,Team\nAnn,North\n", encoding="utf-8")
    path = tmp_path / "demo.duckdb"
    assert demo.build_demo(path, exports=exports) is True
    with Workspace.open(path, create=False) as workspace:
        assert workspace.imports()["file"].tolist() == ["deals_2025-03-02.csv", "deals.csv", "team.csv"]
        done = history.of(workspace)
    second = done[2]
    assert (second.added, second.changed, second.unchanged) == (1, 1, 1)
    told = {(r.metric, r.month.isoformat()): (r.before, r.after) for r in second.restated}
    assert told["won_revenue", "2025-02-01"] == (40, 50)
    assert done[3].restated == ()
    assert demo.build_demo(path, exports=exports) is False
    (exports / "earlier" / "deals_2025-03-02.csv").write_text(DEALS, encoding="utf-8")
    assert demo.build_demo(path, exports=exports) is True


def test_a_demo_that_cannot_be_built_leaves_the_one_that_is_there(tmp_path: Path, exports: Path) -> None:
    path = tmp_path / "home" / "demo.duckdb"
    demo.build_demo(path, exports=exports)
    (exports / "more.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(RevOpsError, match=r"more\.csv"):
        demo.build_demo(path, exports=exports)
    assert deals(path) == 1
    assert sorted(p.name for p in path.parent.iterdir()) == ["demo.duckdb", "demo.stamp"]


def test_missing_exports_are_said(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="generate"):
        demo.build_demo(tmp_path / "demo.duckdb", exports=tmp_path)


def test_the_word_demo_names_the_demo_workspace(tmp_path: Path, exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
    missing = CliRunner().invoke(program(), ["metrics", "--workspace", "demo"])
    assert missing.exit_code == 2
    assert "python -m revops demo" in missing.stderr
    demo.build_demo(exports=exports)
    asked = ["sql", "SELECT count(*) AS n FROM opportunities", "--workspace", "demo", "--format", "json"]
    assert json.loads(CliRunner().invoke(program(), asked).stdout) == [{"n": 1}]
