"""Revenue: what moved ARR, who pays it, and how much of it stays."""

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import cells, frame, team

NEEDS = Text(
    "Revenue shows recurring revenue, what moved it and how much of it stays. It needs subscriptions, recurring "
    "invoices, or a sheet of customers by months.",
    "Выручка показывает повторяющийся доход, что его изменило и сколько его остаётся. Нужны подписки, регулярные счета "
    "или таблица «клиенты по месяцам».",
)
DEEP = ("arr", "net_new_mrr", "nrr", "grr", "arpa", "clv", "ltv_cac", "quick_ratio")

session = frame.opened("revenue", NEEDS)
if session is not None:
    told = team.key_figures(session, "revenue")
    if "arr" in told:
        cells.show(Cell(analysis="arr_bridge"), "bridge")
        cells.show(Cell(analysis="arr_bridge", params={"show": "periods"}), "movements", question=False)
    team.in_depth(session, DEEP, told, "revenue")
    if "arr" in told:
        cells.show(Cell(analysis="cohorts", params={"measure": "revenue", "cohort": "quarter"}), "cohorts")
        cells.show(Cell(analysis="clv_curve"), "lifetime_value")
        cells.show(Cell(analysis="concentration"), "concentration")
        cells.show(Cell(analysis="concentration", params={"show": "curve"}), "concentration_curve", question=False)
    team.missing(session, "revenue")
