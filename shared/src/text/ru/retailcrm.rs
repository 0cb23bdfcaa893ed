//! RetailCRM: what its settings are called, and what it answers.

pub(super) const RETAILCRM: &[(&str, &str)] = &[
    (
        "The address of your RetailCRM, such as https://example.retailcrm.ru or https://example.simla.com.",
        "Адрес вашей RetailCRM, например https://example.retailcrm.ru или https://example.simla.com.",
    ),
    ("API key", "API-ключ"),
    (
        "Settings, Integration, API keys. It needs the methods of telephony, users (reading) and integration modules (reading and writing).",
        "Настройки, Интеграция, Ключи доступа к API. Нужны методы телефонии, пользователей (чтение) и модулей интеграции (чтение и запись).",
    ),
    (
        "give its address alone, such as https://example.retailcrm.ru",
        "укажите только адрес, например https://example.retailcrm.ru",
    ),
    (
        "copy the API key whole; it has letters and digits only",
        "скопируйте API-ключ целиком; в нём только буквы и цифры",
    ),
    ("RetailCRM refused what it was sent", "RetailCRM отклонила отправленное"),
    ("there is no RetailCRM at this address: check it", "по этому адресу нет RetailCRM: проверьте его"),
    ("RetailCRM is asked more often than it allows", "RetailCRM спрашивают чаще, чем она разрешает"),
    (
        "RetailCRM does not know the API key: give one that is active",
        "RetailCRM не знает API-ключ: укажите действующий",
    ),
    (
        "the API key lacks a permission: it needs telephony, users and integration modules",
        "API-ключу не хватает прав: нужны телефония, пользователи и модули интеграции",
    ),
    (
        "the RetailCRM account is frozen: it has to be paid for",
        "аккаунт RetailCRM заморожен: его нужно оплатить",
    ),
    ("RetailCRM does not take this telephone number", "RetailCRM не принимает этот номер"),
    (
        "the mapping names somebody whom RetailCRM does not know: choose from the list",
        "в сопоставлении указан тот, кого RetailCRM не знает: выберите из списка",
    ),
    (
        "RetailCRM knows no user with this extension: enter it there, or map a user",
        "RetailCRM не знает сотрудника с этим добавочным: укажите его там или сопоставьте сотрудника",
    ),
    ("RetailCRM does not take the address of the recording", "RetailCRM не принимает адрес записи разговора"),
    (
        "RetailCRM no longer knows Ringbridge's telephony: try the CRM once, which registers it",
        "RetailCRM больше не знает телефонию Ringbridge: проверьте CRM ещё раз, это её зарегистрирует",
    ),
    (
        "not logged: RetailCRM keeps calls by the customer's number, and there is none",
        "не записано: RetailCRM хранит звонки по номеру клиента, а его нет",
    ),
    (
        "RetailCRM changes no call that it has logged: it stands there as it was told first",
        "RetailCRM не меняет записанные звонки: он остался таким, как был сообщён сначала",
    ),
    (
        "RetailCRM removes no call that it has logged: it stands there as it was told first",
        "RetailCRM не удаляет записанные звонки: он остался таким, как был сообщён сначала",
    ),
    (
        "RetailCRM may have logged this call, and removes none: look there by hand",
        "RetailCRM могла записать этот звонок, а удалять она не умеет: посмотрите там вручную",
    ),
    (
        "RetailCRM takes the link to a recording only with the call itself",
        "RetailCRM принимает ссылку на запись разговора только вместе со звонком",
    ),
    (
        "RetailCRM knows no user with this extension, so nobody saw the card: enter the extension there",
        "RetailCRM не знает сотрудника с этим добавочным, поэтому карточку никто не увидел: укажите добавочный там",
    ),
    ("RetailCRM took the call, but logged none", "RetailCRM приняла звонок, но ничего не записала"),
    (
        "the mapping names somebody who is no RetailCRM user: choose from the list",
        "в сопоставлении указан не сотрудник RetailCRM: выберите из списка",
    ),
    ("there is no API key", "API-ключа нет"),
];
