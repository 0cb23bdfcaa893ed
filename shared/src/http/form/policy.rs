//! The policy in the settings: changed field by field, each checked, so that a typing error is named by its path.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::Form;
use crate::model::connection::Policy;
use crate::model::ids::CrmUserId;
use crate::model::number::PhoneNumber;

/// More numbers than this are no exceptions but a rule.
const MOST_NUMBERS: usize = 1_000;

/// A number with all that may stand between its digits.
const LONGEST_NUMBER: usize = 40;

/// A country's two letters (ISO 3166).
static COUNTRY: LazyLock<Regex> = LazyLock::new(|| pattern("^[A-Z]{2}$"));
/// A zone's name, as the database of time zones writes them; whether it is there is asked where it is used.
static ZONE: LazyLock<Regex> = LazyLock::new(|| pattern("^[A-Za-z][A-Za-z0-9/_+-]{0,63}$"));
/// Digits, and what people write between them.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern("^[0-9+ ().-]+$"));

#[expect(clippy::expect_used, reason = "constant patterns")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("valid pattern")
}

/// What each field must be, for whoever mistook it.
const WANTED: &[(&str, &str)] = &[
    ("log_internal", "this must be true or false"),
    ("direct_missed", "this must be true or false"),
    ("ignore_numbers", "this must be a list of at most 1000 telephone numbers"),
    ("country", "this must be a country's two capital letters, such as GB"),
    ("timezone", "this must be a time zone's name, such as Europe/London"),
    ("unknown_contact", "this must be `ignore`, `contact` or `lead`"),
    ("several_contacts", "this must be `latest` or `none`"),
    ("missed_responsible", "this must be `default`, `queue` or `owner`"),
    ("default_crm_user", "this must be a CRM user's id, or null"),
];

/// The policy with the given fields changed.
pub(in crate::http) fn read(form: &mut Form, present: &Policy) -> Option<Policy> {
    let Some(Value::Object(given)) = form.get("policy").cloned() else {
        form.wrong("policy", "this must be an object with the settings to change");
        return None;
    };
    let mut policy = present.clone();
    for (name, value) in given {
        let path = format!("policy.{name}");
        let Some((_, wanted)) = WANTED.iter().find(|(known, _)| *known == name) else {
            form.wrong(path, "there is no such setting");
            continue;
        };
        match changed(&policy, &name, value).filter(is_sane) {
            Some(changed) => policy = changed,
            None => form.wrong(path, *wanted),
        }
    }
    Some(policy)
}

fn changed(policy: &Policy, name: &str, value: Value) -> Option<Policy> {
    let mut fields = serde_json::to_value(policy).ok()?;
    fields.as_object_mut()?.insert(name.to_owned(), value);
    serde_json::from_value(fields).ok()
}

/// What the types don't say.
fn is_sane(policy: &Policy) -> bool {
    let country = COUNTRY.is_match(&policy.country);
    let timezone = ZONE.is_match(&policy.timezone);
    let number = |number: &PhoneNumber| {
        let text = number.reveal();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        (2..=20).contains(&digits) && text.len() <= LONGEST_NUMBER && NUMBER.is_match(text)
    };
    let numbers = policy.ignore_numbers.len() <= MOST_NUMBERS && policy.ignore_numbers.iter().all(number);
    let user = policy.default_crm_user.as_ref();
    country && timezone && numbers && user.is_none_or(|user| CrmUserId::parse(user.as_str()).is_some())
}
