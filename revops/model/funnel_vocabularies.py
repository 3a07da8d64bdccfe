"""Meanings of pipeline stages and of channels.

The record keeps what its system wrote; these say what the spelling means, and propose it to a person who
may decide otherwise.
"""

from __future__ import annotations

from revops.model.core import Vocabulary
from revops.model.declare import term
from revops.text import Text

STAGE_MEANING = Vocabulary(
    name="stage_meaning",
    label=Text("Stage meaning", "Смысл этапа"),
    terms=(
        term(
            "lead",
            ("Lead", "Лид"),
            "new; new lead; new deal; open; open - not contacted; not contacted; subscriber; prospect; prospecting; "
            "inquiry; raw lead; lead in; incoming leads; unsorted; contact made; attempted to contact; contacted; "
            "working - contacted; first contact; новый; новая; новая заявка; новый лид; новая сделка; заявка; "
            "обращение; неразобранное; первичный контакт; получена заявка; взяли в работу; взята в работу; "
            "не обработан; первый контакт; контакт установлен; квалификация не проведена; новое обращение; "
            "входящая заявка",
        ),
        term(
            "mql",
            ("MQL", "MQL, квалифицированный маркетингом лид"),
            "marketing qualified lead; marketingqualifiedlead; marketing qualified; marketing accepted; mal; "
            "nurture; nurturing; квалифицирован маркетингом; квалифицированный маркетингом лид; "
            "маркетинговая квалификация; прогрев",
        ),
        term(
            "sql",
            ("SQL", "SQL, квалифицированный продажами лид"),
            "sales qualified lead; salesqualifiedlead; sales qualified; sales accepted lead; sales accepted; sal; "
            "sqo; qualified; qualified to buy; qualifiedtobuy; qualification; qualify; qualified lead; qualifying; "
            "closed - converted; bant; квалификация; квалифицирован; квалифицирована; квалифицированный лид; "
            "квалифицированный продажами лид; квалификация пройдена; квалификация проведена; целевой лид",
        ),
        term(
            "discovery",
            ("Discovery", "Выявление потребностей"),
            "discover; discovery call; needs analysis; need analysis; needs assessment; demo; demo scheduled; "
            "demo done; demo completed; demonstration; engaging; engaged; engagement; appointment scheduled; "
            "appointmentscheduled; presentation scheduled; presentationscheduled; presentation; meeting; "
            "meeting scheduled; opportunity; evaluation; value proposition; id decision makers; perception analysis; "
            "solution; solution fit; trial; pilot; poc; proof of concept; technical validation; "
            "identify decision makers; выявление потребности; анализ потребностей; потребность выявлена; демо; "
            "демонстрация; презентация; встреча; назначена встреча; встреча назначена; встреча проведена; "
            "назначена демонстрация; демо назначено; демо проведено; пилот; тестирование; подбор решения; "
            "проведена презентация; оценка; разработка решения; тестовый доступ",
        ),
        term(
            "proposal",
            ("Proposal", "Коммерческое предложение"),
            "proposal made; proposal sent; proposal price quote; proposal/price quote; quote; quote sent; quotation; "
            "price quote; offer; offer sent; pricing; business case; estimate; кп; кп отправлено; отправлено кп; "
            "предложение; предложение отправлено; отправлено предложение; подготовка кп; подготовка предложения; "
            "направлено кп; расчет; коммерческое предложение отправлено; смета; согласование кп; "
            "подготовка документов",
        ),
        term(
            "negotiation",
            ("Negotiation", "Переговоры"),
            "negotiations; negotiations started; negotiating; negotiation review; negotiation/review; contract; "
            "contract sent; contractsent; contract negotiation; contract out; decision maker bought-in; "
            "decisionmakerboughtin; decision; commit; committed; verbal; verbal commit; legal; legal review; "
            "procurement; security review; closing; signing; invoice sent; verbal agreement; принимают решение; "
            "принятие решения; согласование договора; согласование; договор; договор отправлен; подписание договора; "
            "подписание; счет выставлен; выставлен счет; счет отправлен; счет на предоплату; финальный счет; торг; "
            "согласование условий; ожидание оплаты; ожидаем оплату; ожидает оплаты; закупка; юристы; "
            "договор на подписании; отправлен счет",
        ),
        term(
            "won",
            ("Won", "Выиграна"),
            "closed won; closedwon; closed - won; win; deal won; customer; signed; sold; success; paid; evangelist; "
            "успешно реализовано; успешно реализована; сделка успешна; успешна; успешно; успех; выиграно; оплачено; "
            "оплата получена; продано; договор подписан; клиент; закрыта успешно; закрыто успешно; "
            "закрыта и выиграна; реализовано",
        ),
        term(
            "lost",
            ("Lost", "Проиграна"),
            "closed lost; closedlost; closed - lost; deal lost; lose; loss; dead; disqualified; unqualified; "
            "closed - not converted; not converted; rejected; no decision; junk; junk lead; spam; bad fit; "
            "abandoned; закрыто и не реализовано; закрыта и не реализована; сделка провалена; провалена; проиграно; "
            "отказ; отказ клиента; анализ причины провала; некачественный лид; дисквалифицирован; нецелевой; "
            "закрыта и проиграна; потеряна; провал; не реализовано; спам; брак",
        ),
        term(
            "other",
            ("Other", "Прочее"),
            "on hold; hold; paused; parked; postponed; deferred; stalled; recycled; другое; отложено; отложена; "
            "на паузе; пауза; заморожено; отложенный спрос; приостановлено",
        ),
    ),
)

