"""Pipeline and sales: what is open, how fast it moves, who wins."""

from revops.text import Text
from revops.ui import frame, team

NEEDS = Text(
    "Pipeline shows open deals, how fast they move and who wins. It needs a deals export with amounts, stages and "
    "dates.",
    "Сделки показывают, что в работе, как быстро движется и кто выигрывает. Нужна выгрузка сделок с суммами, этапами и "
    "датами.",
)
DEEP = (
    "win_rate",
    "won_revenue",
    "open_pipeline",
    "pipeline_created",
    "sales_velocity",
    "sales_cycle",
    "slip_rate",
    "stage_ageing",
    "quota_attainment",
)

session = frame.opened("pipeline", NEEDS)
if session is not None:
    told = team.key_figures(session, "sales")
    team.in_depth(session, DEEP, told, "pipeline")
    team.missing(session, "sales")
