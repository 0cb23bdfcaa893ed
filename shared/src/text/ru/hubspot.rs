//! HubSpot: what its settings are called, and what it answers.

pub(super) const HUBSPOT: &[(&str, &str)] = &[
    ("Private app token", "Токен частного приложения"),
    (
        "Settings, Integrations, Private apps: an app with the scopes crm.objects.contacts.read and .write, crm.objects.owners.read and crm.schemas.contacts.write. Without one give a public app's id and secret.",
        "Settings, Integrations, Private apps: приложение с правами crm.objects.contacts.read и .write, crm.objects.owners.read и crm.schemas.contacts.write. Без него укажите ID и секрет публичного приложения.",
    ),
    ("Client ID", "Client ID"),
    (
        "On the Auth page of a public app; only without a private app's token.",
        "На странице Auth публичного приложения; только без токена частного приложения.",
    ),
    ("Client secret", "Client secret"),
    (
        "Beside the client ID. An administrator then lets Ringbridge in.",
        "Рядом с client ID. Затем администратор разрешает доступ Ringbridge.",
    ),
    (
        "copy it whole from the app's page in HubSpot, without spaces",
        "скопируйте целиком со страницы приложения в HubSpot, без пробелов",
    ),
    (
        "give either this or a public app's id and secret",
        "укажите либо это, либо ID и секрет публичного приложения",
    ),
    ("the client ID needs its secret", "к client ID нужен его секрет"),
    ("the client secret needs its ID", "к секрету нужен его client ID"),
    ("give this, or else a public app's id and secret", "укажите это или ID и секрет публичного приложения"),
    (
        "HubSpot does not find what the call belongs to: it was removed there; resend it",
        "HubSpot не находит, к чему относится звонок: это там удалено; отправьте повторно",
    ),
    ("HubSpot refused what it was sent", "HubSpot отклонила отправленное"),
    (
        "HubSpot has no property ringbridge_record_id on calls, and it could not be made: check the connection, then resend",
        "В HubSpot у звонков нет свойства ringbridge_record_id, и создать его не удалось: проверьте подключение, затем отправьте повторно",
    ),
    (
        "HubSpot does not take the token: it was removed or replaced; enter another, or connect it again",
        "HubSpot не принимает токен: он удалён или заменён; введите другой или подключите заново",
    ),
    (
        "HubSpot's token lacks a scope: it needs crm.objects.contacts.read and .write, crm.objects.owners.read and crm.schemas.contacts.write",
        "Токену HubSpot не хватает прав: нужны crm.objects.contacts.read и .write, crm.objects.owners.read и crm.schemas.contacts.write",
    ),
    (
        "the mapped HubSpot owner is not there or was deactivated: change the mapping, then resend",
        "сопоставленного ответственного в HubSpot нет или он отключён: измените сопоставление, затем отправьте повторно",
    ),
    (
        "HubSpot asks to wait: its searches of this second, which have a limit of their own, are used up",
        "HubSpot просит подождать: исчерпаны поисковые запросы этой секунды, у них свой предел",
    ),
    (
        "HubSpot asks to wait: the account's requests are used up for the moment",
        "HubSpot просит подождать: запросы аккаунта пока исчерпаны",
    ),
    (
        "HubSpot asks to wait: the account's requests of the day are used up",
        "HubSpot просит подождать: запросы аккаунта на сегодня исчерпаны",
    ),
    (
        "HubSpot moves the account to another data centre; it is tried again",
        "HubSpot переносит аккаунт в другой центр данных; попытка повторится",
    ),
    (
        "HubSpot has locked what is to be changed; it is tried again",
        "HubSpot заблокировала изменяемое; попытка повторится",
    ),
    ("HubSpot failed inside; it is tried again", "Сбой внутри HubSpot; попытка повторится"),
    ("HubSpot serves nobody until the account is paid", "HubSpot не работает, пока аккаунт не оплачен"),
    ("HubSpot redirects: its address is another", "HubSpot отсылает на другой адрес"),
    (
        "no user is mapped: the call is logged without an owner",
        "сотрудник не сопоставлен: звонок записан без ответственного",
    ),
    (
        "the mapped user is none of HubSpot's owners: the call is logged without an owner",
        "сопоставленный сотрудник не из ответственных HubSpot: звонок записан без ответственного",
    ),
    (
        "several contacts share this number, and the policy chooses none of them: the call stands alone",
        "номер у нескольких контактов, и настройки не выбирают никого из них: звонок стоит отдельно",
    ),
    (
        "HubSpot did not take the recording: give the application its recording endpoint there, or connect by a private application's token",
        "HubSpot не приняла запись разговора: укажите там приложению адрес записей или подключите токеном частного приложения",
    ),
    (
        "HubSpot has to be connected again: it no longer lets this application in",
        "HubSpot нужно подключить заново: она больше не пускает это приложение",
    ),
    (
        "HubSpot does not know the application: check its client id and secret",
        "HubSpot не знает приложение: проверьте client id и секрет",
    ),
    ("HubSpot's token server failed; it is tried again", "Сбой сервера токенов HubSpot; попытка повторится"),
    (
        "HubSpot gave no token: check the application's redirect address and scopes, then begin again",
        "HubSpot не выдала токен: проверьте адрес перенаправления и права приложения, затем начните снова",
    ),
    ("HubSpot's address is not a URL", "адрес HubSpot не является URL"),
    (
        "HubSpot has a property ringbridge_record_id on calls whose values are not unique: remove it, then check the connection",
        "В HubSpot у звонков есть свойство ringbridge_record_id с неуникальными значениями: удалите его, затем проверьте подключение",
    ),
    ("By this Ringbridge knows its calls again.", "По нему Ringbridge узнаёт свои звонки."),
];
