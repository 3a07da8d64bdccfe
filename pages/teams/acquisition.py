"""Acquisition: what a customer costs, by channel, and what becomes of leads."""

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import cells, figures, frame, team

NEEDS = Text(
    "Acquisition shows what a new customer costs and where it comes from. It needs advertising or other spend, and "
    "leads, deals or subscriptions.",
    "Привлечение показывает, сколько стоит новый клиент и откуда он приходит. Нужны расходы на рекламу или другие "
    "расходы, а также лиды, сделки или подписки.",
)
DEEP = ("cac", "paid_cac", "cac_lagged", "cac_payback", "ltv_cac", "spend", "new_customers", "leads", "lead_to_mql")

ATTRIBUTION = Cell(analysis="attribution")

session = frame.opened("acquisition", NEEDS)
if session is not None:
    assert session.engine is not None
    credited = () if session.engine.missing("spend") else (ATTRIBUTION,)
    figures.ahead(session, team.overview_of("marketing"), *credited, *team.depth_of(session, DEEP))
    told = team.key_figures(session, "marketing")
    team.in_depth(session, DEEP, told, "acquisition")
    if "spend" in told:
        cells.show(ATTRIBUTION, "attribution")
    team.missing(session, "marketing")
