"""Customer success: who is served how fast, who is content, who is at risk."""

from revops.text import Text
from revops.ui import frame, team

NEEDS = Text(
    "Customer success shows how customers are served and who is at risk. It needs tickets, subscriptions or renewal "
    "deals.",
    "Работа с клиентами показывает, как быстро отвечают клиентам и кто в зоне риска. Нужны обращения, подписки или "
    "сделки продления.",
)
DEEP = ("at_risk_accounts", "renewal_rate", "csat", "first_response", "resolution_time", "tickets_per_account", "grr")

session = frame.opened("success", NEEDS)
if session is not None:
    told = team.key_figures(session, "success")
    team.in_depth(session, DEEP, told, "success")
    team.missing(session, "success")
