"""Acquisition: what a customer costs, by channel, and what becomes of leads."""

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import address, cells, choose, figures, frame, team

NEEDS = Text(
    "Acquisition shows what a new customer costs and where it comes from. It needs advertising or other spend, and "
    "leads, deals or subscriptions.",
    "Привлечение показывает, сколько стоит новый клиент и откуда он приходит. Нужны расходы на рекламу или другие "
    "расходы, а также лиды, сделки или подписки.",
)
DEEP = ("cac", "paid_cac", "cac_lagged", "cac_payback", "ltv_cac", "spend", "new_customers", "leads", "lead_to_mql")

ATTRIBUTION = Cell(analysis="attribution")

LOOK = {
    "figure": Text("One figure in depth", "Один показатель подробно"),
    "credit": Text("Cost under every attribution", "Стоимость при любой атрибуции"),
}

session = frame.opened("acquisition", NEEDS)
if session is not None:
    # one of them at a time: what is not looked at is not computed
    credit = address.value("look") == "credit"
    figures.ahead(session, team.overview_of("marketing"), *((ATTRIBUTION,) if credit else team.depth_of(session, DEEP)))
    told = team.key_figures(session, "marketing")
    address.carry("look", room="_acquisition_look")
    look = choose.look(session, LOOK)
    if look == "credit":
        cells.show(ATTRIBUTION, "attribution")
    else:
        team.in_depth(session, DEEP, told, "acquisition")
    team.missing(session, "marketing")
