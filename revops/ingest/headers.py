"""What a header's name says: which fields of the model it could be, and how surely.

Exact names and synonyms come first, then names that share most of their words, then names spelled almost the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from revops.model import ENTITIES, Entity, fold

STRONG = 0.7  # from here on a name alone is convincing
GENERIC = frozenset(
    "date id name at type number no code time on in of the to by is value status total key дата номер имя название тип "
    "код время и по на за с в".split()
)
CURRENCY_WORDS = {
    "usd": "USD", "eur": "EUR", "gbp": "GBP", "rub": "RUB", "руб": "RUB", "рублей": "RUB", "рубли": "RUB", "kzt": "KZT",
    "cad": "CAD", "aud": "AUD", "chf": "CHF", "inr": "INR", "jpy": "JPY", "cny": "CNY", "brl": "BRL", "byn": "BYN",
    "uah": "UAH", "pln": "PLN", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "aed": "AED", "sgd": "SGD", "try": "TRY",
    "тенге": "KZT", "евро": "EUR", "доллары": "USD", "долл": "USD",
}  # fmt: skip
CURRENCY_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB", "₸": "KZT", "₴": "UAH", "¥": "JPY", "₹": "INR"}
_WRAPPERS_BEFORE = ("property hs", "property", "hs")
_WRAPPERS_AFTER = ("c", "utc", "local")  # "__c" ends custom fields


@dataclass(frozen=True, slots=True)
class NameMatch:
    """score: 0..1. how: "exact" | "words" | "spelling". spelling: the known name that it matched."""

    score: float
    how: str
    spelling: str


Target = tuple[str, str]  # entity, field


def header_currency(header: str) -> str | None:
    """The currency that a header names: "Amount (USD)", "Сумма, ₽"; None where it names none."""
    for sign, code in CURRENCY_SIGNS.items():
        if sign in header:
            return code
    return next((CURRENCY_WORDS[w] for w in fold(header).split() if w in CURRENCY_WORDS), None)


def currency_code(text: str) -> str | None:
    """The ISO code for a code, a sign or a word; None for anything else."""
    s = text.strip()
    if s in CURRENCY_SIGNS:
        return CURRENCY_SIGNS[s]
    folded = fold(s)
    if folded in CURRENCY_WORDS:
        return CURRENCY_WORDS[folded]
    return s.upper() if len(s) == 3 and s.isascii() and s.isalpha() else None


@lru_cache(maxsize=1)
def _known() -> dict[str, dict[Target, float]]:
    """Folded spelling -> the fields it names, with how sure that is: a field's own name, then synonyms in order."""
    found: dict[str, dict[Target, float]] = {}
    for entity in ENTITIES:
        for field in entity.fields:
            own = [(field.name, 1.0), (field.label.en, 1.0), (field.label.ru, 1.0)]
            count = max(len(field.synonyms), 1)
            synonyms = [(s, 0.97 - 0.07 * i / count) for i, s in enumerate(field.synonyms)]
            stem = field.name.removesuffix("_at")  # "Resolved" for resolved_at; its values must be dates
            stems = [(stem, 0.93)] if stem != field.name else []
            for spelling, score in (*own, *synonyms, *stems):
                targets = found.setdefault(fold(spelling), {})
                target = (entity.name, field.name)
                targets[target] = max(score, targets.get(target, 0.0))
    return found


@lru_cache(maxsize=1)
def _by_word() -> dict[str, tuple[str, ...]]:
    words: dict[str, list[str]] = {}
    for spelling in _known():
        for word in set(spelling.split()) - GENERIC:
            words.setdefault(word, []).append(spelling)
    return {word: tuple(spellings) for word, spellings in words.items()}


def _singular(entity: Entity) -> tuple[str, ...]:
    """The words by which an export prefixes its own columns: "ticket priority", "deal stage"."""
    name = entity.name
    one = {"people": "person", "opportunities": "opportunity", "activities": "activity"}.get(name, name.rstrip("s"))
    extra = {"opportunities": ("deal",), "accounts": ("company", "customer", "client")}.get(name, ())
    return (one.replace("_", " "), *extra)


