//! E-mails, by their English sentences.

pub(super) const MAILS: &[(&str, &str)] = &[
    ("New notices: {}", "Новых уведомлений: {}"),
    ("This is new since the last digest:", "Новое со времени прошлой сводки:"),
    ("The page has {} more.", "На странице есть ещё: {}."),
    ("Everything that is open stands on the page:", "Всё, что ещё не решено, есть на странице:"),
    (
        "You get this because your address is entered in Ringbridge's settings, where it can be removed.",
        "Вы получили это письмо, потому что ваш адрес указан в настройках Ringbridge; там же его можно убрать.",
    ),
    ("This is a test: notices reach you.", "Это проверка: уведомления до вас доходят."),
    ("There is nothing to do.", "Делать ничего не нужно."),
];
