//! Words for people: every sentence of ours can be said in every language, and what is put together of several too.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;
use ringbridge::text::{Language, say};

use crate::architecture::root;

/// Where sentences stand that people read. Log lines and the API's descriptions are read by operators and programmers.
const SPOKEN: &[&str] = &[
    "crm/bitrix24/answer.rs",
    "crm/bitrix24/call.rs",
    "crm/bitrix24/fields.rs",
    "crm/bitrix24/mod.rs",
    "crm/bitrix24/oauth.rs",
    "crm/bottlecrm/answer.rs",
    "crm/bottlecrm/call.rs",
    "crm/bottlecrm/contact.rs",
    "crm/bottlecrm/mod.rs",
    "crm/error.rs",
    "crm/hubspot/answer.rs",
    "crm/hubspot/call.rs",
    "crm/hubspot/mod.rs",
    "crm/hubspot/oauth.rs",
    "crm/hubspot/property.rs",
    "crm/kommo/account.rs",
    "crm/kommo/answer.rs",
    "crm/kommo/call.rs",
    "crm/kommo/contact.rs",
    "crm/kommo/mod.rs",
    "crm/kommo/oauth.rs",
    "crm/kommo/pace.rs",
    "crm/kommo/request.rs",
    "crm/retailcrm/answer.rs",
    "crm/retailcrm/call.rs",
    "crm/retailcrm/fields.rs",
    "crm/retailcrm/mod.rs",
    "crm/retailcrm/request.rs",
    "crm/template/answer.rs",
    "crm/template/call.rs",
    "crm/template/fill.rs",
    "crm/template/mod.rs",
    "crm/template/read.rs",
    "crm/template/request.rs",
    "crm/template/request_reader.rs",
    "crm/template/text.rs",
    "crm/webhook/mod.rs",
    "crm/webhook/secret.rs",
    "flow/connection/account.rs",
    "flow/connection/mapping.rs",
    "flow/notify/send.rs",
    "http/form/policy.rs",
    "http_client/targets.rs",
    "post/mod.rs",
    "rules/delivery.rs",
    "rules/verdict.rs",
    "text/en/mod.rs",
    "view/crm.rs",
];

/// Texts of those files that are no sentences for people: what a CRM says, and titles of errors.
const OTHER: &[&str] = &[
    " https://Example.amocrm.ru",
    "account does not exist",
    "account is not active",
    "already exists",
    "already has that value",
    "binded",
    "call is not found",
    "crm.objects.contacts.read crm.objects",
    "does not exist",
    "enquiries, and interactions",
    "is not found",
    "nobody told of a notice",
    "only the person",
    "organization context",
    "permission denied",
    "server returns",
    "the PBX account can't be used",
    "this token is not scoped",
    "unable to set",
    "unsupported phone",
];

/// The sentences of a file: its literals of several words.
fn sentences(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("shared/src").join(file)).unwrap();
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = Regex::new(r"\\\n\s*").unwrap().replace_all(&code.join("\n"), "").into_owned();
    let literal = Regex::new(r#""((?:[^"\\\n]|\\.)*)""#).unwrap();
    let found = literal.captures_iter(&code).map(|found| found[1].replace("\\\"", "\""));
    let placeholder = Regex::new(r"\{[a-z_0-9.:]*\}").unwrap();
    let found = found.map(|text| placeholder.replace_all(&text, "7").into_owned());
    // What is added to a sentence never stands alone.
    found
        .map(|text| if text.starts_with("; ") { format!("7{text}") } else { text })
        .filter(|text| text.split(' ').count() > 2 && !OTHER.iter().any(|other| text.contains(other)))
        .collect()
}

#[test]
fn every_sentence_is_said_in_every_language() {
    let mut missing = Vec::new();
    for file in SPOKEN {
        let sentences = sentences(file);
        assert!(!sentences.is_empty(), "{file} has no sentences");
        for sentence in sentences {
            if say(Language::Russian, &sentence) == sentence.as_str() {
                missing.push(format!("{file}: {sentence}"));
            }
        }
    }
    assert!(missing.is_empty(), "not in Russian:\n{}", missing.join("\n"));
}

#[test]
fn sentences_in_a_row_and_within_others_are_said_too() {
    let english = "Extension 4821*205: The PBX refused the request (400): limit reached. Other integrations have 16 \
                   events on it.";
    let said = say(Language::Russian, english);
    assert_eq!(
        said,
        "Добавочный 4821*205: АТС отклонила запрос (400): limit reached. Событий других интеграций на нём: 16."
    );
    let english = "gave up after the last attempt: the CRM answered 500";
    assert_eq!(say(Language::Russian, english), "попытки исчерпаны: CRM ответила 500");
}

#[test]
fn what_is_not_ours_stays_as_it_is() {
    for text in ["", "Mary Example", "<script>", ". . . . . .", "{}", "; {} : {}"] {
        assert_eq!(say(Language::Russian, text), text);
        assert_eq!(say(Language::English, text), text);
    }
    let long = "a. ".repeat(100_000);
    assert_eq!(say(Language::Russian, &long), long);
}

#[test]
fn browsers_get_the_first_language_that_there_is() {
    let of = |header| Language::accepted(header).map(Language::code);
    assert_eq!(of("ru-RU,ru;q=0.9,en;q=0.8"), Some("ru"));
    assert_eq!(of("de, en-GB;q=0.7, ru;q=0.1"), Some("en"));
    assert_eq!(of("de"), None);
}