CHANNEL = Vocabulary(
    name="channel",
    label=Text("Channel", "Канал"),
    terms=(
        term(
            "paid_search",
            ("Paid search", "Платный поиск"),
            "cpc; ppc; sem; paidsearch; search ads; google ads; google adwords; adwords; googleads; google cpc; "
            "google / cpc; bing ads; microsoft ads; bing / cpc; yandex direct; yandex.direct; yandex / cpc; "
            "ya.direct; search engine marketing; google search; google shopping; performance max; cross-network; "
            "paid shopping; яндекс директ; яндекс.директ; директ; контекст; контекстная реклама; контекстная; "
            "google реклама; поисковая реклама; гугл реклама; реклама в поиске; гугл эдс; мастер кампаний",
        ),
        term(
            "paid_social",
            ("Paid social", "Реклама в соцсетях"),
            "paidsocial; social ads; paid social media; facebook; facebook ads; fb; fb ads; facebook / cpc; meta; "
            "meta ads; instagram; instagram ads; linkedin; linkedin ads; linkedin / cpc; twitter ads; x ads; tiktok; "
            "tiktok ads; reddit ads; vk ads; vk; vk реклама; вк реклама; вконтакте; mytarget; telegram ads; таргет; "
            "таргетированная реклама; таргетинг; соцсети платно; платные соцсети; реклама вконтакте; "
            "реклама в социальных сетях; тг реклама",
        ),
        term(
            "organic",
            ("Organic", "Органика"),
            "organic search; seo; organic social; organicsearch; search engine; google organic; google / organic; "
            "yandex / organic; bing / organic; organic traffic; organic video; blog; content; content marketing; "
            "inbound; social media; social; social networks; organicsocial; youtube; поиск; сео; органический поиск; "
            "органический трафик; поисковые системы; поисковый трафик; блог; контент; контент-маркетинг; соцсети; "
            "социальные сети; переходы из поисковых систем; сообщества; переходы из социальных сетей",
        ),
        term(
            "referral",
            ("Referral", "Рекомендации"),
            "referrals; referred; word of mouth; wom; customer referral; employee referral; external referral; "
            "referral program; refer a friend; recommendation; ai referrals; рекомендация; реферал; рефералы; "
            "сарафанное радио; сарафан; по рекомендации; реферальная программа; переходы по ссылкам; "
            "переходы по ссылкам на сайтах; рекомендация клиента",
        ),
        term(
            "outbound",
            ("Outbound", "Исходящие продажи"),
            "cold call; cold calls; cold calling; cold email; cold outreach; outreach; sdr; bdr; prospecting; "
            "sales outbound; sales prospecting; purchased list; list purchase; telemarketing; outgoing; исходящий; "
            "исходящие; исходящий обзвон; холодный звонок; холодные звонки; холодная база; обзвон; холодный обзвон; "
            "холодные продажи; холодная рассылка; телемаркетинг; активные продажи",
        ),
        term(
            "partner",
            ("Partner", "Партнёры"),
            "partners; partner referral; reseller; affiliate; affiliates; alliance; marketplace; agency; "
            "channel partner; channel sales; integrator; partnership; cpa; партнер; партнёр; партнерка; "
            "партнерская программа; партнерский канал; реселлер; агентство; маркетплейс; интегратор; партнерство; "
            "дилер",
        ),
        term(
            "event",
            ("Event", "Мероприятия"),
            "events; trade show; tradeshow; conference; webinar; webinars; seminar; exhibition; meetup; workshop; "
            "expo; seminar - internal; seminar - partner; field event; field marketing; roadshow; мероприятие; "
            "выставка; выставки; конференция; конференции; вебинар; вебинары; семинар; форум; митап",
        ),
        term(
            "direct",
            ("Direct", "Прямые заходы"),
            "direct traffic; (direct) / (none); (none); typed; directtraffic; direct / none; прямой; прямой трафик; "
            "прямой заход; прямой переход; прямые переходы; прямые",
        ),
        term(
            "email",
            ("Email", "Email-рассылки"),
            "email marketing; e-mail; emailmarketing; newsletter; mailing; mail; email campaign; mailchimp; "
            "e-mail marketing; email nurture; рассылка; рассылки; email-рассылка; e-mail рассылка; почта; "
            "почтовая рассылка; имейл",
        ),
        term(
            "other",
            ("Other", "Прочее"),
            "offline; offline sources; other campaigns; unknown; unassigned; misc; display; programmatic; banner; "
            "tv; radio; print; pr; advertisement; paid other; другое; другой; прочие; неизвестно; не указан; "
            "не определен; медийная реклама; баннеры; реклама на тв; наружная реклама; сми; офлайн; пресса; радио",
        ),
    ),
)
