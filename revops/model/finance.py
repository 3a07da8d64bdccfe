"""What was billed, and what a currency is worth: invoices and exchange rates."""

from __future__ import annotations

from revops.model.core import Entity
from revops.model.declare import boolean, day, decimal, ident, moment, money, names, text
from revops.text import Text

INVOICES = Entity(
    name="invoices",
    label=Text("Invoices", "Счета"),
    meaning=Text("One row is one invoice or payment of an account.", "Одна строка — один счёт или платёж клиента."),
    natural_key=("account_id", "issued_at", "amount", "product"),
    keyed_by_row=True,
    event_dates=("issued_at", "paid_at"),
    synonyms=names(
        "invoice; invoice lines; billing; payments; payment; charges; transactions; receipts; bills; orders; "
        "sales ledger; purchases; invoice data; счет; счета; оплаты; платежи; платеж; выставленные счета; акты; "
        "реализация; поступления; транзакции; заказы; оплата; выписка; реестр счетов"
    ),
    fields=(
        ident(
            "invoice_id",
            ("Invoice ID", "Номер счёта"),
            ("Identifies the invoice.", "Идентификатор счёта."),
            "id; invoice; invoice number; invoice no; invoiceno; invoice #; number; bill number; payment id; "
            "charge id; transaction id; receipt number; order id; order number; document number; invoice uuid; "
            "invoicenumber; id счета; счет; счет №; номер; номер документа; номер платежа; id платежа; номер заказа; "
            "документ; идентификатор счета; номер акта",
            key=True,
            required=True,
        ),
        ident(
            "account_id",
            ("Account ID", "Клиент"),
            ("The account that is billed.", "Клиент, которому выставлен счёт."),
            "account; account name; account code; account number; customer; customer id; customerid; customer name; "
            "customer email; client; client id; client name; company; company id; company name; bill to; billed to; "
            "user id; organization; contactname; id клиента; компания; id компании; контрагент; организация; "
            "плательщик; покупатель; заказчик; код клиента; название компании; название клиента",
            references="accounts",
            required=True,
        ),
        moment(
            "issued_at",
            ("Issued on", "Дата счёта"),
            ("When the invoice was issued.", "Когда выставлен счёт."),
            "invoice date; invoicedate; issue date; issued; issued on; date; date utc; created; created utc; "
            "created at; create date; billing date; bill date; charge date; transaction date; posted at; "
            "posted date; finalized at; finalized at utc; document date; order date; дата; дата выставления; "
            "дата выставления счета; выставлен; дата документа; дата операции; дата создания; дата акта; "
            "дата реализации; дата заказа",
            required=True,
        ),
        money(
            "amount",
            ("Invoice amount", "Сумма счёта"),
            ("Total of the invoice.", "Итог счёта."),
            "amount; total; total amount; invoice total; invoice amount; amount due; gross amount; net amount; "
            "subtotal; amount paid; revenue; value; price; charge amount; converted amount; sum; payment amount; "
            "сумма; итого; всего; сумма платежа; сумма оплаты; стоимость; выручка; сумма документа; сумма с ндс; "
            "сумма без ндс; к оплате; сумма заказа",
            required=True,
        ),
        text(
            "currency",
            ("Currency", "Валюта"),
            ("Three-letter code of the currency of the amounts.", "Трёхбуквенный код валюты сумм."),
            "currency code; invoice currency; currencycode; ccy; converted currency; валюта счета; код валюты; "
            "валюта платежа",
        ),
        day(
            "period_start",
            ("Service period start", "Начало периода услуги"),
            ("First day that the invoice pays for.", "Первый день, за который выставлен счёт."),
            "period start utc; service start; service period start; service start date; billing period start; "
            "line item period start; from date; date from; period from; coverage start; start date; "
            "current period start; начало периода; период с; дата начала периода; дата начала услуги; дата начала; "
            "оплачено с",
        ),
        day(
            "period_end",
            ("Service period end", "Конец периода услуги"),
            ("Last day that the invoice pays for.", "Последний день, за который выставлен счёт."),
            "period end utc; service end; service period end date; service end date; billing period end; "
            "line item period end; to date; date to; period to; coverage end; end date; current period end; "
            "конец периода; период по; дата окончания периода; дата окончания услуги; дата окончания; оплачено до; "
            "окончание периода",
        ),
        boolean(
            "is_recurring",
            ("Recurring", "Регулярный платёж"),
            (
                "Whether it bills a subscription and not a one-off.",
                "Относится ли счёт к подписке, а не к разовой продаже.",
            ),
            "recurring invoice; is subscription; subscription invoice; repeat; repeating; recurring charge; "
            "регулярный; повторяющийся; подписочный; абонентский; рекуррентный; по подписке; рекуррентный платеж",
        ),
        text(
            "product",
            ("Product", "Продукт"),
            ("What is billed.", "За что выставлен счёт."),
            "product name; product id; item; description; line item; service; plan; plan name; sku; stockcode; "
            "line item description; item name; товар; услуга; назначение платежа; наименование; номенклатура; тариф; "
            "название продукта; описание",
        ),
        money(
            "refunded_amount",
            ("Refunded amount", "Сумма возврата"),
            ("How much of the amount was given back.", "Какая часть суммы возвращена."),
            "amount refunded; refund; refund amount; refund amount usd; refunded; refunds; credit note amount; "
            "credited; post payment credit notes amount; converted amount refunded; возврат; возвращено; возвраты; "
            "сумма возвратов",
        ),
        moment(
            "paid_at",
            ("Paid on", "Дата оплаты"),
            ("When it was paid; empty while it is not.", "Когда оплачен; пусто, если ещё нет."),
            "payment date; paid on; date paid; paid date; paid at utc; settled at; received at; closed at; "
            "captured at; fully paid on date; collected at; дата платежа; дата поступления; "
            "дата зачисления; дата фактической оплаты",
        ),
    ),
)

FX_RATES = Entity(
    name="fx_rates",
    label=Text("Exchange rates", "Курсы валют"),
    meaning=Text(
        "One row is the rate of one currency from one day on.",
        "Одна строка — курс одной валюты, начиная с одного дня.",
    ),
    natural_key=("date", "currency"),
    synonyms=names(
        "fx; fx rate; exchange rate; currency rates; rates; forex; conversion rates; dated conversion rate; "
        "currencies; курсы; курс; курс валют; валюты; курсы цб; обменные курсы"
    ),
    fields=(
        day(
            "date",
            ("Rate date", "Дата курса"),
            ("The first day on which the rate holds.", "Первый день действия курса."),
            "day; month; period; effective date; rate date; start date; valid from; as of; as of date; time period; "
            "дата; день; месяц; период; действует с; дата начала",
            required=True,
        ),
        text(
            "currency",
            ("Currency", "Валюта"),
            ("Three-letter code of the currency that is converted.", "Трёхбуквенный код пересчитываемой валюты."),
            "currency code; currencyisocode; iso code; from currency; source currency; code; quote currency; ccy; "
            "код валюты; букв. код; буквенный код; код; из валюты",
            required=True,
        ),
        decimal(
            "rate",
            ("Rate", "Курс"),
            (
                "How many units of the workspace currency one unit of this currency is worth.",
                "Сколько единиц валюты рабочего пространства стоит одна единица этой валюты.",
            ),
            "exchange rate; fx rate; conversion rate; conversionrate; value; obs value; mid rate; closing rate; "
            "price; обменный курс; курс валюты; курс цб; значение; официальный курс; curs",
            required=True,
        ),
    ),
)
