"""The pages there are, in the order of the navigation. A page is a file in a section's folder of pages/."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from revops.text import Language, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSpec:
    """path: from the project's root. url: its address; "" is the first page."""

    key: str
    path: str
    url: str
    title: Text
    icon: str
    section: Text


HOME = Text("Home", "Главное")
DATA = Text("Data", "Данные")
EXPLORE = Text("Explore", "Анализ")
TEAMS = Text("Teams", "Команды")
REPORTS = Text("Reports", "Отчёты")
REFERENCE = Text("Reference", "Справочник")

PAGES: tuple[PageSpec, ...] = (
    PageSpec(
        key="overview",
        path="pages/home/overview.py",
        url="",
        title=Text("Overview", "Обзор"),
        icon=":material/dashboard:",
        section=HOME,
    ),
    PageSpec(
        key="import",
        path="pages/data/import_files.py",
        url="import",
        title=Text("Import", "Импорт"),
        icon=":material/upload_file:",
        section=DATA,
    ),
    PageSpec(
        key="sources",
        path="pages/data/sources.py",
        url="sources",
        title=Text("Sources", "Источники"),
        icon=":material/sync:",
        section=DATA,
    ),
    PageSpec(
        key="quality",
        path="pages/data/quality.py",
        url="quality",
        title=Text("Data quality", "Качество данных"),
        icon=":material/fact_check:",
        section=DATA,
    ),
    PageSpec(
        key="export",
        path="pages/data/export.py",
        url="export",
        title=Text("Export", "Экспорт"),
        icon=":material/file_download:",
        section=DATA,
    ),
    PageSpec(
        key="trends",
        path="pages/explore/trends.py",
        url="trends",
        title=Text("KPI trends", "Динамика показателей"),
        icon=":material/trending_up:",
        section=EXPLORE,
    ),
    PageSpec(
        key="drivers",
        path="pages/explore/drivers.py",
        url="why",
        title=Text("Why it changed", "Почему изменилось"),
        icon=":material/account_tree:",
        section=EXPLORE,
    ),
    PageSpec(
        key="funnel",
        path="pages/explore/funnel.py",
        url="funnel",
        title=Text("Funnel", "Воронка"),
        icon=":material/filter_alt:",
        section=EXPLORE,
    ),
    PageSpec(
        key="churn",
        path="pages/explore/churn.py",
        url="churn",
        title=Text("Churn", "Отток"),
        icon=":material/person_off:",
        section=EXPLORE,
    ),
    PageSpec(
        key="revenue",
        path="pages/teams/revenue.py",
        url="revenue",
        title=Text("Revenue", "Выручка"),
        icon=":material/payments:",
        section=TEAMS,
    ),
    PageSpec(
        key="acquisition",
        path="pages/teams/acquisition.py",
        url="acquisition",
        title=Text("Acquisition", "Привлечение"),
        icon=":material/campaign:",
        section=TEAMS,
    ),
    PageSpec(
        key="pipeline",
        path="pages/teams/pipeline.py",
        url="pipeline",
        title=Text("Pipeline and sales", "Сделки и продажи"),
        icon=":material/handshake:",
        section=TEAMS,
    ),
    PageSpec(
        key="engagement",
        path="pages/teams/engagement.py",
        url="engagement",
        title=Text("Engagement", "Активность"),
        icon=":material/call:",
        section=TEAMS,
    ),
    PageSpec(
        key="success",
        path="pages/teams/success.py",
        url="success",
        title=Text("Customer success", "Работа с клиентами"),
        icon=":material/support_agent:",
        section=TEAMS,
    ),
    PageSpec(
        key="actions",
        path="pages/teams/actions.py",
        url="actions",
        title=Text("Next actions", "Что делать"),
        icon=":material/checklist:",
        section=TEAMS,
    ),
    PageSpec(
        key="alignment",
        path="pages/teams/alignment.py",
        url="alignment",
        title=Text("Alignment", "Согласованность"),
        icon=":material/sync_alt:",
        section=TEAMS,
    ),
    PageSpec(
        key="notebook",
        path="pages/notebook/notebook.py",
        url="notebook",
        title=Text("Notebook", "Блокнот"),
        icon=":material/menu_book:",
        section=REPORTS,
    ),
    PageSpec(
        key="metrics",
        path="pages/reference/metrics.py",
        url="metrics",
        title=Text("Metric definitions", "Определения показателей"),
        icon=":material/dictionary:",
        section=REFERENCE,
    ),
    PageSpec(
        key="definitions",
        path="pages/reference/definitions.py",
        url="definitions",
        title=Text("Definitions lab", "Лаборатория определений"),
        icon=":material/balance:",
        section=REFERENCE,
    ),
    PageSpec(
        key="guide",
        path="pages/reference/guide.py",
        url="guide",
        title=Text("Adoption guide", "Как внедрять"),
        icon=":material/signpost:",
        section=REFERENCE,
    ),
)
PAGE = {p.key: p for p in PAGES}


def streamlit_page(spec: PageSpec, language: Language) -> StreamlitPage:
    return st.Page(
        spec.path, title=spec.title[language], icon=spec.icon, url_path=spec.url or None, default=spec.url == ""
    )


def link(key: str, language: Language) -> None:
    """A link to a page, in the place where it is called."""
    spec = PAGE[key]
    st.page_link(spec.path, label=spec.title[language], icon=spec.icon)


def go(key: str) -> None:
    """Leaves for another page; the language and whatever else the address says go along."""
    st.switch_page(PAGE[key].path, query_params={})  # without these words it refuses where widgets follow the address
