"""Alignment: how records pass from marketing to sales to success, and what leaks on the way."""

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import cells, figures, frame, since, team

NEEDS = Text(
    "Alignment shows how leads pass from marketing to sales to customer success, and where they are lost. It needs "
    "leads with the dates of MQL and SQL, and deals.",
    "Согласованность показывает, как лиды переходят от маркетинга к продажам и дальше к работе с клиентами и где "
    "теряются. Нужны лиды с датами MQL и SQL и сделки.",
)
DEEP = (
    "lead_response",
    "lead_response_sla",
    "mql_to_sql_days",
    "sql_to_opportunity_days",
    "mql_never_sql",
    "sql_never_opportunity",
    "sql2cw",
)

LIFECYCLE = Cell(analysis="funnel", params={"kind": "lifecycle"})
COMPLETENESS = Cell(analysis="completeness", params={"by": "team"})

session = frame.opened("alignment", NEEDS)
if session is not None:
    shown = (LIFECYCLE, since.cell(session), COMPLETENESS, *team.depth_of(session, DEEP))
    figures.ahead(session, team.overview_of("handoffs"), *shown)
    told = team.key_figures(session, "handoffs")
    cells.show(LIFECYCLE, "lifecycle")
    since.show(session)
    team.in_depth(session, DEEP, told, "alignment")
    cells.show(COMPLETENESS, "completeness")
    team.missing(session, "handoffs")
