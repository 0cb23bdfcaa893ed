//! Notices, by their English sentences.

pub(super) const NOTICES: &[(&str, &str)] = &[
    (
        "A call record could not be delivered, and the last attempt was used.",
        "Запись о звонке не удалось доставить, и последняя попытка израсходована.",
    ),
    (
        "Check that the CRM is reachable, then resend the call from the delivery log.",
        "Проверьте, что CRM доступна, затем отправьте звонок повторно из журнала.",
    ),
    (
        "A call has more events than are kept of one; what came beyond was not looked at.",
        "У звонка больше событий, чем хранится; лишние не рассматривались.",
    ),
    (
        "Open the delivery log at that time. If no call of yours rings so many phones, somebody knows an event URL.",
        "Откройте журнал за это время. Если ни один ваш звонок не вызывает столько телефонов, кому-то известен адрес событий.",
    ),
    (
        "A call's end was never told: neither by an event nor by the PBX's history.",
        "О конце звонка ничего не известно: ни из события, ни из истории АТС.",
    ),
    (
        "Find it in the delivery log among what was not logged. If there are many, check that the extension's events are installed.",
        "Найдите его среди незаписанных звонков. Если их много, проверьте, установлены ли события добавочного номера.",
    ),
    (
        "The PBX's call history can't be read, so calls whose events were lost can't be found.",
        "История звонков АТС не читается, поэтому звонки, события которых потеряны, найти нельзя.",
    ),
    (
        "Check on the PBX that the application's user may read the call history; nothing else is affected.",
        "Проверьте на АТС, что пользователю приложения разрешено читать историю звонков; остальное работает.",
    ),
    (
        "The CRM refuses the stored credentials, so deliveries are paused.",
        "CRM не принимает сохранённые данные для входа, доставка приостановлена.",
    ),
    (
        "Enter valid CRM credentials in the connection's settings; what waited is then delivered.",
        "Введите действующие данные CRM в настройках подключения; всё, что ждало, будет доставлено.",
    ),
    (
        "The CRM serves nobody until its bill is paid, so deliveries are paused.",
        "CRM не работает, пока не оплачен счёт; доставка приостановлена.",
    ),
    (
        "Pay the CRM's subscription, then save its settings here again; what waited is then delivered.",
        "Оплатите подписку CRM и сохраните её настройки здесь ещё раз; всё, что ждало, будет доставлено.",
    ),
    (
        "The CRM's endpoint says that it is gone, or has taken nothing for five days, so deliveries are paused.",
        "Адрес CRM больше не существует или пять дней ничего не принимает; доставка приостановлена.",
    ),
    (
        "Enter the endpoint's address, the same one if it works again, in the connection's settings; what waited is then delivered.",
        "Введите адрес в настройках подключения (прежний, если он снова работает); всё, что ждало, будет доставлено.",
    ),
    ("Whoever runs this service has paused deliveries.", "Оператор сервиса приостановил доставку."),
    (
        "Ask them why; what waited is then delivered.",
        "Спросите его о причине; всё, что ждало, будет доставлено.",
    ),
    (
        "The consent that was given on the PBX has ended. Work on the PBX is paused.",
        "Разрешение, данное на АТС, закончилось. Работа с АТС приостановлена.",
    ),
    (
        "Connect the PBX account again and consent once more, or enter App ID and App Secret of a trusted application in the connection's settings.",
        "Подключите АТС заново и дайте разрешение ещё раз или введите App ID и App Secret доверенного приложения в настройках подключения.",
    ),
    (
        "The PBX's hourly limit of requests is nearly or wholly used up, so the work on it waits.",
        "Часовой лимит запросов АТС почти или полностью исчерпан, работа с ней ждёт.",
    ),
    (
        "Nothing: the work goes on when the hour is over. If it happens often, look for other integrations that send many requests, or ask the PBX provider for a higher limit.",
        "Ничего: работа продолжится, когда час закончится. Если это случается часто, найдите другие интеграции, которые шлют много запросов, или попросите поставщика АТС увеличить лимит.",
    ),
    (
        "The PBX account was connected again with its credentials; all admin keys made before are void.",
        "АТС подключили заново с её данными; все прежние ключи администратора недействительны.",
    ),
    (
        "If none of you did it, renew the application's secret on the PBX and connect again; the audit trail says when and from where.",
        "Если это сделал не кто-то из вас, смените секрет приложения на АТС и подключите её заново; в журнале действий видно, когда и откуда.",
    ),
    ("The CRM refused a call record.", "CRM отклонила запись о звонке."),
    (
        "Open the call in the delivery log, change what its reason names, and resend it.",
        "Откройте звонок в журнале, измените то, что названо причиной, и отправьте его повторно.",
    ),
    (
        "One extension's event URL brings more than 300 events a minute; what is more is refused.",
        "На адрес событий одного добавочного приходит больше 300 событий в минуту; лишние отклоняются.",
    ),
    (
        "If the PBX does not send these, somebody knows the URL: take the extension out of the mapping and put it back.",
        "Если их шлёт не АТС, адрес кому-то известен: уберите добавочный из сопоставления и верните его.",
    ),
    (
        "The application was removed in the CRM, so deliveries are paused.",
        "Приложение удалено в CRM, доставка приостановлена.",
    ),
    (
        "Install it there again; what waited is then delivered.",
        "Установите его там снова; всё, что ждало, будет доставлено.",
    ),
];
