"""How customers are served: tickets."""

from __future__ import annotations

from revops.model.core import Entity
from revops.model.declare import decimal, ident, moment, names, text
from revops.text import Text

TICKETS = Entity(
    name="tickets",
    label=Text("Tickets", "Обращения"),
    meaning=Text("One row is one request to support.", "Одна строка — одно обращение в поддержку."),
    natural_key=("account_id", "opened_at", "category"),
    keyed_by_row=True,
    event_dates=("opened_at", "first_response_at", "resolved_at"),
    synonyms=names(
        "ticket; support tickets; support; cases; case; requests; issues; helpdesk; help desk; zendesk; incidents; "
        "service desk; conversations; ticket data; intercom; freshdesk; обращение; тикеты; тикет; "
        "заявки в поддержку; поддержка; запросы; инциденты; служба поддержки; жалобы"
    ),
    fields=(
        ident(
            "ticket_id",
            ("Ticket ID", "Номер обращения"),
            ("Identifies the request.", "Идентификатор обращения."),
            "id; record id; hs object id; ticket number; ticket no; ticket #; ticketid; ticket; case id; "
            "case number; casenumber; request id; issue id; issue key; incident number; conversation id; "
            "id обращения; id тикета; номер тикета; номер заявки; тикет; номер запроса; идентификатор; id заявки",
            key=True,
            required=True,
        ),
        ident(
            "account_id",
            ("Account ID", "Клиент"),
            ("The company that asked.", "Компания, которая обратилась."),
            "account; account name; accountid; customer; customer id; customerid; customer name; company; "
            "company id; company name; client; client id; organization; organization id; organization name; "
            "ticket organization name; requester organization; requester organization name; associated company; "
            "associated company id; associated company ids; id клиента; компания; id компании; организация; "
            "контрагент; название компании; заказчик; код клиента",
            references="accounts",
        ),
        moment(
            "opened_at",
            ("Opened on", "Дата обращения"),
            ("When the request came in.", "Когда поступило обращение."),
            "opened; open date; created; created at; create date; createdate; created date; created time; "
            "creation date; property createdate; ticket created; ticket created - timestamp; ticket created at; "
            "ticket created date; submitted at; submitted; submission date; requested at; request date; date opened; "
            "date/time opened; date created; reported at; received at; date; дата создания; создано; создан; "
            "дата открытия; дата поступления; дата заявки; открыто; дата регистрации; дата; поступило; время создания",
            required=True,
        ),
        moment(
            "first_response_at",
            ("First response", "Первый ответ"),
            ("When a person first answered.", "Когда человек впервые ответил."),
            "first responded at; first reply at; first agent reply date; property first agent reply date; "
            "first agent reply; first response date; first replied at; first agent email response date; "
            "responded at; first public reply at; first admin reply at; first reply date; first response timestamp; "
            "дата первого ответа; первый ответ в; дата ответа; первая реакция; дата первой реакции; "
            "дата и время первого ответа",
        ),
        moment(
            "resolved_at",
            ("Resolved on", "Дата решения"),
            ("When the request was solved; empty while it is open.", "Когда обращение решено; пусто, пока открыто."),
            "resolved date; resolution date; solved at; solved date; ticket solved - timestamp; "
            "ticket solved date; closed at; close date; closed date; closedate; property closed date; "
            "date/time closed; date closed; completed at; full resolution at; date resolved; ticket closed; "
            "дата закрытия; дата завершения; дата выполнения; дата и время закрытия; "
            "время закрытия",
        ),
        text(
            "priority",
            ("Priority", "Приоритет"),
            ("How urgent it is, as the system wrote it.", "Насколько срочно, как записала система."),
            "ticket priority; severity; urgency; hs ticket priority; property hs ticket priority; case priority; "
            "impact; важность; срочность; критичность; приоритет заявки; приоритет обращения",
        ),
        text(
            "status",
            ("Ticket status", "Статус обращения"),
            ("Where the request stands, as the system wrote it.", "В каком состоянии обращение, как записала система."),
            "status; state; case status; hs pipeline stage; property hs pipeline stage; stage; ticket state; статус; "
            "состояние; статус заявки; статус тикета; стадия; этап",
        ),
        text(
            "category",
            ("Ticket category", "Категория обращения"),
            ("What the request is about.", "О чём обращение."),
            "category; type; ticket type; hs ticket category; property hs ticket category; topic; issue type; "
            "case reason; reason; case type; request type; tags; ticket tags; ticket form; contact reason; "
            "категория; тип; тема; тип обращения; вид обращения; тематика; тип заявки; рубрика; причина обращения",
        ),
        decimal(
            "csat",
            ("CSAT", "CSAT"),
            (
                "Customer's satisfaction mark for this request, on the scale of the system: 0 to 1, 5, 10 or 100. The "
                "smallest that holds the highest mark is taken; 80 % of it and more is satisfied.",
                "Оценка удовлетворённости клиента по этому обращению, по шкале системы: до 1, 5, 10 или 100. Берётся "
                "наименьшая, в которую помещается самая высокая оценка; от 80 % шкалы клиент доволен.",
            ),
            "csat score; satisfaction score; satisfaction; satisfaction rating; ticket satisfaction rating; "
            "customer satisfaction; customer satisfaction score; rating; survey score; score; feedback score; "
            "customer rating; conversation rating; оценка; оценка клиента; удовлетворенность; "
            "удовлетворенность клиента; балл; рейтинг; оценка качества; оценка обращения",
        ),
    ),
)
