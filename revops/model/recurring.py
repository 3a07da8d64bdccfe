"""What customers pay again and again: subscriptions and revenue by month."""

from __future__ import annotations

from revops.model.core import Entity
from revops.model.declare import choice, day, decimal, ident, moment, money, names, text
from revops.model.vocabularies import INTERVAL, SUBSCRIPTION_STATUS
from revops.text import Text

SUBSCRIPTIONS = Entity(
    name="subscriptions",
    label=Text("Subscriptions", "Подписки"),
    meaning=Text(
        "One row is one subscription: what an account pays every interval, from its start to its end.",
        "Одна строка — одна подписка: сколько клиент платит за каждый интервал, с начала и до окончания.",
    ),
    natural_key=("account_id", "plan", "started_at"),
    keyed_by_row=True,
    event_dates=("started_at", "ended_at", "cancelled_at"),
    synonyms=names(
        "subscription; subs; subscribers; subscription history; contracts; contract; recurring; memberships; "
        "licenses; mrr; arr; customer churn; churn; stripe subscriptions; chargebee; recurly; billing; подписка; "
        "подписчики; договоры; контракты; абонементы; абоненты; тарифы клиентов; лицензии; отток"
    ),
    fields=(
        ident(
            "subscription_id",
            ("Subscription ID", "ID подписки"),
            ("Identifies the subscription.", "Идентификатор подписки."),
            "id; sub id; subscriptionid; subscription; subscription number; subscription uuid; uuid; contract id; "
            "contract number; license id; membership id; subscription code; record id; subscription key; "
            "номер подписки; подписка; идентификатор подписки; номер договора; id договора; ид подписки; договор; "
            "номер контракта; код подписки",
            key=True,
            required=True,
        ),
        ident(
            "account_id",
            ("Account ID", "Клиент"),
            ("The account that pays.", "Клиент, который платит."),
            "account; customer id; customerid; customer; customer name; customer email; client id; client; "
            "company id; company; company name; account name; account code; user id; organization; organization id; "
            "account number; customer description; billing account; customer code; tenant id; id клиента; "
            "id компании; компания; код клиента; название клиента; контрагент; организация; абонент; номер клиента; "
            "покупатель; заказчик; ид клиента; название компании; лицевой счет",
            references="accounts",
            required=True,
        ),
        text(
            "plan",
            ("Plan", "Тариф"),
            ("Price plan or tier of the subscription.", "Тарифный план подписки."),
            "plan id; plan name; plan code; plan tier; tier; price plan; price id; pricing plan; package; edition; "
            "subscription plan; rate plan; plan nickname; price nickname; item price id; sku; subscription type; "
            "тарифный план; название тарифа; пакет; план; тип подписки; редакция; вид подписки",
        ),
        text(
            "product",
            ("Product", "Продукт"),
            ("What is subscribed to.", "На что оформлена подписка."),
            "product name; product id; service; item; product family; product code; line of business; товар; услуга; "
            "название продукта; сервис; наименование услуги; id продукта",
        ),
        choice(
            "status",
            SUBSCRIPTION_STATUS,
            ("Subscription status", "Статус подписки"),
            ("Where the subscription stands now.", "В каком состоянии подписка сейчас."),
            "status; state; subscription state; contract status; customer status; account status; is active; статус; "
            "состояние; статус договора; статус клиента; состояние подписки; активность",
        ),
        money(
            "amount",
            ("Subscription amount", "Сумма подписки"),
            (
                "What is paid for one interval (month, year, ...), before the discount, for one unit of quantity.",
                "Сколько платится за один интервал (месяц, год и т. п.) до скидки за единицу количества.",
            ),
            "amount; price; unit price; unit amount; plan amount; plan price; mrr; mrr amount; monthly charges; "
            "monthly charge; monthly amount; monthly fee; monthly price; monthly revenue; monthly recurring revenue; "
            "monthly payment; arr; arr amount; annual amount; annual price; annual contract value; acv; "
            "annual recurring revenue; yearly amount; recurring amount; subscription price; subscription value; "
            "subscription fee; fee; charge; charges; plan unit price; contract value; item unit price; subtotal; "
            "rate; сумма; цена; стоимость; стоимость подписки; цена подписки; абонентская плата; абонплата; "
            "ежемесячный платеж; платеж; месячный платеж; стоимость в месяц; сумма в месяц; плата в месяц; "
            "цена тарифа; стоимость тарифа; регулярный платеж; годовая стоимость; сумма договора",
            required=True,
        ),
        text(
            "currency",
            ("Currency", "Валюта"),
            ("Three-letter code of the currency of the amount.", "Трёхбуквенный код валюты суммы."),
            "currency code; plan currency; amount currency; price currency; iso currency; ccy; curr; "
            "валюта подписки; код валюты; валюта платежа",
        ),
        choice(
            "interval",
            INTERVAL,
            ("Billing interval", "Интервал оплаты"),
            ("The time that one amount pays for.", "Срок, за который платится одна сумма."),
            "interval; plan interval; billing period; billing period unit; billing frequency; billing cycle; "
            "billing term; billing interval unit; recurring interval; payment frequency; frequency; period; "
            "recurrence; term; plan interval unit; invoicing frequency; период оплаты; период; периодичность; "
            "периодичность оплаты; частота оплаты; частота платежей; период подписки; расчетный период; интервал; "
            "цикл оплаты; частота списания",
        ),
        decimal(
            "quantity",
            ("Quantity", "Количество"),
            (
                "How many units (seats, licences) are paid for; 1 where absent.",
                "Сколько единиц (мест, лицензий) оплачено; 1, если не указано.",
            ),
            "qty; seats; seat count; licenses; licences; license count; users; number of seats; number of users; "
            "units; plan quantity; кол-во; мест; число мест; лицензий; количество лицензий; количество мест; "
            "пользователей; количество пользователей; число лицензий",
            unit="count",
        ),
        decimal(
            "discount",
            ("Discount", "Скидка"),
            ("Share taken off the amount: 0.2 is 20 %.", "Доля, на которую снижена сумма: 0,2 — это 20 %."),
            "discount percent; discount %; discount rate; percent off; discount percentage; discount pct; "
            "coupon percent off; скидка %; процент скидки; размер скидки; скидка в процентах",
            unit="share",
        ),
        moment(
            "started_at",
            ("Subscription start", "Начало подписки"),
            ("When paying began.", "Когда началась оплата."),
            "start date; start date utc; started; started at; start; starts at; startdate; subscription start; "
            "subscription start date; contract start; contract start date; activated at; activation date; activated; "
            "date started; begin date; valid from; from; effective date; created utc; created; created at; "
            "start time; service start date; subscribed at; subscription date; term start; signup date; дата начала; "
            "начало; дата начала подписки; дата подключения; дата старта; старт; действует с; дата активации; "
            "дата начала договора; дата договора; подключен; дата оформления; дата первого платежа",
            required=True,
        ),
        moment(
            "ended_at",
            ("Subscription end", "Окончание подписки"),
            (
                "When paying stopped or will stop; empty while the subscription runs.",
                "Когда оплата прекратилась или прекратится; пусто, пока подписка действует.",
            ),
            "end date; end date utc; ended; ended at; ended at utc; end; ends at; enddate; subscription end date; "
            "contract end; contract end date; churn date; churned at; churned on; termination date; terminated at; "
            "expires at; expiration date; expiry date; expired at; valid to; valid until; to; term end; end time; "
            "date ended; service end date; дата окончания; окончание; конец; дата окончания подписки; дата оттока; "
            "дата отключения; действует до; действует по; дата завершения; дата расторжения; дата ухода; "
            "дата окончания договора; дата закрытия",
        ),
        moment(
            "trial_ends_at",
            ("Trial end", "Окончание пробного периода"),
            (
                "When the free trial ends; nothing is paid before.",
                "Когда кончается бесплатный период; до этого ничего не платится.",
            ),
            "trial end utc; trial ends; trial end date; trial ended at; trial expires; trial expiration; "
            "trial ends on; trial until; free until; дата окончания триала; конец триала; окончание триала; "
            "пробный период до; дата окончания пробного периода; тестовый период до",
        ),
        moment(
            "cancelled_at",
            ("Cancelled on", "Дата отмены"),
            (
                "When the cancellation was asked for; paying may go on until the end.",
                "Когда попросили об отмене; оплата может идти до окончания подписки.",
            ),
            "canceled at; cancelled at; canceled at utc; cancelled at utc; cancel date; cancellation date; "
            "canceled on; cancelled on; canceled date; cancelled date; date canceled; date cancelled; "
            "unsubscribed at; cancellation requested at; cancelation date; дата отказа; "
            "дата отмены подписки; дата отписки; дата запроса на отмену",
        ),
        text(
            "cancel_reason",
            ("Cancellation reason", "Причина отмены"),
            ("Why the customer left.", "Почему клиент ушёл."),
            "cancel reason code; reason code; churn reason; reason; cancellation feedback; cancel comment; "
            "expiration reason; reason for leaving; reason for cancellation; reason for churn; feedback text; "
            "churn category; cancellation details reason; причина; причина оттока; причина отказа; причина ухода; "
            "причина отключения; причина расторжения",
        ),
    ),
)

