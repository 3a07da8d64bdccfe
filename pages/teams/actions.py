"""Next actions: what waits for whom, why, and how much is at stake, over all teams."""

from revops.text import Text
from revops.ui import actions, frame

NEEDS = Text(
    "Next actions lists leads nobody answered, deals past their date or stuck in a stage, and customers at risk, the "
    "most valuable first. It needs leads, deals with their dates, or subscriptions with tickets or invoices.",
    "Здесь список того, что ждёт действий: лиды без ответа, сделки с прошедшим сроком или застрявшие на этапе, клиенты "
    "в зоне риска — самое ценное сверху. Нужны лиды, сделки с датами или подписки с обращениями либо счетами.",
)

session = frame.opened("actions", NEEDS)
if session is not None:
    actions.page(session)
