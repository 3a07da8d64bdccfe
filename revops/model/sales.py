"""How deals move: opportunities and their stage events."""

from __future__ import annotations

from revops.model.core import Entity
from revops.model.declare import choice, day, ident, moment, money, names, text
from revops.model.vocabularies import OPPORTUNITY_STATUS, OPPORTUNITY_TYPE
from revops.text import Text

OPPORTUNITIES = Entity(
    name="opportunities",
    label=Text("Opportunities", "Сделки"),
    meaning=Text("One row is one deal as it stands now.", "Одна строка — одна сделка в её нынешнем состоянии."),
    natural_key=("account_id", "name", "created_at"),
    keyed_by_row=True,
    event_dates=("created_at", "closed_at"),
    synonyms=names(
        "opportunity; deals; deal; opps; sales pipeline; pipeline; sales opportunities; hubspot deals; deal data; "
        "opportunity data; crm deals; potentials; сделка; воронка; воронка продаж; продажи; экспорт сделок; "
        "сделки амо; сделки битрикс"
    ),
    fields=(
        ident(
            "opportunity_id",
            ("Opportunity ID", "ID сделки"),
            ("Identifies the deal in the source system.", "Идентификатор сделки в исходной системе."),
            "id; record id; hs object id; deal id; dealid; deal - id; opportunityid; opp id; opportunity number; "
            "deal number; deal no; potential id; case safe id; crm id; opportunity; id объекта; сделка; "
            "номер сделки; ид сделки; идентификатор сделки; ид; код сделки",
            key=True,
            required=True,
        ),
        ident(
            "account_id",
            ("Account ID", "ID компании"),
            ("The company the deal is with.", "Компания, с которой идёт сделка."),
            "account; account name; accountid; company; company id; companyid; company name; associated company; "
            "associated company id; associated company ids; associated company ids primary; "
            "associated company primary; primary associated company; primary associated company id; primary company; "
            "primary company name; customer; customer id; customerid; customer name; client; client id; client name; "
            "organization; organization id; deal - organization; deal - organization id; org id; org name; компания; "
            "название компании; компания контакта; клиент; id клиента; контрагент; организация; заказчик; "
            "имя клиента; название клиента; код клиента; покупатель",
            references="accounts",
        ),
        ident(
            "lead_id",
            ("Lead ID", "ID лида"),
            ("The lead or contact the deal came from.", "Лид или контакт, из которого появилась сделка."),
            "lead; leadid; contact id; contactid; associated contact ids; associated contact id; associated contact; "
            "primary contact; primary contact id; contact; contact name; deal - contact person; "
            "deal - contact person id; original lead id; source lead id; лид; контакт; id контакта; номер лида; "
            "основной контакт; полное имя контакта; контактное лицо",
            references="leads",
        ),
        text(
            "name",
            ("Opportunity name", "Название сделки"),
            ("Title of the deal.", "Название сделки."),
            "deal name; dealname; property dealname; opportunity title; deal title; deal - title; title; "
            "potential name; subject; наименование сделки; название; наименование; имя сделки; тема",
        ),
        choice(
            "type",
            OPPORTUNITY_TYPE,
            ("Opportunity type", "Тип сделки"),
            ("New business, expansion or renewal.", "Новая продажа, расширение или продление."),
            "type; deal type; dealtype; property dealtype; business type; sale type; opportunity record type; "
            "type id; new or existing; new/existing; deal category; revenue type; order type; deal - label; тип; "
            "вид сделки; тип продажи; вид продажи; категория сделки; новая/повторная",
        ),
        text(
            "pipeline",
            ("Pipeline", "Воронка"),
            ("The pipeline whose stages the deal passes.", "Воронка, по этапам которой идёт сделка."),
            "pipeline name; pipeline id; deal pipeline; deal pipeline id; property pipeline; sales process; "
            "deal - pipeline; category id; layout; funnel; sales pipeline; record type; record type id; "
            "воронка продаж; направление; название воронки; воронка сделки; id воронки",
        ),
        text(
            "stage",
            ("Opportunity stage", "Этап сделки"),
            ("The stage the deal stands in now.", "Этап, на котором сделка сейчас."),
            "stage; deal stage; dealstage; stage name; stagename; stage id; deal pipeline stage id; "
            "property dealstage; deal - stage; sales stage; pipeline stage; stage label; current stage; "
            "deal stage name; deal stage id; этап; стадия; стадия сделки; этап воронки; этап продажи; этап продаж; "
            "текущий этап; id этапа",
            required=True,
        ),
        choice(
            "status",
            OPPORTUNITY_STATUS,
            ("Opportunity status", "Статус сделки"),
            ("Open, won or lost.", "В работе, выиграна или проиграна."),
            "status; deal status; deal - status; outcome; result; state; stage semantic id; won/lost; won lost; "
            "opportunity outcome; deal outcome; open/closed; статус; состояние; результат; исход; состояние сделки; "
            "итог; результат сделки; группа стадии",
        ),
        money(
            "amount",
            ("Amount", "Сумма сделки"),
            ("Value of the deal.", "Сумма сделки."),
            "deal amount; opportunity amount; value; deal value; deal - value; close value; closed amount; "
            "total value; contract value; total contract value; tcv; property amount; property hs tcv; "
            "potential amount; revenue; deal size; booking; bookings; booking amount; amount in company currency; "
            "total; price; sales amount; acv; arr; annual contract value; weighted value; бюджет; бюджет сделки; "
            "сумма; стоимость; стоимость сделки; сумма продажи; цена; выручка; сумма контракта; сумма договора; чек",
        ),
        text(
            "currency",
            ("Currency", "Валюта"),
            ("Three-letter code of the currency of the amount.", "Трёхбуквенный код валюты суммы."),
            "currency code; deal currency code; deal currency; currencyisocode; currency iso code; amount currency; "
            "opportunity currency; deal - currency; currency id; ccy; property deal currency code; валюта сделки; "
            "код валюты; валюта суммы",
        ),
        moment(
            "created_at",
            ("Created on", "Дата создания сделки"),
            ("When the deal was opened.", "Когда сделка заведена."),
            "created at; create date; createdate; created date; createddate; created time; creation date; "
            "created on; property createdate; hs createdate; engage date; open date; opened at; opened; "
            "date created; date create; deal - deal created; deal created; start date; add time; date opened; "
            "opportunity created date; deal date; begindate; date added; entry date; дата создания; создана; "
            "создано; дата начала; дата открытия; дата заведения; дата появления; дата сделки; "
            "дата и время создания; дата добавления",
            required=True,
        ),
        moment(
            "closed_at",
            ("Closed on", "Дата закрытия сделки"),
            (
                "When the deal was won or lost; of an open deal it says only when closing is expected.",
                "Когда сделка выиграна или проиграна; у сделки в работе это лишь ожидаемая дата.",
            ),
            "closed date; close date; closedate; property closedate; closed on; closed time; deal - deal closed on; "
            "deal closed on; deal close date; opportunity close date; won time; deal - won time; won date; "
            "actual close date; date closed; won/lost date; closing date; close time; deal closed date; "
            "closed won date; дата закрытия; дата завершения; дата успешного завершения; дата выигрыша; "
            "дата оплаты; дата фактического закрытия; фактическая дата закрытия",
        ),
        day(
            "expected_close_at",
            ("Expected close", "Ожидаемая дата закрытия"),
            ("When the deal is expected to close.", "Когда ожидается закрытие сделки."),
            "expected close date; deal - expected close date; expected closing date; estimated close date; "
            "planned close date; forecast close date; projected close date; forecasted close date; "
            "target close date; est close date; expected close time; предполагаемая дата закрытия; "
            "плановая дата закрытия; планируемая дата закрытия; прогноз закрытия; дата закрытия план; "
            "ожидаемое закрытие; прогнозная дата закрытия; планируемая дата оплаты",
        ),
        text(
            "owner",
            ("Opportunity owner", "Ответственный"),
            ("Who works the deal.", "Кто ведёт сделку."),
            "owner; deal owner; owner id; ownerid; owner name; hubspot owner id; property hubspot owner id; "
            "opportunity owner alias; deal - owner; sales agent; sales rep; salesperson; sales person; sales owner; "
            "rep; rep name; account executive; ae; assigned to; assigned by id; responsible; agent; seller; user; "
            "potential owner; opportunity owner full name; ответственный менеджер; менеджер; менеджер сделки; "
            "ответственный за сделку; продавец; владелец; менеджер по продажам; сотрудник; исполнитель",
            references="people",
        ),
        text(
            "team",
            ("Team", "Команда"),
            ("Sales team or office that works the deal.", "Команда или офис продаж, который ведёт сделку."),
            "sales team; hubspot team; hubspot team id; owner team; owner role; team name; regional office; office; "
            "region; sales region; territory; business unit; division; department; property hubspot team id; отдел; "
            "отдел продаж; группа; команда продаж; офис; филиал; регион; подразделение; направление продаж",
        ),
        text(
            "source",
            ("Opportunity source", "Источник"),
            ("Where the deal came from, as the system wrote it.", "Откуда пришла сделка, как записала система."),
            "source; deal source; lead source; leadsource; original source; original source type; "
            "original traffic source; hs analytics source; property hs analytics source; latest source; "
            "latest traffic source; record source; utm source; channel; lead channel; utm medium; source id; "
            "source channel; deal - source channel; deal - source origin; acquisition channel; marketing channel; "
            "источник сделки; источник обращения; источник лида; канал; канал привлечения; рекламный канал; "
            "источник трафика; traf src; источник клиента",
        ),
        text(
            "campaign",
            ("Campaign", "Кампания"),
            ("Marketing campaign behind the deal.", "Маркетинговая кампания, которая привела к сделке."),
            "campaign name; primary campaign source; primary campaign; campaign id; campaignid; utm campaign; "
            "campaign source; original source drill-down 1; original traffic source drill-down 1; adv camp; "
            "рекламная кампания; название кампании; utm-кампания",
        ),
        text(
            "product",
            ("Product", "Продукт"),
            ("What is sold.", "Что продаётся."),
            "product name; product id; products; line item; line items; product line; product family; "
            "product interest; sku; solution; package; plan; deal - product name; item; товар; товары; услуга; "
            "название продукта; наименование товара; тариф; линейка; номенклатура",
        ),
        text(
            "loss_reason",
            ("Loss reason", "Причина проигрыша"),
            ("Why the deal was lost.", "Почему сделка проиграна."),
            "lost reason; closed lost reason; closedlostreason; closed lost reason property; closed lost category; "
            "reason lost; reason for loss; reason for losing; deal - lost reason; lost reason code; lossreason; "
            "property closed lost reason; reason; close reason; reason won lost; причина отказа; причина потери; "
            "причина провала; причина; причина закрытия; причина проигрыша сделки; причина нереализации",
        ),
    ),
)

