"""The checks of data quality are declared whole: in both languages, over fields the model has."""

from __future__ import annotations

import re

import pytest

from revops.analysis.core import Result
from revops.analysis.quality import DATA_QUALITY, SEVERITY, missing_for
from revops.analysis.quality_checks import Check, Severity
from revops.analysis.quality_completeness import COUNTED, OPEN_END
from revops.analysis.quality_links import CHECKS
from revops.formats import Formatter
from revops.model import ENTITY

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.key)


@each_check
def test_every_text_is_said_in_both_languages(check: Check) -> None:
    for text in (check.title, check.meaning, check.fix):
        assert text.en.strip()
        assert not CYRILLIC.search(text.en)
        assert CYRILLIC.search(text.ru)
    for text in (check.meaning, check.fix):
        assert text.en.endswith(".")
        assert text.ru.endswith(".")


@each_check
def test_what_it_needs_and_shows_are_fields_of_the_model(check: Check) -> None:
    for name in check.needs:
        entity, _, field = name.partition(".")
        assert field in ENTITY[entity]
    assert check.needs[0].startswith(f"{check.entity}.") or check.entity == "accounts"
    assert all(name in ENTITY[check.entity] for name in check.shows)


@each_check
def test_a_check_is_made_once_its_fields_are_there(check: Check) -> None:
    assert missing_for(check, frozenset()) == check.needs
    assert missing_for(check, frozenset(check.needs)) == ()


def test_every_severity_has_a_name() -> None:
    assert set(SEVERITY) == {str(s.value) for s in Severity}


def test_fields_that_may_be_empty_and_fields_that_count_are_of_the_model() -> None:
    known = {f"{e.name}.{f.name}" for e in ENTITY.values() for f in e.fields}
    assert known >= OPEN_END
    assert known >= COUNTED


def test_where_nothing_is_at_fault_the_finding_says_so() -> None:
    clean = Result(frame=None, columns=(), facts={"failed": 0, "checks": 12})  # type: ignore[arg-type]
    assert DATA_QUALITY.finding(clean, Formatter("en")) == "All 12 checks that can be made are clean."
    assert DATA_QUALITY.finding(clean, Formatter("ru")) == "Все выполнимые проверки (12) пройдены."
