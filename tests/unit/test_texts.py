"""Texts speak two languages; errors say what is wrong and what to do, in both."""

from __future__ import annotations

import dataclasses

import pytest

from revops import errors
from revops.errors import NotComputable, RevOpsError, UnknownName, unknown
from revops.text import LANGUAGES, Text, language, verbatim

DEALS = Text("deals", "сделки")


class TestText:
    def test_each_language_has_its_own_wording(self) -> None:
        assert {code: DEALS[code] for code in LANGUAGES} == {"en": "deals", "ru": "сделки"}

    def test_as_a_plain_string_it_is_english(self) -> None:
        assert str(DEALS) == "deals"

    def test_format_fills_both_languages(self) -> None:
        assert Text("{n} rows", "строк: {n}").format(n=3) == Text("3 rows", "строк: 3")

    def test_a_text_among_the_values_is_said_in_the_language_of_the_sentence(self) -> None:
        assert Text("Map {what}.", "Сопоставьте: {what}.").format(what=DEALS) == Text(
            "Map deals.", "Сопоставьте: сделки."
        )

    def test_a_value_may_hold_braces(self) -> None:
        assert Text("{name}!", "{name}!").format(name="{0} {x}") == Text("{0} {x}!", "{0} {x}!")

    def test_a_value_that_the_template_needs_and_nobody_gives_is_a_bug(self) -> None:
        with pytest.raises(KeyError, match="n"):
            Text("{n}", "{n}").format()

    def test_it_cannot_be_changed(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            DEALS.en = "leads"  # type: ignore[misc]

    def test_a_name_from_the_data_is_the_same_in_every_language(self) -> None:
        assert verbatim("Closed Won") == Text("Closed Won", "Closed Won")
        assert verbatim(2024) == Text("2024", "2024")


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [
        ("ru", "ru"), ("ru-RU", "ru"), ("ru_RU", "ru"), ("RU", "ru"), ("en-GB", "en"),
        ("de-DE", "en"), ("", "en"), (None, "en"), ("rue", "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_locale(locale: str | None, spoken: str) -> None:
    assert language(locale) == spoken


class TestErrors:
    def test_the_sentence_is_the_message_and_then_the_fix(self) -> None:
        error = RevOpsError(Text("No close date.", "Нет даты закрытия."), fix=Text("Map it.", "Сопоставьте её."))
        assert error.sentence() == Text("No close date. Map it.", "Нет даты закрытия. Сопоставьте её.")
        assert str(error) == "No close date. Map it."

    def test_without_a_fix_the_message_stands_alone(self) -> None:
        assert RevOpsError(DEALS).sentence() == DEALS

    def test_a_code_may_be_narrowed_for_one_error_and_leaves_its_class_alone(self) -> None:
        assert NotComputable(DEALS, code="no_stages").code == "no_stages"
        assert NotComputable(DEALS).code == "not_computable"

    def test_codes_are_stable_and_each_kind_has_its_own(self) -> None:
        kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, RevOpsError)]
        codes = {kind.__name__: kind.code for kind in kinds}
        assert codes["UnknownName"] == "unknown_name"
        assert codes["QueryRefused"] == "query_refused"
        assert len(set(codes.values())) == len(codes)


class TestUnknown:
    METRIC = Text("metric", "показатель")

    def test_a_slip_of_the_pen_is_met_with_the_near_names(self) -> None:
        error = unknown(self.METRIC, "Win_Rat", ["win_rate", "arr", "nrr"])
        assert isinstance(error, UnknownName)
        assert error.sentence() == Text(
            "There is no metric “Win_Rat”. Did you mean: win_rate?",
            "Нет такого: показатель «Win_Rat». Возможно, имелось в виду: win_rate?",
        )

    def test_with_nothing_near_every_name_is_listed_in_order(self) -> None:
        assert str(unknown(self.METRIC, "zzz", ["nrr", "arr", "arr"])) == "There is no metric “zzz”. Known: arr, nrr."

    def test_a_long_list_stops_at_twelve_and_says_that_there_is_more(self) -> None:
        said = str(unknown(self.METRIC, "zzz", [f"m{i:02}" for i in range(13)]))
        assert said.endswith("m11, ….")
        assert "m12" not in said

    def test_a_list_of_twelve_is_whole(self) -> None:
        assert str(unknown(self.METRIC, "zzz", [f"m{i:02}" for i in range(12)])).endswith("m10, m11.")
