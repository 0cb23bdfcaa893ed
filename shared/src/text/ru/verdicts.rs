//! What was made of events, why records stand where they stand, and what attempts ended with.

pub(super) const VERDICTS: &[(&str, &str)] = &[
    (
        "{}; its EventTime can't be, so its arrival counts",
        "{}; его EventTime невозможен, поэтому считается время прихода",
    ),
    (
        "{}; its Duration contradicts the times of answer and hangup, which count",
        "{}; его Duration противоречит времени ответа и отбоя, считаются они",
    ),
    ("not about a call: kept, nothing made of it", "не о звонке: сохранено, ничего не сделано"),
    (
        "the outside number is on the connection's list of numbers to ignore",
        "внешний номер в списке номеров, которые не записываются",
    ),
    (
        "its end never came, neither by an event nor by the PBX's history: not logged",
        "о конце нет ни события, ни записи в истории АТС: не записано",
    ),
    ("faxes are not logged", "факсы не записываются"),
    ("answered on this phone: logged as an incoming call", "отвечен на этом телефоне: записан как входящий"),
    ("dialled out and answered: logged as an outgoing call", "набран и отвечен: записан как исходящий"),
    (
        "dialled out: logged as an outgoing call with its status",
        "набран: записан как исходящий со своим статусом",
    ),
    ("the leg goes on: logged when it ends", "разговор продолжается: запишется, когда закончится"),
    (
        "rang in vain with no queue or IVR in the way: missed here",
        "звонил напрасно без очереди и меню на пути: пропущен здесь",
    ),
    (
        "rang in vain: whether the call was missed is decided after the hold",
        "звонил напрасно: пропущен ли звонок, решится после выдержки",
    ),
    (
        "rang in vain: the policy doesn't log missed calls of phones",
        "звонил напрасно: по настройкам пропущенные на телефонах не записываются",
    ),
    ("not answered on this phone: taken elsewhere", "не отвечен на этом телефоне: принят в другом месте"),
    ("not answered on this phone: not logged", "не отвечен на этом телефоне: не записан"),
    ("internal call: both numbers are extensions", "внутренний звонок: оба номера добавочные"),
    (
        "internal forwarding: transferred between two extensions",
        "внутренняя переадресация между двумя добавочными",
    ),
    ("internal call: an extension was dialled", "внутренний звонок: набран добавочный"),
    ("queues are logged from their hangup alone", "очереди записываются только по отбою"),
    (
        "queue hangup without Bridged: nothing is known of the call",
        "отбой очереди без Bridged: о звонке ничего не известно",
    ),
    ("queue hangup, bridged: logged from the phone's leg", "отбой очереди, соединён: записан с телефона"),
    ("queue hangup, not bridged: missed here", "отбой очереди, не соединён: пропущен здесь"),
    (
        "queue hangup, not bridged: a later queue's hangup decides",
        "отбой очереди, не соединён: решает отбой более поздней очереди",
    ),
    (
        "queue hangup, not bridged: decided after the hold",
        "отбой очереди, не соединён: решится после выдержки",
    ),
    (
        "queue hangup, not bridged: the call was taken after it left this queue",
        "отбой очереди, не соединён: звонок принят после этой очереди",
    ),
    (
        "queue hangup, not bridged: not logged by the connection's policy",
        "отбой очереди, не соединён: по настройкам не записывается",
    ),
    ("IVRs are logged from their hangup alone", "голосовые меню записываются только по отбою"),
    (
        "IVR hangup without Bridged: nothing is known of the call",
        "отбой меню без Bridged: о звонке ничего не известно",
    ),
    ("IVR hangup, bridged: logged from the phone's leg", "отбой меню, соединён: записан с телефона"),
    ("IVR hangup, not bridged: missed here", "отбой меню, не соединён: пропущен здесь"),
    ("IVR hangup, not bridged: a queue's hangup decides", "отбой меню, не соединён: решает отбой очереди"),
    ("IVR hangup, not bridged: decided after the hold", "отбой меню, не соединён: решится после выдержки"),
    (
        "IVR hangup, not bridged: a queue says that the call was taken",
        "отбой меню, не соединён: очередь сообщает, что звонок принят",
    ),
    (
        "IVR hangup, not bridged: not logged by the connection's policy",
        "отбой меню, не соединён: по настройкам не записывается",
    ),
    (
        "a late event, or the PBX's history, changed the record",
        "запоздалое событие или история АТС изменили запись",
    ),
    (
        "withdrawn: a late event, or the PBX's history, showed that there is nothing to log",
        "отозвано: запоздалое событие или история АТС показали, что записывать нечего",
    ),
    ("gave up after the last attempt: {}", "попытки исчерпаны: {}"),
    (
        "the attempt was cut off; the CRM may have the record",
        "попытка прервана; запись, возможно, есть в CRM",
    ),
    ("gave up: not delivered within 72 hours", "попытки прекращены: не доставлено за 72 часа"),
    (
        "deliveries are paused: the CRM refuses the credentials",
        "доставка приостановлена: CRM не принимает данные для входа",
    ),
    (
        "deliveries are paused: the CRM serves nobody until its bill is paid",
        "доставка приостановлена: CRM не работает, пока не оплачен счёт",
    ),
    ("deliveries are paused: the CRM's endpoint is disabled", "доставка приостановлена: адрес CRM отключён"),
    ("deliveries are paused by whoever runs this service", "доставка приостановлена оператором сервиса"),
    ("the CRM could not be reached", "CRM недоступна"),
    ("the CRM did not answer in time or broke off", "CRM не ответила вовремя или прервала связь"),
    ("the CRM answered {}", "CRM ответила {}"),
    ("the CRM's answer can't be read", "ответ CRM не читается"),
    ("the CRM's token has ended", "токен CRM истёк"),
    (
        "the CRM has to be connected again: nobody has let Ringbridge in",
        "CRM нужно подключить заново: никто не дал Ringbridge доступа",
    ),
    ("the CRM's address is not a public one", "адрес CRM не публичный"),
    ("the CRM settings can't be used: {}", "настройки CRM не подходят: {}"),
    ("the CRM takes too long to answer", "CRM отвечает слишком долго"),
    ("no test record can be made", "пробную запись создать нельзя"),
    ("the CRM takes more steps than a record has", "CRM требует больше шагов, чем есть у записи"),
];