@lru_cache(maxsize=1)
def _own_words() -> dict[str, tuple[str, ...]]:
    return {e.name: _singular(e) for e in ENTITIES}


@lru_cache(maxsize=4096)
def name_matches(header: str) -> dict[Target, NameMatch]:
    """Every field that a header's name could stand for. Do not change the result: it is shared."""
    full = fold(header)
    if not full:
        return {}
    found: dict[Target, NameMatch] = {}
    for variant, factor in _variants(full):
        for target, score in _known().get(variant, {}).items():
            _keep(found, target, NameMatch(score * factor, "exact", variant))
    for entity, words in _own_words().items():
        for word in words:
            rest = full.removeprefix(word + " ")
            if rest == full:
                continue
            for (e, f), score in _known().get(rest, {}).items():
                if e == entity:
                    _keep(found, (e, f), NameMatch(score * 0.95, "exact", rest))
    for variant, factor in _variants(full):
        _similar(variant, factor, found)
    return found


def _variants(full: str) -> list[tuple[str, float]]:
    """The name, and the name without what systems and units wrap around it."""
    out = [(full, 1.0)]
    stripped = full
    for wrapper in _WRAPPERS_BEFORE:
        if stripped.startswith(wrapper + " "):
            stripped = stripped.removeprefix(wrapper + " ")
            break
    words = stripped.split()
    while len(words) > 1 and (words[-1] in _WRAPPERS_AFTER or words[-1] in CURRENCY_WORDS):
        words.pop()
    if (shorter := " ".join(words)) != full:
        out.append((shorter, 0.96))
    return out


def _similar(name: str, factor: float, found: dict[Target, NameMatch]) -> None:
    words = set(name.split())
    for spelling in {s for w in words - GENERIC for s in _by_word().get(w, ())}:
        other = set(spelling.split())
        share = len(words & other) / len(words | other)
        if share >= 0.5 and spelling != name:
            for target, score in _known()[spelling].items():
                _keep(found, target, NameMatch((0.4 + 0.35 * share) * score * factor, "words", spelling))
    if len(name) >= 6:
        for spelling, ratio, _ in process.extract(name, _known().keys(), scorer=fuzz.ratio, score_cutoff=90, limit=3):
            if spelling != name and len(spelling) >= 6:
                for target, score in _known()[spelling].items():
                    _keep(found, target, NameMatch(0.75 * ratio / 100 * score * factor, "spelling", spelling))


def _keep(found: dict[Target, NameMatch], target: Target, match: NameMatch) -> None:
    if target not in found or found[target].score < match.score:
        found[target] = match


def distinctiveness(header: str, entity: str) -> float:
    """1 where the name belongs to this entity alone, 1/n where n entities would claim it, 0 where it does not."""
    strong = {e for (e, _), m in name_matches(header).items() if m.score >= STRONG}
    return 1 / len(strong) if entity in strong else 0.0


def file_words(name: str, sheet: str | None) -> dict[str, float]:
    """How strongly a file's or sheet's name points to each entity: 1 for one word, more for a longer phrase.

    A name that several entities share counts for each of them by half.
    """
    stem = name.rsplit(".", 1)[0]
    text = " " + " ".join(fold(part) for part in (stem, sheet or "")) + " "
    hits: dict[str, tuple[int, str]] = {}
    for entity in ENTITIES:
        for spelling in (entity.name, entity.label.en, entity.label.ru, *entity.synonyms):
            phrase = fold(spelling)
            if f" {phrase} " in text:
                best = hits.get(entity.name, (0, ""))
                hits[entity.name] = max(best, (len(phrase.split()), phrase))
    shared = [phrase for _, phrase in hits.values()]
    return {e: (1.0 + 0.4 * (n - 1)) / (2 if shared.count(p) > 1 else 1) for e, (n, p) in hits.items()}
