"""A delimited text with remarks in front of its table, or with several tables below one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from revops.errors import UnreadableFile
from revops.ingest import delimited
from revops.ingest.read import read_file
from revops.ingest.types import RawTable

DEALS = "Deal ID,Stage,Amount\n1,Won,10\n2,Lost,20\n"
TEAM = "Owner,Team,Quota\nAnn,North,100\nBob,South,200\n"
GA4 = (
    "# ----------------------------------------\n# Account: Acme, Inc.\n# Property: Acme - GA4\n#\n"
    "# Start date: 20260101\n# End date: 20260131\n"
)


def read(tmp_path: Path, text: str | bytes) -> list[RawTable]:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_file(path)


def grids(tables: list[RawTable]) -> list[list[tuple[str | None, ...]]]:
    return [[t.columns, *t.sample(1000)] for t in tables]


DEALS_GRID = [("Deal ID", "Stage", "Amount"), ("1", "Won", "10"), ("2", "Lost", "20")]
TEAM_GRID = [("Owner", "Team", "Quota"), ("Ann", "North", "100"), ("Bob", "South", "200")]

# Text -> the lines of its headers. In all of them stand the two tables above.
TWO_TABLES: dict[str, tuple[str, list[int]]] = {
    "of the same width": (f"{DEALS}\n{TEAM}", [1, 5]),
    "blank lines with delimiters": (f"{DEALS},,\n{TEAM}", [1, 5]),
    "Windows line ends": (f"{DEALS}\n{TEAM}".replace("\n", "\r\n"), [1, 5]),
    "old Mac line ends": (f"{DEALS}\n{TEAM}".replace("\n", "\r"), [1, 5]),
    "titles above each": (f"Deals of March\n{DEALS}\nTeam\n{TEAM}", [2, 7]),
    "titles set apart": (f"Deals of March\n\n{DEALS}\nTeam\n\n{TEAM}", [3, 9]),
    "a total between": (f"{DEALS}Total,,30\n\n{TEAM}", [1, 6]),
    "a total after a blank line": (f"{DEALS}\nTotal,,30\n\n{TEAM}", [1, 7]),
    "remarks between": (f"{GA4}{DEALS}\n# Start date: 20260101\n# End date: 20260131\n{TEAM}", [7, 13]),
}


@pytest.mark.parametrize("case", TWO_TABLES)
def test_each_table_of_a_text_is_a_table(tmp_path: Path, case: str) -> None:
    text, lines = TWO_TABLES[case]
    tables = read(tmp_path, text)
    assert grids(tables) == [DEALS_GRID, TEAM_GRID]
    assert [t.layout.header_line for t in tables] == lines
    assert [t.name for t in tables] == ["export.csv", "export.csv › [2]"]
    aside = [a.line for t in tables for a in t.set_aside]
    told = {n for n, line in enumerate(text.splitlines(), 1) if line.strip(",")}
    assert sorted({*aside, *(n for at in lines for n in range(at, at + 3))} & told) == sorted(told)  # nothing is lost
    assert len(aside) == len(set(aside))


def test_tables_of_different_widths(tmp_path: Path) -> None:
    tables = read(tmp_path, "Deal,Owner,Amount\nAcme,Ann,10\nBeta,Bob,20\n\nOwner,Quota\nAnn,100\nBob,200\n")
    assert grids(tables) == [
        [("Deal", "Owner", "Amount"), ("Acme", "Ann", "10"), ("Beta", "Bob", "20")],
        [("Owner", "Quota"), ("Ann", "100"), ("Bob", "200")],
    ]


def test_a_small_table_above_a_wide_one_is_no_title(tmp_path: Path) -> None:
    tables = read(tmp_path, f"Metric,Value\nDeals,2\nAmount,30\n\n{DEALS}")
    assert grids(tables)[1:] == [DEALS_GRID]
    assert tables[0].sample() == [("Deals", "2"), ("Amount", "30")]


def test_three_tables_and_a_header_without_rows(tmp_path: Path) -> None:
    tables = read(tmp_path, f"{DEALS}\n{TEAM}\nMonth,Spend,Clicks\n2026-01,100,5\n2026-02,90,4\n\nA,B,C,D\n")
    assert [t.layout.sheet for t in tables] == [None, "[2]", "[3]"]
    assert tables[2].row_count == 2


def test_what_cannot_be_a_table_is_set_aside_with_a_note(tmp_path: Path) -> None:
    [table] = read(tmp_path, DEALS + "\nOwner,Quota\n")
    assert table.row_count == 2
    assert [(a.line, a.kind) for a in table.set_aside] == [(5, "footer")]
    assert "second table starts on line 5" in table.notes[-1].en


@pytest.mark.parametrize(
    "below",
    [
        "\n3,Won,30\n4,Lost,40\n",  # a gap
        "\nDeal ID,Stage,Amount\n3,Won,30\n4,Lost,40\n",  # the same header again: pages
        "\n\n\n3,Won,\n4,Lost,40\n",
    ],
)
def test_rows_after_a_blank_line_belong_to_the_table(tmp_path: Path, below: str) -> None:
    [table] = read(tmp_path, DEALS + below)
    assert [row[0] for row in table.sample()] == ["1", "2", "3", "4"]


def test_a_blank_line_inside_quotes_ends_no_table(tmp_path: Path) -> None:
    rows = "".join(f'{i},"Dear,\n\nOwner,Team,Quota\nAnn,North,100\nBob,South,200\n",{i}\n' for i in range(3))
    [table] = read(tmp_path, "id,body,n\n" + rows)
    assert table.row_count == 3


def test_a_second_table_far_below_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the rows that are looked at for the header, where the text is read by the engine."""
    many = "Deal ID,Stage,Amount\n" + "".join(f"{i},Won,{i}\n" for i in range(50_000))
    for small in (delimited.SMALL, 0):
        monkeypatch.setattr(delimited, "SMALL", small)
        deals, team = read(tmp_path, f"{many}\n{TEAM}")
        assert deals.row_count == 50_000
        assert grids([team]) == [TEAM_GRID]
        assert team.layout.header_line == 50_003