STAGE_EVENTS = Entity(
    name="stage_events",
    label=Text("Stage events", "Переходы по этапам"),
    meaning=Text(
        "One row is one deal's stay in one stage, from entering it to leaving it.",
        "Одна строка — пребывание одной сделки на одном этапе, от входа до выхода.",
    ),
    natural_key=("opportunity_id", "stage", "entered_at"),
    event_dates=("entered_at",),
    synonyms=names(
        "stage event; stage history; opportunity history; deal stage history; deal history; stage changes; "
        "deal stage; opportunity field history; stage log; history; deal flow; salesforce history; "
        "deal activity log; changelog; история сделок; история этапов; история стадий; переходы; движение сделок; "
        "смена этапов; журнал этапов; журнал изменений"
    ),
    fields=(
        ident(
            "opportunity_id",
            ("Opportunity ID", "ID сделки"),
            ("The deal that moved.", "Сделка, которая перешла."),
            "opportunity; opportunityid; opp id; deal id; dealid; deal; record id; opportunity number; parent id; "
            "deal - id; object id; entity id; сделка; номер сделки; ид сделки; идентификатор сделки; id объекта",
            references="opportunities",
            required=True,
        ),
        text(
            "stage",
            ("Stage", "Этап"),
            ("The stage that was entered.", "Этап, на который вошла сделка."),
            "to stage; tostage; new stage; stage to; new value; newvalue; stage name; stagename; stage id; "
            "deal stage; dealstage; stage value; value; entered stage; stage entered; target stage; current stage; "
            "to value; этап сделки; стадия; новый этап; новая стадия; новое значение; на этап; стадия сделки; "
            "значение после; этап после",
            required=True,
        ),
        moment(
            "entered_at",
            ("Entered on", "Вход на этап"),
            ("When the deal entered the stage.", "Когда сделка вошла на этап."),
            "date entered; entered stage at; entered on; entered date; last modified; last modified date; "
            "changed at; change date; changed on; edit date; modified date; modified at; stage date; "
            "stage change date; stage entered at; entry date; timestamp; date; created date; createddate; "
            "created at; start time; valid from; transition date; moved at; created time; дата входа; дата перехода; "
            "дата изменения; дата; дата смены этапа; дата входа на этап; время перехода; когда изменено; "
            "дата смены стадии; дата и время",
            required=True,
        ),
        moment(
            "left_at",
            ("Left on", "Выход с этапа"),
            (
                "When it left the stage; empty where it still stands there.",
                "Когда сделка ушла с этапа; пусто, если она ещё на нём.",
            ),
            "date exited; exited at; exited on; left stage at; date left; exit date; stage exited at; end time; "
            "valid to; moved out at; stage end date; дата выхода; дата выхода с этапа; дата окончания; ушла с этапа",
        ),
    ),
)
