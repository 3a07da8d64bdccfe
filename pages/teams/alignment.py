"""Alignment: how records pass from marketing to sales to success, and what leaks on the way."""

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import address, cells, choose, figures, frame, since, team

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
LOOK = {
    "way": Text("The whole way", "Весь путь"),
    "since": Text("Before and after", "До и после"),
    "blank": Text("What stays blank", "Что не заполнено"),
    "figure": Text("One figure in depth", "Один показатель подробно"),
}

session = frame.opened("alignment", NEEDS)
if session is not None:
    # one of them at a time: what is not looked at is not computed
    match address.value("look"):
        case "since":
            shown: tuple[Cell, ...] = (since.cell(session),)
        case "blank":
            shown = (COMPLETENESS,)
        case "figure":
            shown = team.depth_of(session, DEEP)
        case _:
            shown = (LIFECYCLE,)
    figures.ahead(session, team.overview_of("handoffs"), *shown)
    told = team.key_figures(session, "handoffs")
    address.carry("look", room="_alignment_look")
    look = choose.look(session, LOOK)
    if look == "since":
        since.show(session)
    elif look == "blank":
        cells.show(COMPLETENESS, "completeness")
    elif look == "figure":
        team.in_depth(session, DEEP, told, "alignment")
    else:
        cells.show(LIFECYCLE, "lifecycle")
    team.missing(session, "handoffs")
