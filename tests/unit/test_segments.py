"""Filters under a name: kept in the workspace, known again whatever their order, refused where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from revops.analysis import segments
from revops.errors import BadParameter
from revops.workspace import Workspace


def test_segments_are_kept_beside_the_data_and_change_no_figure(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with Workspace.open(path) as workspace:
        before = workspace.fingerprint
        assert segments.keep(workspace, "  Small   ones ", {"segment": ("SMB",), "team": ()}) == "Small ones"
        segments.keep(workspace, "крупные", {"segment": ("Enterprise", ""), "extra.Deal: kind": ("a;b|c",)})
        assert workspace.fingerprint == before
    with Workspace.open(path) as workspace:
        kept = segments.segments(workspace)
        assert kept == {
            "Small ones": {"segment": ("SMB",)},
            "крупные": {"segment": ("Enterprise", ""), "extra.Deal: kind": ("a;b|c",)},
        }
        assert segments.name_of(kept, {"extra.Deal: kind": ("a;b|c",), "segment": ("", "Enterprise")}) == "крупные"
        assert segments.name_of(kept, {"segment": ("SMB", "")}) is None
        segments.keep(workspace, "Small ones", {"segment": ("SMB", "Mid")})
        segments.remove(workspace, "крупные")
        assert segments.segments(workspace) == {"Small ones": {"segment": ("SMB", "Mid")}}


@pytest.mark.parametrize(("name", "where"), [("", {"segment": ("SMB",)}), ("x" * 61, {"a": ("b",)}), ("x", {"a": ()})])
def test_what_is_no_segment_is_refused(tmp_path: Path, name: str, where: segments.Where) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with pytest.raises(BadParameter):
            segments.keep(workspace, name, where)
        assert segments.segments(workspace) == {}
