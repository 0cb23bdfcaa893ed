//! CRMs: what their settings are called, and what they answer.

pub(super) const CRM: &[(&str, &str)] = &[
    ("Signed webhook", "Подписанный вебхук"),
    ("Address", "Адрес"),
    (
        "Every record is posted to this address, which must begin with https://.",
        "Каждая запись отправляется на этот адрес; он должен начинаться с https://.",
    ),
    ("Signing secret", "Секрет подписи"),
    (
        "whsec_ followed by the base64 of 24 to 64 bytes; the receiver verifies each request with it.",
        "whsec_ и base64 от 24 до 64 байт; получатель проверяет им каждый запрос.",
    ),
    (
        "the secret must be whsec_ followed by base64; copy it whole, with the = signs at its end",
        "секрет — это whsec_ и base64; скопируйте его целиком, со знаками = в конце",
    ),
    (
        "this is a key of the public-key scheme; give the shared secret, which begins with whsec_",
        "это ключ схемы с открытым ключом; укажите общий секрет, он начинается с whsec_",
    ),
    (
        "the secret holds {} bytes; it must hold 24 to 64, so have a new one made",
        "в секрете {} байт, а должно быть от 24 до 64; создайте новый",
    ),
    ("the webhook's address is not a URL", "адрес вебхука не является URL"),
    ("the signing secret is not valid", "секрет подписи недействителен"),
    ("there is no signing secret", "секрета подписи нет"),
    ("Portal", "Портал"),
    (
        "The address of your Bitrix24, such as https://example.bitrix24.com.",
        "Адрес вашего Битрикс24, например https://example.bitrix24.ru.",
    ),
    ("Application code", "Код приложения"),
    (
        "Developer resources, Other, Local application, \"uses API only\": shown as client_id when it is saved.",
        "Разработчикам, Другое, Локальное приложение, «Использует только API»: после сохранения показан как client_id.",
    ),
    ("Application key", "Ключ приложения"),
    (
        "Shown beside the code as client_secret. The application needs the permissions telephony, crm and user.",
        "Показан рядом с кодом как client_secret. Приложению нужны права telephony, crm и user.",
    ),
    (
        "give the portal's address, such as https://example.bitrix24.com",
        "укажите адрес портала, например https://example.bitrix24.ru",
    ),
    (
        "copy it from the application's page in Bitrix24, without spaces",
        "скопируйте со страницы приложения в Битрикс24, без пробелов",
    ),
    (
        "Bitrix24 asks to wait: the portal's requests are used up for the moment",
        "Битрикс24 просит подождать: запросы портала пока исчерпаны",
    ),
    ("Bitrix24 failed inside; it is tried again", "Сбой внутри Битрикс24; попытка повторится"),
    (
        "Bitrix24 has to be connected again: it no longer lets this application in",
        "Битрикс24 нужно подключить заново: он больше не пускает это приложение",
    ),
    ("Bitrix24 refused what it was sent", "Битрикс24 отклонил отправленное"),
    (
        "Bitrix24 has blocked this portal's REST interface by hand: ask its support, then resend",
        "Битрикс24 вручную заблокировал REST этого портала: обратитесь в поддержку, затем отправьте повторно",
    ),
    (
        "Bitrix24 serves nobody until the portal's plan is paid",
        "Битрикс24 не работает, пока не оплачен тариф портала",
    ),
    ("the Bitrix24 portal was deleted", "портал Битрикс24 удалён"),
    (
        "Bitrix24 takes calls from an application only: connect it as a local application",
        "Битрикс24 принимает звонки только от приложения: подключите его как локальное приложение",
    ),
    (
        "the application was removed from Bitrix24: install it again",
        "приложение удалено из Битрикс24: установите его снова",
    ),
    (
        "the person who connected Bitrix24 may not do this: connect it as an administrator",
        "тому, кто подключил Битрикс24, это не разрешено: подключите от имени администратора",
    ),
    (
        "the application lacks a permission: it needs telephony, crm and user",
        "приложению не хватает прав: нужны telephony, crm и user",
    ),
    ("the portal's plan has no REST interface", "в тарифе портала нет REST"),
    (
        "the person who connected Bitrix24 has no access to the application",
        "у того, кто подключил Битрикс24, нет доступа к приложению",
    ),
    (
        "Bitrix24 does not know the application: check its code and key",
        "Битрикс24 не знает приложение: проверьте код и ключ",
    ),
    ("Bitrix24 does not take this in a batch", "Битрикс24 не принимает это в пакете"),
    (
        "Bitrix24 has not finished the call yet; the recording waits",
        "Битрикс24 ещё не закончил звонок; запись разговора ждёт",
    ),
    ("Bitrix24 could not fetch the recording yet", "Битрикс24 пока не смог забрать запись разговора"),
    (
        "the mapped Bitrix24 user is not there or not active: change the mapping",
        "сопоставленного сотрудника в Битрикс24 нет или он неактивен: измените сопоставление",
    ),
    ("Bitrix24 does not take this telephone number", "Битрикс24 не принимает этот номер"),
    (
        "Bitrix24 no longer knows the call that it was told of",
        "Битрикс24 больше не знает звонок, о котором ему сообщили",
    ),
    (
        "Bitrix24 changes no call that it has logged: it stands there as it was told first",
        "Битрикс24 не меняет записанные звонки: он остался таким, как был сообщён сначала",
    ),
    (
        "Bitrix24 takes back no call that it has logged: it stands there as it was told first",
        "Битрикс24 не отзывает записанные звонки: он остался таким, как был сообщён сначала",
    ),
    (
        "Bitrix24 logged the call, but refused to make a lead for it",
        "Битрикс24 записал звонок, но отказался создать лид",
    ),
    (
        "no user is mapped: the call is logged under whoever connected Bitrix24",
        "сотрудник не сопоставлен: звонок записан на того, кто подключил Битрикс24",
    ),
    (
        "the mapping names somebody who is no Bitrix24 user: choose from the list",
        "в сопоставлении указан не сотрудник Битрикс24: выберите из списка",
    ),
    (
        "nobody in Bitrix24 answers for this call: map the extension, or choose a default user",
        "за этот звонок в Битрикс24 никто не отвечает: сопоставьте добавочный или выберите ответственного по умолчанию",
    ),
    (
        "Bitrix24 answered for another portal: connect it again",
        "Битрикс24 ответил за другой портал: подключите его заново",
    ),
    (
        "Bitrix24's token server failed; it is tried again",
        "Сбой сервера токенов Битрикс24; попытка повторится",
    ),
    ("the portal's address is not a URL", "адрес портала не является URL"),
    (
        "BottleCRM does not show the contact or lead to the token's owner: give an administrator's token, then resend",
        "BottleCRM не показывает контакт или лид владельцу токена: укажите токен администратора, затем отправьте повторно",
    ),
    ("BottleCRM refused what it was sent", "BottleCRM отклонила отправленное"),
    (
        "BottleCRM has another address: enter the one that it redirects to",
        "У BottleCRM другой адрес: введите тот, на который она отсылает",
    ),
    ("there is no BottleCRM at this address: check it", "по этому адресу нет BottleCRM: проверьте его"),
    (
        "BottleCRM does not know the token: it was revoked, has expired, or its owner was deactivated",
        "BottleCRM не знает токен: он отозван, истёк, или его владелец отключён",
    ),
    (
        "the token's owner is no administrator of BottleCRM: give an administrator's token",
        "владелец токена не администратор BottleCRM: укажите токен администратора",
    ),
    (
        "the token lacks a scope: it needs contacts, leads and interactions, read and write, and users, read",
        "токену не хватает прав: нужны contacts, leads и interactions на чтение и запись и users на чтение",
    ),
    (
        "BottleCRM lets the token's owner not change this call",
        "BottleCRM не даёт владельцу токена изменить этот звонок",
    ),
    ("BottleCRM lets nobody change this entry", "BottleCRM никому не даёт изменить эту запись"),
    (
        "BottleCRM takes no call of the future: the PBX's clock or its own is wrong",
        "BottleCRM не принимает звонок из будущего: неверны часы АТС или её собственные",
    ),
    ("BottleCRM does not take this telephone number", "BottleCRM не принимает этот номер"),
    (
        "the contact has more entries after this call than can be looked through: look there by hand",
        "после этого звонка у контакта слишком много записей: посмотрите там вручную",
    ),
    (
        "no user is mapped: the call is logged without a name",
        "сотрудник не сопоставлен: звонок записан без имени",
    ),
    (
        "the mapped user is none of BottleCRM's active ones: the call is logged without a name",
        "сопоставленный сотрудник в BottleCRM неактивен: звонок записан без имени",
    ),
    (
        "not logged: BottleCRM keeps calls with a contact or lead, and there is no outside number to find one by",
        "не записано: BottleCRM хранит звонки при контакте или лиде, а внешнего номера нет",
    ),
    (
        "not logged: BottleCRM keeps calls with a contact or lead, and knows nobody with this number; the policy can have contacts or leads made",
        "не записано: BottleCRM хранит звонки при контакте или лиде и не знает этого номера; в настройках можно включить создание контактов или лидов",
    ),
    (
        "not logged: several share this number, and the policy chooses none of them",
        "не записано: номер у нескольких, и настройки не выбирают никого из них",
    ),
    ("not logged: the number is a colleague's own", "не записано: это номер коллеги"),
    (
        "Where BottleCRM's API is, without /api, such as https://crm.example.com.",
        "Где находится API BottleCRM, без /api, например https://crm.example.com.",
    ),
    ("Access token", "Токен доступа"),
    (
        "A personal access token of an administrator: Settings, Access tokens. It begins with bcrm_pat_; if it has scopes, it needs contacts, leads and interactions, read and write, and users, read.",
        "Личный токен администратора: Settings, Access tokens. Он начинается с bcrm_pat_; если у него есть права, нужны contacts, leads и interactions на чтение и запись и users на чтение.",
    ),
    (
        "give its address alone, such as https://crm.example.com",
        "укажите только адрес, например https://crm.example.com",
    ),
    (
        "copy the personal access token whole; it begins with bcrm_pat_",
        "скопируйте личный токен целиком; он начинается с bcrm_pat_",
    ),
    ("there is no address", "адреса нет"),
    ("there is no token", "токена нет"),
    ("the address is not a URL", "адрес не является URL"),
];
