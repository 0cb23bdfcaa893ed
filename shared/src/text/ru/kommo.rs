//! Kommo and amoCRM: what their settings are called, and what they answer.

pub(super) const KOMMO: &[(&str, &str)] = &[
    ("Account", "Аккаунт"),
    (
        "The address of your account, such as example.kommo.com or example.amocrm.ru.",
        "Адрес вашего аккаунта, например example.amocrm.ru или example.kommo.com.",
    ),
    ("Long-lived token", "Долгосрочный токен"),
    (
        "Settings, Integrations, a private integration of yours, Keys and scopes, Generate long-lived token; it acts for the administrator who made it. Without one give the integration's id and secret key.",
        "Настройки, Интеграции, ваша внешняя интеграция, Ключи и доступы, долгосрочный токен; он действует от имени создавшего его администратора. Без него укажите ID интеграции и секретный ключ.",
    ),
    ("Integration ID", "ID интеграции"),
    (
        "Keys and scopes of the integration; only without a long-lived token.",
        "Ключи и доступы интеграции; только без долгосрочного токена.",
    ),
    ("Secret key", "Секретный ключ"),
    (
        "Beside the integration's id. An administrator then lets Ringbridge in.",
        "Рядом с ID интеграции. Затем администратор разрешает доступ Ringbridge.",
    ),
    (
        "give the account's address, such as example.kommo.com or example.amocrm.ru",
        "укажите адрес аккаунта, например example.amocrm.ru или example.kommo.com",
    ),
    (
        "copy it whole from Keys and scopes, without spaces",
        "скопируйте целиком из раздела «Ключи и доступы», без пробелов",
    ),
    (
        "give either this or the integration's id and secret key",
        "укажите либо это, либо ID интеграции и секретный ключ",
    ),
    ("the integration's id needs its secret key", "к ID интеграции нужен её секретный ключ"),
    ("the secret key needs the integration's id", "к секретному ключу нужен ID интеграции"),
    (
        "give this, or else the integration's id and secret key",
        "укажите это или ID интеграции и секретный ключ",
    ),
    ("the account's address is not a URL", "адрес аккаунта не является URL"),
    (
        "Kommo does not show the contact to whoever connected it: connect it as an administrator, then resend",
        "Kommo не показывает контакт тому, кто её подключил: подключите от имени администратора, затем отправьте повторно",
    ),
    (
        "Kommo says that it has this call, but it is not where it was logged: look there by hand",
        "Kommo сообщает, что звонок у неё есть, но там, где он записан, его нет: посмотрите вручную",
    ),
    ("Kommo refused what it was sent", "Kommo отклонила отправленное"),
    (
        "the mapped Kommo user is not there or not active: change the mapping",
        "сопоставленного сотрудника в Kommo нет или он неактивен: измените сопоставление",
    ),
    ("Kommo does not take this telephone number", "Kommo не принимает этот номер"),
    (
        "Kommo asks to wait: the account's requests are used up for the moment",
        "Kommo просит подождать: запросы аккаунта пока исчерпаны",
    ),
    (
        "Kommo has shut this network address out, for too many requests or by the account's own list of addresses; it is tried again later",
        "Kommo заблокировала этот сетевой адрес: слишком много запросов или список адресов аккаунта; попытка повторится позже",
    ),
    ("Kommo serves nobody until the account is paid", "Kommo не работает, пока аккаунт не оплачен"),
    (
        "whoever connected Kommo may not do this: connect it as an administrator with access to all contacts",
        "тому, кто подключил Kommo, это не разрешено: подключите от имени администратора с доступом ко всем контактам",
    ),
    (
        "Kommo does not take the token: it was revoked or has expired",
        "Kommo не принимает токен: он отозван или истёк",
    ),
    ("the Kommo account has another address: enter that", "у аккаунта Kommo другой адрес: введите его"),
    (
        "Kommo logged the call with its incoming lead, and it stands there as it was told first",
        "Kommo записала звонок с неразобранной заявкой, и он остался таким, как был сообщён сначала",
    ),
    (
        "Kommo takes back no call that it has logged: it is marked there as one that does not hold",
        "Kommo не отзывает записанные звонки: он помечен там как недействительный",
    ),
    (
        "not logged: Kommo keeps calls with a contact, and there is no outside number to find one by",
        "не записано: Kommo хранит звонки при контакте, а внешнего номера нет",
    ),
    (
        "not logged: Kommo keeps calls with a contact, and knows nobody with this number; the policy can have contacts or incoming leads made",
        "не записано: Kommo хранит звонки при контакте и не знает этого номера; в настройках можно включить создание контактов или неразобранных заявок",
    ),
    (
        "the mapping names somebody who is no Kommo user: choose from the list",
        "в сопоставлении указан не сотрудник Kommo: выберите из списка",
    ),
    (
        "This entry does not hold: the call turned out otherwise.",
        "Эта запись недействительна: звонок оказался другим.",
    ),
    (
        "Kommo has to be connected again: it no longer lets this integration in",
        "Kommo нужно подключить заново: она больше не пускает эту интеграцию",
    ),
    (
        "Kommo does not take this consent: check the integration's id, its secret key and its redirect address, then begin again",
        "Kommo не принимает это согласие: проверьте ID интеграции, секретный ключ и ссылку для перенаправления, затем начните снова",
    ),
    ("the account is none of Kommo's or amoCRM's", "этот адрес не принадлежит Kommo или amoCRM"),
    (
        "Kommo allows seven requests a second, and those are used up for the moment",
        "Kommo разрешает семь запросов в секунду, и сейчас они исчерпаны",
    ),
];
