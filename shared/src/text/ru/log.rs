//! What is said of calls and their records, of a call back, and of fields, by the English sentences.

pub(super) const LOG: &[(&str, &str)] = &[
    ("answered on this phone: logged as an incoming call", "ответил этот телефон: записан как входящий"),
    ("dialled out and answered: logged as an outgoing call", "набран и отвечен: записан как исходящий"),
    (
        "dialled out: logged as an outgoing call with its status",
        "набран: записан как исходящий со своим результатом",
    ),
    ("the leg goes on: logged when it ends", "ещё идёт: запишется по окончании"),
    (
        "rang in vain with no queue or IVR in the way: missed here",
        "звонил напрасно, без очереди и меню: пропущен здесь",
    ),
    (
        "rang in vain: whether the call was missed is decided after the hold",
        "звонил напрасно: пропущен ли звонок, решится после паузы",
    ),
    (
        "rang in vain: the policy doesn't log missed calls of phones",
        "звонил напрасно: настройки не записывают пропущенные на телефонах",
    ),
    ("not answered on this phone: taken elsewhere", "этот телефон не ответил: звонок взят в другом месте"),
    ("not answered on this phone: not logged", "этот телефон не ответил: не записывается"),
    ("internal call: both numbers are extensions", "внутренний звонок: оба номера добавочные"),
    ("internal forwarding: transferred between two extensions", "внутренний перевод между двумя добавочными"),
    ("internal call: an extension was dialled", "внутренний звонок: набран добавочный"),
    (
        "the outside number is on the connection's list of numbers to ignore",
        "внешний номер в списке незаписываемых",
    ),
    ("not about a call: kept, nothing made of it", "не о звонке: сохранено без последствий"),
    (
        "its end never came, neither by an event nor by the PBX's history: not logged",
        "о конце ничего не известно, ни из событий, ни из истории АТС: не записан",
    ),
    ("faxes are not logged", "факсы не записываются"),
    ("queues are logged from their hangup alone", "очереди записываются только по их отбою"),
    (
        "queue hangup without Bridged: nothing is known of the call",
        "отбой очереди без Bridged: о звонке ничего не известно",
    ),
    ("queue hangup, bridged: logged from the phone's leg", "отбой очереди, соединён: записан по телефону"),
    ("queue hangup, not bridged: missed here", "отбой очереди, не соединён: пропущен здесь"),
    (
        "queue hangup, not bridged: a later queue's hangup decides",
        "отбой очереди, не соединён: решает отбой следующей очереди",
    ),
    ("queue hangup, not bridged: decided after the hold", "отбой очереди, не соединён: решится после паузы"),
    (
        "queue hangup, not bridged: the call was taken after it left this queue",
        "отбой очереди, не соединён: звонок взят после этой очереди",
    ),
    (
        "queue hangup, not bridged: not logged by the connection's policy",
        "отбой очереди, не соединён: по настройкам не записывается",
    ),
    ("IVRs are logged from their hangup alone", "меню записываются только по их отбою"),
    (
        "IVR hangup without Bridged: nothing is known of the call",
        "отбой меню без Bridged: о звонке ничего не известно",
    ),
    ("IVR hangup, bridged: logged from the phone's leg", "отбой меню, соединён: записан по телефону"),
    ("IVR hangup, not bridged: missed here", "отбой меню, не соединён: пропущен здесь"),
    ("IVR hangup, not bridged: a queue's hangup decides", "отбой меню, не соединён: решает отбой очереди"),
    ("IVR hangup, not bridged: decided after the hold", "отбой меню, не соединён: решится после паузы"),
    (
        "IVR hangup, not bridged: a queue says that the call was taken",
        "отбой меню, не соединён: по словам очереди, звонок взят",
    ),
    (
        "IVR hangup, not bridged: not logged by the connection's policy",
        "отбой меню, не соединён: по настройкам не записывается",
    ),
    (
        "{}; its EventTime can't be, so its arrival counts",
        "{}; время события невозможно, считается время прихода",
    ),
    (
        "{}; its Duration contradicts the times of answer and hangup, which count",
        "{}; длительность противоречит времени ответа и отбоя, считаются они",
    ),
    ("missed, and not logged by the connection's policy", "пропущен и по настройкам не записывается"),
    ("whether the call was missed is decided after the hold", "пропущен ли звонок, решится после паузы"),
    ("taken, but on no phone that is followed", "взят, но не на отслеживаемом телефоне"),
    ("missed: its record is being made", "пропущен: запись делается"),
    ("the call goes on: logged when it ends", "звонок идёт: запишется по окончании"),
    (
        "a queue or menu rang phones, and has not said whether the call was taken",
        "звонила очередь или меню и не сообщила, взят ли звонок",
    ),
    (
        "its events say neither that it was taken nor that it was missed",
        "по событиям он ни взят, ни пропущен",
    ),
    (
        "a late event, or the PBX's history, changed the record",
        "запись изменило позднее событие или история АТС",
    ),
    (
        "withdrawn: a late event, or the PBX's history, showed that there is nothing to log",
        "отозвана: позднее событие или история АТС показали, что записывать нечего",
    ),
    ("gave up after the last attempt: {}", "последняя попытка не удалась: {}"),
    ("gave up: not delivered within 72 hours", "не доставлена за 72 часа"),
    ("the attempt was cut off; the CRM may have the record", "попытка прервана; запись могла дойти до CRM"),
    (
        "deliveries are paused: the CRM refuses the credentials",
        "доставка приостановлена: CRM не принимает данные для входа",
    ),
    (
        "deliveries are paused: the CRM serves nobody until its bill is paid",
        "доставка приостановлена: CRM не оплачена",
    ),
    ("deliveries are paused: the CRM's endpoint is disabled", "доставка приостановлена: адрес CRM отключён"),
    ("the CRM answered {}", "CRM ответила {}"),
    (
        "no phone that rings is mapped to this user; map one, then call",
        "у сотрудника нет телефона, который звонит; назначьте его и позвоните",
    ),
    (
        "a call under this key was begun, and its end is not known; look at the phone before you try again",
        "звонок уже начат, чем кончилось, неизвестно; посмотрите на телефон, прежде чем повторять",
    ),
    ("the PBX can't be asked now; nothing rings", "АТС сейчас недоступна; ничего не звонит"),
    ("The PBX refuses the stored credentials.", "АТС не принимает сохранённые данные для входа."),
    ("{} The telephone may ring all the same.", "{} Телефон всё же может зазвонить."),
    ("give a telephone number of 5 to 20 digits", "укажите номер телефона от 5 до 20 цифр"),
    ("give a call's id", "укажите идентификатор звонка"),
    ("this must be given", "это нужно указать"),
    ("this must not be empty", "это не может быть пустым"),
    ("this is too long", "это слишком длинно"),
    ("this must be one line of plain text", "это должна быть одна строка текста"),
    (
        "this must be a list of at most 1000 telephone numbers",
        "это должен быть список не более чем из 1000 номеров телефона",
    ),
    (
        "this must be a country's two capital letters, such as GB",
        "это должны быть две заглавные буквы страны, например RU",
    ),
    (
        "this must be a time zone's name, such as Europe/London",
        "это должно быть название часового пояса, например Europe/Moscow",
    ),
    ("this must be a CRM user's id, or null", "это должен быть идентификатор сотрудника CRM или пусто"),
    ("this must be `ignore`, `contact` or `lead`", "выберите одно из предложенного"),
    ("this must be `latest` or `none`", "выберите одно из предложенного"),
    ("this must be `default`, `queue` or `owner`", "выберите одно из предложенного"),
];
