"""Who the customers are: accounts."""

from __future__ import annotations

from revops.model.core import Entity
from revops.model.declare import ident, integer, moment, names, text
from revops.text import Text

ACCOUNTS = Entity(
    name="accounts",
    label=Text("Accounts", "Компании"),
    meaning=Text(
        "One row is one company: a customer or a prospect.",
        "Одна строка — одна компания: клиент или потенциальный клиент.",
    ),
    natural_key=("name",),
    event_dates=("created_at",),
    synonyms=names(
        "account; companies; company; customers; customer; clients; client; organizations; organisations; "
        "customer list; customer base; company data; account data; crm accounts; компания; клиенты; клиент; "
        "контрагенты; организации; заказчики; покупатели; база клиентов; список клиентов; юрлица"
    ),
    fields=(
        ident(
            "account_id",
            ("Account ID", "ID компании"),
            ("Identifies the company in the source system.", "Идентификатор компании в исходной системе."),
            "id; record id; hs object id; company id; companyid; customer id; customerid; client id; customer no; "
            "customer number; customer code; account no; account number; account code; organization id; org id; "
            "account external id; crm id; user id; tenant id; workspace id; account key; case safe id; id клиента; "
            "id контрагента; ид клиента; ид компании; код клиента; номер клиента; код контрагента; "
            "идентификатор клиента; идентификатор компании; номер договора клиента; лицевой счет",
            key=True,
            required=True,
        ),
        text(
            "name",
            ("Account name", "Название компании"),
            ("Name of the company.", "Наименование компании."),
            "account; company; company name; companyname; customer; customer name; client; client name; "
            "organization; organisation; organization name; organization - name; org name; business name; "
            "legal name; property name; title; название; наименование; компания; клиент; имя клиента; "
            "наименование клиента; наименование компании; контрагент; организация; заказчик; покупатель; "
            "название клиента; имя компании",
        ),
        text(
            "domain",
            ("Domain", "Домен"),
            ("Website or mail domain of the company.", "Сайт или почтовый домен компании."),
            "company domain name; company domain; website; website url; web site; web; url; site; email domain; "
            "property domain; property website; homepage; сайт; веб-сайт; веб сайт; адрес сайта; домен компании",
        ),
        text(
            "segment",
            ("Segment", "Сегмент"),
            (
                "Group of customers as the company names it: size, tier, kind.",
                "Группа клиентов, как её называет сама компания: размер, уровень, вид.",
            ),
            "customer segment; account segment; market segment; tier; account tier; customer tier; company size; "
            "customer type; account type; company type; client type; business size; size band; size; "
            "category; сегмент клиента; тип клиента; категория клиента; тип компании; размер компании; категория; "
            "уровень клиента; класс клиента",
        ),
        text(
            "industry",
            ("Industry", "Отрасль"),
            ("Line of business of the company.", "Сфера деятельности компании."),
            "sector; vertical; industry type; industry vertical; market; business type; sic desc; property industry; "
            "сфера деятельности; индустрия; вид деятельности; сектор; направление деятельности; сфера; ниша",
        ),
        text(
            "region",
            ("Region", "Регион"),
            ("Region, state or territory of the company.", "Регион, область или территория компании."),
            "state; state/region; state region; territory; billing state; billing state/province; shipping state; "
            "area; sales region; geo; province; address state; property state; city; billing city; city state; "
            "регион клиента; область; город; территория; федеральный округ; субъект рф; край",
        ),
        text(
            "country",
            ("Country", "Страна"),
            ("Country of the company.", "Страна компании."),
            "country/region; country region; billing country; shipping country; country code; country name; "
            "office location; address country; property country; nation; billing country code; location; "
            "страна клиента; местоположение",
        ),
        integer(
            "employees",
            ("Employees", "Число сотрудников"),
            ("How many people the company employs.", "Сколько человек работает в компании."),
            "number of employees; numberofemployees; employee count; employees count; no. of employees; headcount; "
            "company headcount; num employees; staff; team size; property numberofemployees; количество сотрудников; "
            "сотрудников; численность; численность сотрудников; кол-во сотрудников; штат",
            unit="count",
        ),
        text(
            "owner",
            ("Account owner", "Ответственный"),
            ("Who in the team looks after the account.", "Кто из команды ведёт клиента."),
            "owner; account owner; company owner; owner id; ownerid; owner name; hubspot owner id; account manager; "
            "customer success manager; csm; kam; key account manager; assigned to; responsible; "
            "organization - owner; property hubspot owner id; account owner alias; sales rep; "
            "ответственный менеджер; менеджер; куратор; аккаунт-менеджер; ведущий менеджер; "
            "ответственный за клиента; персональный менеджер; владелец",
            references="people",
        ),
        text(
            "source",
            ("Account source", "Источник"),
            ("Where the company first came from.", "Откуда компания пришла впервые."),
            "source; account source; original source; original source type; original traffic source; lead source; "
            "referral source; acquisition source; acquisition channel; signup source; first touch; utm source; "
            "channel; property hs analytics source; hs analytics source; marketing channel; "
            "how did you hear about us; источник клиента; источник привлечения; канал; канал привлечения; "
            "откуда узнали; первый источник",
        ),
        moment(
            "created_at",
            ("Account created on", "Дата создания"),
            (
                "When the company appeared in the system, or signed up.",
                "Когда компания появилась в системе или зарегистрировалась.",
            ),
            "created; created at; create date; createdate; created date; creation date; created time; created on; "
            "created utc; date created; signup date; sign up date; signed up at; signup; registered at; "
            "registration date; customer since; client since; date added; added; first seen; property createdate; "
            "organization created; date create; дата создания клиента; дата регистрации; создан; создано; клиент с; "
            "дата добавления; дата создания компании; дата заведения",
        ),
        ident(
            "parent_id",
            ("Parent account", "Головная компания"),
            ("The account this one belongs to.", "Компания, в которую входит эта."),
            "parent account; parent account id; parent company; parent company id; parent; parentid; parent name; "
            "subsidiary of; holding; group; belongs to; id головной компании; материнская компания; холдинг; "
            "родительская компания; группа компаний",
            references="accounts",
        ),
    ),
)
