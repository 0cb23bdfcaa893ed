//! What the PBX and its account say.

pub(super) const PBX: &[(&str, &str)] = &[
    (
        "The PBX names two different accounts for this application; ask its provider.",
        "АТС называет для этого приложения две разные учётные записи; обратитесь к её поставщику.",
    ),
    (
        "This PBX account is blocked; ask the PBX provider to unblock it.",
        "Эта учётная запись АТС заблокирована; попросите поставщика АТС её разблокировать.",
    ),
    (
        "This application belongs to a user of the provider, not of a customer; create it as an administrator of the PBX account.",
        "Это приложение принадлежит пользователю поставщика, а не клиента; создайте его как администратор учётной записи АТС.",
    ),
    (
        "This application belongs to a user of one extension or group, who sees only that; create it as an administrator of the whole PBX account.",
        "Это приложение принадлежит пользователю одного добавочного или группы, который видит только их; создайте его как администратор всей учётной записи АТС.",
    ),
    (
        "The user of this application may only read, so events can't be added; give the user the access level `full`, or create the application as a user who has it.",
        "Пользователь этого приложения может только читать, поэтому события добавить нельзя; дайте ему уровень доступа `full` или создайте приложение от имени пользователя с этим уровнем.",
    ),
    ("Other integrations have {} events on it.", "Событий других интеграций на нём: {}."),
    ("this user stands in the list twice", "этот сотрудник указан в списке дважды"),
    (
        "this connection has no such extension; refresh it if the extension is new",
        "в подключении нет такого добавочного; прочитайте добавочные снова, если он новый",
    ),
    (
        "this is a fax; only phones, queues and voice menus can be mapped",
        "это факс; сопоставить можно только телефоны, очереди и голосовые меню",
    ),
    ("this extension is no longer on the PBX", "этого добавочного больше нет на АТС"),
    (
        "this extension belongs to another user of the list",
        "этот добавочный принадлежит другому сотруднику из списка",
    ),
    (
        "this extension belongs to a user who is not named here; name them too, without it",
        "этот добавочный принадлежит сотруднику, который здесь не назван; назовите и его, уже без этого добавочного",
    ),
    ("this extension stands here twice", "этот добавочный указан здесь дважды"),
    ("The PBX could not be reached.", "АТС недоступна."),
    ("The PBX did not answer in time.", "АТС не ответила вовремя."),
    ("The PBX refused the App ID or the App Secret.", "АТС не приняла App ID или App Secret."),
    ("The PBX no longer accepts our authorisation.", "АТС больше не принимает нашу авторизацию."),
    ("The PBX has nothing under this address.", "На АТС нет ничего по этому адресу."),
    ("The PBX's hourly limit of requests is used up.", "Часовой лимит запросов АТС исчерпан."),
    (
        "The PBX is busy with another request of this account.",
        "АТС занята другим запросом этой учётной записи.",
    ),
    ("The PBX refused the request ({}): {}", "АТС отклонила запрос ({}): {}"),
    ("The PBX refused the request ({}).", "АТС отклонила запрос ({})."),
    ("The PBX failed ({}).", "Сбой АТС ({})."),
    (
        "The PBX gave an answer that is not what its API documents.",
        "Ответ АТС не соответствует описанию её API.",
    ),
    ("The PBX sends us to another address.", "АТС отсылает на другой адрес."),
    ("The PBX could not be read.", "Прочитать АТС не удалось."),
    ("The PBX refuses the stored credentials.", "АТС не принимает сохранённые данные для входа."),
    ("The telephone may ring all the same.", "Телефон всё же может зазвонить."),
    (
        "Wait a few minutes and try again; if it stays so, check the PBX host with your provider.",
        "Подождите несколько минут и повторите; если не поможет, уточните адрес АТС у поставщика.",
    ),
    (
        "Copy App ID and App Secret again from the application's page on the PBX; the application must be of the type `trusted`.",
        "Скопируйте App ID и App Secret ещё раз со страницы приложения на АТС; приложение должно быть типа `trusted`.",
    ),
    (
        "Try again. If it stays so, check that the application still exists on the PBX and reconnect.",
        "Повторите. Если не поможет, проверьте, что приложение ещё есть на АТС, и подключите заново.",
    ),
    (
        "Check that the extension still exists on the PBX, refresh the connection and save the mapping again.",
        "Проверьте, что добавочный ещё есть на АТС, прочитайте добавочные снова и сохраните сотрудников ещё раз.",
    ),
    ("Wait a minute and try again.", "Подождите минуту и повторите."),
    (
        "Change what the PBX names and try again. If it concerns the number of events, delete unused events of the extension or ask the PBX administrator for a higher limit.",
        "Измените то, что называет АТС, и повторите. Если дело в числе событий, удалите ненужные события добавочного или попросите администратора АТС увеличить лимит.",
    ),
    (
        "Wait: this is on the PBX's side, and the operator has been told.",
        "Подождите: это на стороне АТС, оператор сервиса уже знает.",
    ),
    ("Check that the PBX host is the address of its API.", "Проверьте, что адрес АТС — это адрес её API."),
    (
        "The PBX user behind the application has no right to this.",
        "У пользователя АТС, которому принадлежит приложение, нет на это права.",
    ),
    (
        "The PBX user behind the application, or its account, is blocked.",
        "Пользователь АТС, которому принадлежит приложение, или его учётная запись заблокированы.",
    ),
    (
        "The PBX user behind the application may only read (access level `read_only`).",
        "Пользователь АТС, которому принадлежит приложение, может только читать (уровень доступа `read_only`).",
    ),
    (
        "The application's access level on the PBX is too low for this.",
        "Уровень доступа приложения на АТС для этого слишком низок.",
    ),
    ("The PBX denied access without saying why.", "АТС отказала в доступе без объяснения."),
    (
        "Create the application as an administrator of the PBX account, not as a user of one extension, and reconnect with it.",
        "Создайте приложение как администратор учётной записи АТС, а не как пользователь одного добавочного, и подключите с ним заново.",
    ),
    (
        "Ask the PBX provider to unblock the user or the account, then try again.",
        "Попросите поставщика АТС разблокировать пользователя или учётную запись, затем повторите.",
    ),
    (
        "Give the PBX user the access level `full`, or reconnect with an application of a user who has it.",
        "Дайте пользователю АТС уровень доступа `full` или подключите заново с приложением пользователя, у которого он есть.",
    ),
    (
        "Give the application at least the access level `Call API`, then try again.",
        "Дайте приложению уровень доступа не ниже `Call API`, затем повторите.",
    ),
    ("Then choose \"try again\".", "Затем нажмите «Повторить неудавшееся»."),
    ("Work on the PBX is paused.", "Работа с АТС приостановлена."),
    ("The work on it goes on later by itself.", "Работа с ней продолжится позже сама."),
    ("Extension {}: {}", "Добавочный {}: {}"),
];