MRR_MONTHS = Entity(
    name="mrr_months",
    label=Text("Monthly recurring revenue", "MRR по месяцам"),
    meaning=Text(
        "One row is one account's recurring revenue in one month; a sheet of customers by months is made long.",
        "Одна строка — повторяющийся доход одного клиента за один месяц; таблица «клиенты × месяцы» разворачивается.",
    ),
    natural_key=("account_id", "month", "plan"),
    event_dates=("month",),
    synonyms=names(
        "mrr; mrr months; mrr by month; monthly mrr; mrr schedule; revenue by month; monthly revenue; customer mrr; "
        "recurring revenue; revenue schedule; arr snowball; mrr по месяцам; ежемесячный доход; выручка по месяцам; "
        "помесячно; доход по месяцам; регулярная выручка; поступления по месяцам"
    ),
    fields=(
        ident(
            "account_id",
            ("Account ID", "Клиент"),
            ("The account that pays.", "Клиент, который платит."),
            "account; account name; customer; customer id; customerid; customer name; client; client id; "
            "client name; company; company id; company name; organization; user id; account code; id клиента; "
            "компания; id компании; название клиента; контрагент; организация; код клиента; название компании",
            references="accounts",
            required=True,
        ),
        day(
            "month",
            ("Month", "Месяц"),
            ("First day of the month.", "Первый день месяца."),
            "date; period; mrr month; revenue month; month start; billing month; year month; activity month; "
            "month end; reporting month; as of month; дата; период; отчетный месяц; расчетный месяц; начало месяца",
            required=True,
        ),
        money(
            "mrr",
            ("MRR", "MRR"),
            (
                "Monthly recurring revenue of the account in that month.",
                "Ежемесячный повторяющийся доход клиента за этот месяц.",
            ),
            "mrr amount; monthly recurring revenue; recurring revenue; monthly revenue; revenue; amount; value; "
            "mrr value; subscription revenue; ежемесячный повторяющийся доход; ежемесячный доход; доход; выручка; "
            "сумма; регулярная выручка; регулярный доход; ежемесячная выручка; абонентская плата",
            required=True,
        ),
        text(
            "currency",
            ("Currency", "Валюта"),
            ("Three-letter code of the currency.", "Трёхбуквенный код валюты."),
            "currency code; mrr currency; ccy; код валюты",
        ),
        text(
            "plan",
            ("Plan", "Тариф"),
            ("Price plan the revenue comes from.", "Тарифный план, с которого получен доход."),
            "plan name; plan id; plan tier; tier; product; package; тарифный план; продукт; пакет; название тарифа; "
            "план",
        ),
    ),
)
