"""What a source is: its place, its schedule, and that no secret is ever part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from revops import sources
from revops.errors import RevOpsError
from revops.sources import FileSource, FolderSource, HttpSource, Place, S3Source, Source, SourceError, SqlSource, s3
from revops.sources.records import from_json, to_json
from revops.sources.secrets import fill
from revops.sources.statement import check_select, table_parts

DATABASE = "postgresql://reader:${PW}@db.example:5432/crm"


def known(**secrets: str) -> Callable[[str], str | None]:
    return secrets.get


class TestPlaces:
    @pytest.mark.parametrize(
        ("text", "options", "place"),
        [
            ("https://example.com/d.csv", {}, HttpSource(url="https://example.com/d.csv")),
            ("http://127.0.0.1:8000/d.csv", {}, HttpSource(url="http://127.0.0.1:8000/d.csv")),
            ("s3://bucket/a/b.csv", {}, S3Source(bucket="bucket", key="a/b.csv")),
            (DATABASE, {"table": "deals"}, SqlSource(url=DATABASE, table="deals")),
            ("${CRM_URL}", {"query": "SELECT 1"}, SqlSource(url="${CRM_URL}", query="SELECT 1")),
            ("/exports", {"pattern": "*.csv"}, FolderSource(path="/exports", pattern="*.csv")),
            ("/exports/deals.csv", {}, FileSource(path="/exports/deals.csv")),
        ],
    )
    def test_a_place_is_known_by_how_it_is_written(self, text: str, options: dict[str, str], place: Place) -> None:
        assert sources.place_of(text, **options) == place

    @pytest.mark.parametrize(
        "place",
        [
            FileSource(path="/a.csv"), FolderSource(path="/a", pattern="*.csv"), S3Source(bucket="b", key="k"),
            HttpSource(url="https://example.com/x", authorization="Bearer ${T}"), SqlSource(url=DATABASE, table="d"),
        ],
    )  # fmt: skip
    def test_it_comes_back_as_it_was_kept(self, place: Place) -> None:
        source = Source(name="x", place=place, every=15)
        assert from_json("x", to_json(source)) == source

    def test_a_kind_of_a_later_version_is_said(self) -> None:
        with pytest.raises(SourceError, match="unknown kind"):
            from_json("x", '{"kind": "carrier pigeon", "loft": "north"}')

    @pytest.mark.parametrize("text", ["", "ftp://example.com/x", "oracle://host/x", "s3://bucket"])
    def test_what_is_no_place_is_refused(self, text: str) -> None:
        with pytest.raises(SourceError, match="no place"):
            Source(name="x", place=sources.place_of(text))

    def test_a_database_needs_a_table_or_a_query(self) -> None:
        for place in (SqlSource(url=DATABASE), SqlSource(url=DATABASE, table="a", query="SELECT 1")):
            with pytest.raises(SourceError, match="a table or a query"):
                Source(name="x", place=place)

    def test_plain_http_is_for_this_machine_alone(self) -> None:
        with pytest.raises(SourceError, match="not encrypted"):
            Source(name="x", place=HttpSource(url="http://example.com/d.csv"))

    @pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 81])
    def test_a_name_that_could_leave_its_folder_is_refused(self, name: str) -> None:
        with pytest.raises(SourceError, match="name of a source"):
            Source(name=name, place=FileSource(path="/a.csv"))

    @pytest.mark.parametrize("every", [0, -5, 10_081])
    def test_a_schedule_has_bounds(self, every: int) -> None:
        with pytest.raises(SourceError, match="minutes"):
            Source(name="x", place=FileSource(path="/a.csv"), every=every)


class TestSecrets:
    @pytest.mark.parametrize(
        "place",
        [
            SqlSource(url="postgresql://reader:hunter2@host/crm", table="d"),
            SqlSource(url="postgresql://reader:x${PW}hunter2@host/crm", table="d"),
            SqlSource(url="postgresql://host/crm?user=a&password=hunter2", table="d"),
            SqlSource(url="mssql://host/crm?odbc_connect=Driver%3DX%3BPWD%3Dhunter2", table="d"),
            HttpSource(url="https://hunter2@example.com/x.csv"),
            HttpSource(url="https://example.com/x.csv?api_key=hunter2"),
            HttpSource(url="https://example.com/x.csv?X-Amz-Signature=hunter2"),
            HttpSource(url="https://example.com/x.csv", authorization="Bearer hunter2"),
            S3Source(bucket="b", key="k", endpoint="https://a:hunter2@store.example"),
        ],
    )
    def test_an_address_that_holds_one_is_refused_without_repeating_it(self, place: Place) -> None:
        with pytest.raises(SourceError) as caught:
            Source(name="x", place=place)
        assert caught.value.code == "secret_in_address"
        assert "hunter2" not in caught.value.sentence().en + caught.value.sentence().ru

    @pytest.mark.parametrize(
        "url",
        [DATABASE, "${WHOLE}", "postgresql://${U}:${PW}@h/d", "postgresql://h/d?password=${PW}", "sqlite:///a.db"],
    )
    def test_names_of_secrets_are_fine(self, url: str) -> None:
        assert Source(name="x", place=SqlSource(url=url, table="d")).place.url == url  # type: ignore[union-attr]

    def test_a_secret_is_escaped_where_an_address_asks_for_it(self) -> None:
        assert fill("postgresql://a:${PW}@h/d", known(PW="p@ss/w:rd?")).text == "postgresql://a:p%40ss%2Fw%3Ard%3F@h/d"
        assert fill("https://h/${PART}/x?t=${T}", known(PART="v1", T="a&b")).text == "https://h/v1/x?t=a%26b"
        assert fill("${URL}", known(URL="postgresql://a:b@h/d")).text == "postgresql://a:b@h/d"

    def test_every_spelling_of_it_is_hidden_in_a_message(self) -> None:
        filled = fill("postgresql://a:${PW}@h/d", known(PW="p@ss 1"))
        assert filled.scrubbed("p@ss 1, p%40ss%201 and p%40ss+1\nfailed") == "•••, ••• and ••• failed"
        assert "p@ss" not in repr(filled)

    def test_the_password_inside_a_whole_address_is_hidden_too(self) -> None:
        filled = fill("${URL}", known(URL="postgresql://a:inner%21@h/d"))
        assert filled.scrubbed("wrong password inner! for a") == "wrong password ••• for a"

    def test_one_that_is_not_set_is_named(self) -> None:
        with pytest.raises(SourceError, match="The secret PW is not set"):
            fill(DATABASE, known())


class TestStatements:
    @pytest.mark.parametrize(
        ("query", "ordered"),
        [
            ("SELECT * FROM a", False), ("SELECT * FROM a ORDER BY b", True), ("SELECT 1 UNION SELECT 2", False),
            ("WITH x AS (SELECT 1 AS n ORDER BY 1) SELECT n FROM x", False), ("SELECT 1 -- end", False),
        ],
    )  # fmt: skip
    def test_a_select_passes_and_its_order_is_known(self, query: str, ordered: bool) -> None:
        assert check_select(query, "postgres") is ordered

    @pytest.mark.parametrize(
        ("query", "dialect"),
        [
            ("DELETE FROM a", "postgres"), ("SELECT 1; SELECT 2", "postgres"), ("SELECT * INTO b FROM a", "tsql"),
            ("WITH x AS (INSERT INTO a VALUES (1) RETURNING *) SELECT * FROM x", "postgres"),
            ("SELECT * FROM a FOR UPDATE", "postgres"), ("EXEC drop_all", "tsql"), ("CALL f()", "mysql"),
            ("SELECT 1 /*! INTO OUTFILE '/x' */", "mysql"), ("SELECT 1 INTO OUTFILE '/x'", "mysql"),
            ("COPY a TO PROGRAM 'x'", "postgres"), ("PRAGMA writable_schema = 1", "sqlite"), ("", "postgres"),
            ("ATTACH 'x' AS y", "sqlite"),
            ("EXPLAIN ANALYZE DELETE FROM a", "postgres"), ("SELECT FROM WHERE", "mysql"),
        ],
    )  # fmt: skip
    def test_anything_else_does_not(self, query: str, dialect: str) -> None:
        with pytest.raises(SourceError) as caught:
            check_select(query, dialect)
        assert caught.value.code == "source_query"

    @pytest.mark.parametrize(
        ("table", "parts"),
        [("deals", ("deals",)), ("public.deals", ("public", "deals")), ('"my ""db"".x".t', ('my "db".x', "t"))],
    )
    def test_a_table_may_name_its_schema(self, table: str, parts: tuple[str, ...]) -> None:
        assert table_parts(table) == parts

    @pytest.mark.parametrize("table", ["", ".", "a.b.c.d", 'a"b', "a..b"])
    def test_what_is_no_name_is_refused(self, table: str) -> None:
        with pytest.raises(SourceError, match="no name of a table"):
            table_parts(table)


def test_a_request_to_s3_is_signed_as_amazon_documents_it() -> None:
    """The GET object example of "Authenticating Requests (AWS Signature Version 4)"."""
    headers = s3.signed(
        "https://examplebucket.s3.amazonaws.com/test.txt",
        "us-east-1",
        s3.Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        dt.datetime(2013, 5, 24, tzinfo=dt.UTC),
        {"Range": "bytes=0-9"},
    )
    signature = headers["authorization"].rpartition("Signature=")[2]
    assert signature == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


def test_a_source_is_agreed_to_by_its_place_and_not_by_its_schedule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path))
    source = Source(name="x", place=FileSource(path="/a.csv"))
    assert not sources.trusted(source)
    sources.trust(source)
    assert sources.trusted(Source(name="y", place=FileSource(path="/a.csv"), every=5))
    assert not sources.trusted(Source(name="x", place=FileSource(path="/b.csv")))


def test_every_error_of_a_source_can_be_mended_by_a_person() -> None:
    assert issubclass(SourceError, RevOpsError)