def test_a_text_of_very_many_tables_keeps_the_rest_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MOST_TABLES", 4)
    tables = read(tmp_path, "\n".join([DEALS, TEAM] * 3))
    assert len(tables) == 4
    assert "second table" in tables[-1].notes[-1].en
    assert len(tables[-1].set_aside) == 6


@pytest.mark.parametrize("rows", [1, 2, 40])
@pytest.mark.parametrize("width", [2, 4])
def test_remarks_in_front_of_a_short_table_are_no_prose(tmp_path: Path, rows: int, width: int) -> None:
    header = ",".join(["Channel group", "Sessions", "Engaged sessions", "Total revenue"][:width])
    lines = [",".join([f"Channel {i}", "12", "10", "1500.5"][:width]) for i in range(rows)]
    [table] = read(tmp_path, GA4 + "\n".join([header, *lines]) + "\n")
    assert ",".join(table.columns) == header
    assert table.row_count == rows
    assert table.layout.header_line == 7
    assert [a.line for a in table.set_aside] == [1, 2, 3, 4, 5, 6]


def test_rows_that_begin_with_the_sign_of_remarks_are_rows(tmp_path: Path) -> None:
    """Orders of a shop are named “#1001”, and a column may be headed “#”."""
    [orders] = read(tmp_path, "Name,Email,Total\n#1001,a@x.io,10\n#1002,b@x.io,20\n")
    assert orders.sample() == [("#1001", "a@x.io", "10"), ("#1002", "b@x.io", "20")]
    [numbered] = read(tmp_path, "#,Client,Amount\n1,Acme,10\n2,Beta,20\n")
    assert numbered.columns == ("#", "Client", "Amount")
    [noted] = read(tmp_path, "# made by a script\n# on Monday\n#id,Client,Amount\n1,Acme,10\n2,Beta,20\n")
    assert noted.columns == ("#id", "Client", "Amount")
    [both] = read(tmp_path, GA4 + "Name,Email,Total\n#1001,a@x.io,10\n#1002,b@x.io,20\n")
    assert both.row_count == 2


def test_remarks_alone_are_no_table(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, GA4)


@pytest.mark.parametrize("title", ["Deals of March", "Deals of March,", "\nDeals of March\n"])
def test_a_title_above_two_columns_is_no_name_of_a_column(tmp_path: Path, title: str) -> None:
    [table] = read(tmp_path, f"{title}\nClient,Amount\nAcme,10\nBeta,20\n")
    assert table.columns == ("Client", "Amount")
    assert [(a.kind, a.text.strip(",")) for a in table.set_aside] == [("preamble", "Deals of March")]
