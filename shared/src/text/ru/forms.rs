//! What is wrong with what was entered, and why something was refused.

pub(super) const FORMS: &[(&str, &str)] = &[
    (
        "this must be a list of at most {} e-mail addresses, or null",
        "это должен быть список не более чем из {} адресов почты или null",
    ),
    (
        "this installation sends no e-mail; ask its operator, or give a webhook",
        "эта установка не отправляет почту; спросите её оператора или укажите вебхук",
    ),
    (
        "this must be an e-mail address such as anna@example.com",
        "это должен быть адрес почты, например anna@example.com",
    ),
    ("the webhook's address did not answer as it should: {}", "адрес вебхука ответил не так, как должен: {}"),
    ("it takes too long", "слишком долго"),
    ("it can't be reached", "он недоступен"),
    ("it did not answer in time, or broke off", "он не ответил вовремя или прервал связь"),
    ("it belongs to a private network", "он в частной сети"),
    ("it answered {}", "он ответил {}"),
    ("the mail server did not answer", "почтовый сервер не ответил"),
    ("the mail server refused the mail ({})", "почтовый сервер отклонил письмо ({})"),
    ("the mail can't be written", "письмо не удаётся составить"),
    ("this must be given", "это нужно указать"),
    ("this must not be empty", "это не должно быть пустым"),
    ("this is too long", "это слишком длинно"),
    ("this must be one line of plain text", "это должна быть одна строка простого текста"),
    ("this must be a text", "это должен быть текст"),
    ("this must be true or false", "это должно быть true или false"),
    ("give a time such as 2026-09-01T12:00:00Z", "укажите время, например 2026-09-01T12:00:00Z"),
    (
        "this must be a list of at most 1000 telephone numbers",
        "это должен быть список не более чем из 1000 номеров",
    ),
    (
        "this must be a country's two capital letters, such as GB",
        "это должны быть две заглавные буквы страны, например GB",
    ),
    (
        "this must be a time zone's name, such as Europe/London",
        "это должно быть название часового пояса, например Europe/London",
    ),
    ("this must be `ignore`, `contact` or `lead`", "это должно быть `ignore`, `contact` или `lead`"),
    ("this must be `latest` or `none`", "это должно быть `latest` или `none`"),
    ("this must be `default`, `queue` or `owner`", "это должно быть `default`, `queue` или `owner`"),
    ("this must be a CRM user's id, or null", "это должен быть идентификатор сотрудника CRM или null"),
    (
        "this must be an object with the settings to change",
        "это должен быть объект с изменяемыми настройками",
    ),
    ("there is no such setting", "такой настройки нет"),
    ("there is no such field; there are: {}", "такого поля нет; есть: {}"),
    ("there is no such kind of CRM; give {}", "такого вида CRM нет; укажите {}"),
    ("this kind of CRM has no such setting", "у этого вида CRM нет такой настройки"),
    (
        "this must be the user's id in the CRM, a text of 1 to 128 bytes",
        "это должен быть идентификатор сотрудника в CRM, текст от 1 до 128 байт",
    ),
    (
        "this can't be dialled; give a number such as +442079460777",
        "этот номер набрать нельзя; укажите номер, например +442079460777",
    ),
    (
        "no phone that rings is mapped to this user; map one, then call",
        "этому сотруднику не сопоставлен телефон; сопоставьте и звоните",
    ),
    ("a call under this key is under way", "такой звонок уже идёт"),
    (
        "a call under this key was begun, and its end is not known; look at the phone before you try again",
        "такой звонок начат, и чем он кончился, неизвестно; посмотрите на телефон, прежде чем повторять",
    ),
    ("the PBX can't be asked now; nothing rings", "АТС сейчас спросить нельзя; ничего не звонит"),
    ("this PBX is not on the operator's list; there are: {}", "этой АТС нет в списке оператора; есть: {}"),
    (
        "the connection of this PBX account is being removed; try again when that is done",
        "подключение этой учётной записи АТС удаляется; повторите, когда это закончится",
    ),
    (
        "this application belongs to another PBX account; connect that one as a connection of its own",
        "это приложение принадлежит другой учётной записи АТС; подключите её отдельно",
    ),
    (
        "the operator has no public application on this PBX; connect with App ID and App Secret",
        "у оператора нет публичного приложения на этой АТС; подключите с App ID и App Secret",
    ),
    (
        "the PBX gave no consent; begin the sign-in again if that was not meant",
        "АТС не дала разрешения; начните вход снова, если так не задумано",
    ),
    (
        "this sign-in is over or belongs to another browser; begin it again",
        "этот вход закончился или начат в другом браузере; начните снова",
    ),
    (
        "the CRM gave no consent; begin again if that was not meant",
        "CRM не дала разрешения; начните снова, если так не задумано",
    ),
    (
        "this consent was not begun here, or more than an hour ago; begin it again",
        "это разрешение начато не здесь или больше часа назад; начните снова",
    ),
    ("too many failures; try again in {} seconds", "слишком много неудач; повторите через {} с"),
    (
        "the request failed on our side; try again later, and name {} to the operator",
        "сбой на нашей стороне; повторите позже и назовите оператору {}",
    ),
    ("the request failed on our side; try again later", "сбой на нашей стороне; повторите позже"),
    (
        "the PBX refused the credentials; enter valid ones with PATCH /api/v1/connection, or try again",
        "АТС не приняла данные для входа; введите действующие в настройках или повторите",
    ),
    (
        "the PBX's hourly limit of requests is used up; try again when the hour is over",
        "часовой лимит запросов АТС исчерпан; повторите, когда час закончится",
    ),
    ("the PBX could not be asked; try again", "АТС спросить не удалось; повторите"),
    ("the form can't be sealed", "форму не удалось защитить"),
    ("an attempt is under way; look again in a moment", "попытка уже идёт; посмотрите чуть позже"),
    ("there is no such record in the delivery log", "такой записи в журнале нет"),
    ("there is nothing at this address", "по этому адресу ничего нет"),
    ("this address does not take this method; see Allow", "этот адрес так не вызывают"),
    ("the address, its query or its headers can't be read", "адрес или заголовки запроса не читаются"),
    ("the request took too long to arrive", "запрос шёл слишком долго"),
    ("the body is too long", "слишком много данных"),
    ("the body did not arrive in time", "данные не пришли вовремя"),
    ("too many requests; see Retry-After", "слишком много запросов; повторите позже"),
    ("the request can't be answered", "на этот запрос ответить нельзя"),
    ("the CRM refuses its settings", "CRM не принимает свои настройки"),
    (
        "the address is longer than 2048 characters; give a shorter one",
        "адрес длиннее 2048 знаков; укажите короче",
    ),
    (
        "this is not a web address; give one such as https://crm.example.com/calls",
        "это не адрес в сети; укажите адрес вида https://crm.example.com/calls",
    ),
    ("the address must begin with https://", "адрес должен начинаться с https://"),
    ("the address must begin with https:// or http://", "адрес должен начинаться с https:// или http://"),
    (
        "the address contains a user name or password; remove them, since requests are signed instead",
        "в адресе есть имя пользователя или пароль; уберите их: запросы подписываются",
    ),
    (
        "the address belongs to a private network; give one that can be reached from the Internet",
        "это адрес частной сети; укажите доступный из интернета",
    ),
    (
        "the address must begin with https://, unless the runner is started with --allow-private-targets",
        "адрес должен начинаться с https://, если программа запущена без --allow-private-targets",
    ),
    (
        "the address belongs to a private network, which the runner allows only when started with --allow-private-targets",
        "это адрес частной сети; он допустим, только если программа запущена с --allow-private-targets",
    ),
];
