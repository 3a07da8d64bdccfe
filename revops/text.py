"""A text in every language the product speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["en", "ru"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Text:
    """One meaning in English and Russian.

    `text[lang]` gives the wording; `text.format(n=3, name=other_text)` fills both, resolving any Text
    among the values in its own language. A value may hold braces: only the template is formatted.
    """

    en: str
    ru: str

    def __getitem__(self, language: Language) -> str:
        return self.ru if language == "ru" else self.en

    def __str__(self) -> str:
        return self.en

    def format(self, **values: object) -> Text:
        def fill(language: Language) -> str:
            resolved = {k: v[language] if isinstance(v, Text) else v for k, v in values.items()}
            return self[language].format(**resolved)

        return Text(fill("en"), fill("ru"))


def verbatim(value: object) -> Text:
    """A name from the data (a stage, a file): the same in every language."""
    return Text(str(value), str(value))


def language(value: str | None) -> Language:
    """The language for a locale such as "ru-RU"; English for anything we do not speak."""
    code = (value or "").lower().replace("_", "-").split("-")[0]
    return "ru" if code == "ru" else "en"
