"""What a page shows instead of figures: that nothing is loaded, or what stands in the way and how to mend it."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import streamlit as st

from revops.errors import RevOpsError
from revops.text import Language, Text
from revops.ui import address, pages, state
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.words import GO_IMPORT, OPEN_DEMO
from revops.workspace import workspace_path

NOTHING = Text("Nothing is loaded yet", "Пока ничего не загружено")
LOG = logging.getLogger(__name__)
BUG = Text(
    "This page could not be shown: a mistake in the product, not in your data.",
    "Страницу не удалось показать: это ошибка в продукте, а не в ваших данных.",
)
BUG_FIX = Text(
    "Nothing was changed. Reload the page or open another; if it comes up again, pass on the report below. It may "
    "quote a value from your data: read it first.",
    "Ничего не изменилось. Обновите страницу или откройте другую; если повторится — передайте отчёт ниже. В нём может "
    "встретиться значение из ваших данных: сначала прочитайте.",
)
REPORT = Text("Report", "Отчёт")
LOADING_DEMO = Text("Loading the demo company…", "Загружаем демо-компанию…")


def problem(error: RevOpsError, language: Language) -> None:
    """What is wrong, and how to mend it."""
    fix = f"\n\n{plain(error.fix[language])}" if error.fix else ""
    st.warning(f"**{plain(error.message[language])}**{fix}", icon=":material/info:")


def bug(error: Exception, language: Language) -> None:
    """Something that the product did not expect: one sentence, and the report for those who mend it, folded.

    The log gets the place alone: an error's own text may quote a client's rows.
    """
    last = traceback.extract_tb(error.__traceback__)[-1]
    LOG.error("%s in %s, line %s (%s)", type(error).__name__, Path(last.filename).name, last.lineno, last.name)
    st.error(f"**{BUG[language]}**\n\n{BUG_FIX[language]}", icon=":material/bug_report:")
    with st.expander(REPORT[language]):
        st.exception(error)


def nothing_loaded(session: Session, needs: Text) -> None:
    """The page's needs, and two ways on. needs: what this page is made of, one sentence."""
    with st.container(border=True, key="empty"):
        st.subheader(session.say(NOTHING), anchor=False)
        st.write(session.say(needs))
        st.caption(
            session.say(
                Text(
                    "Drop the exports of your CRM, billing, advertising or support system as they are, or look around "
                    "in a demo company with three years of data. Everything stays on this machine.",
                    "Загрузите выгрузки из CRM, биллинга, рекламных кабинетов или службы поддержки как есть — или "
                    "осмотритесь в демо-компании с данными за три года. Всё остаётся на этом компьютере.",
                )
            )
        )
        with st.container(horizontal=True):
            if st.button(session.say(GO_IMPORT), type="primary", icon=":material/upload_file:", key="empty_import"):
                pages.go("import")
            demo_button(session, "empty_demo")


def demo_button(session: Session, key: str) -> None:
    """Opens the demo company; it is loaded through the importer the first time."""
    if st.button(session.say(OPEN_DEMO), icon=":material/play_circle:", key=key):
        open_demo(session)


def open_demo(session: Session) -> None:
    from revops.demo import build_demo

    path = workspace_path(state.DEMO)
    if not path.is_file():
        with st.status(session.say(LOADING_DEMO)):
            build_demo(path)
    address.put_next("workspace", "" if path == state.start_path() else state.DEMO)
    pages.go("overview")
