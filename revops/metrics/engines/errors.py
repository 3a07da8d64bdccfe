"""What goes wrong where another engine is asked."""

from __future__ import annotations

from revops.errors import RevOpsError
from revops.text import Text


class EngineError(RevOpsError):
    """Another engine cannot be reached, or refuses a statement."""

    code = "engine"


def cannot_run(engine: str, why: object) -> EngineError:
    """The statement was refused; `why` on one line, cut where it is long."""
    said = " ".join(str(why).split())[:300]
    return EngineError(
        Text("{engine} cannot answer: {why}", "{engine} не отвечает на запрос: {why}").format(engine=engine, why=said),
        fix=Text(
            "Check that its tables and columns are as they were mapped, and that the user may read them.",
            "Проверьте, что таблицы и колонки те же, что при сопоставлении, и что у пользователя есть право чтения.",
        ),
    )
