//! Who is told of notices, in the settings: addresses, a webhook, digests, a language.

use serde_json::Value;

use super::Form;
use crate::crm::webhook::parse_secret;
use crate::flow::notify::settings::{HookChange, NewHook, NotifyChange};
use crate::http_client::{Targets, check_target};
use crate::model::notify::{EmailAddress, MOST_ADDRESSES};
use crate::text::Language;

/// The longest address of a webhook and its secret that are looked at.
const MAX_TEXT: usize = 2048;

/// Reads `notify`; what is left out stays. `mails` says whether this installation sends e-mail, `has_secret` whether a
/// webhook's secret is stored.
pub(in crate::http) fn read(
    form: &mut Form,
    targets: Targets,
    (mails, has_secret): (bool, bool),
) -> Option<NotifyChange> {
    if !matches!(form.get("notify"), Some(Value::Object(_))) {
        form.wrong("notify", "this must be an object with the settings to change");
        return None;
    }
    form.only("notify", &["email", "webhook", "digest", "language"]);
    let given = form.names("notify");
    let has = |name: &str| given.iter().any(|given| given == name);
    let email = if has("email") { Some(addresses(form, mails)?) } else { None };
    let webhook = if has("webhook") { Some(hook(form, targets, has_secret)?) } else { None };
    let digest = if has("digest") { Some(switch(form)?) } else { None };
    let language = if has("language") { Some(language(form)?) } else { None };
    Some(NotifyChange { email, webhook, digest, language })
}

/// Nobody for `null`.
fn addresses(form: &mut Form, mails: bool) -> Option<Vec<EmailAddress>> {
    let list = match form.get("notify.email") {
        None => return Some(Vec::new()),
        Some(Value::Array(list)) if list.len() <= MOST_ADDRESSES => list.clone(),
        Some(_) => {
            let most = format!("this must be a list of at most {MOST_ADDRESSES} e-mail addresses, or null");
            form.wrong("notify.email", most);
            return None;
        }
    };
    if !mails && !list.is_empty() {
        let none = "this installation sends no e-mail; ask its operator, or give a webhook";
        form.wrong("notify.email", none);
        return None;
    }
    let read = list.iter().enumerate().map(|(at, one)| {
        let address = one.as_str().and_then(EmailAddress::parse);
        if address.is_none() {
            let path = format!("notify.email[{at}]");
            form.wrong(path, "this must be an e-mail address such as anna@example.com");
        }
        address
    });
    let read: Vec<_> = read.collect();
    let mut addresses: Vec<EmailAddress> = Vec::new();
    for address in read {
        let address = address?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Some(addresses)
}

/// None for `null`.
fn hook(form: &mut Form, targets: Targets, has_secret: bool) -> Option<HookChange> {
    match form.get("notify.webhook") {
        None => return Some(HookChange::Removed),
        Some(Value::Object(_)) => {}
        Some(_) => {
            form.wrong("notify.webhook", "this must be an object with `url` and `secret`, or null");
            return None;
        }
    }
    form.only("notify.webhook", &["url", "secret"]);
    let url = form.text("notify.webhook.url", MAX_TEXT).and_then(|url| match check_target(&url, targets) {
        Ok(url) => Some(url),
        Err(problem) => {
            form.wrong("notify.webhook.url", problem.to_string());
            None
        }
    });
    let secret = if has_secret && form.get("notify.webhook.secret").is_none() {
        Some(None)
    } else {
        form.text("notify.webhook.secret", MAX_TEXT).and_then(|secret| match parse_secret(&secret) {
            Ok(secret) => Some(Some(secret)),
            Err(problem) => {
                form.wrong("notify.webhook.secret", problem.to_string());
                None
            }
        })
    };
    url.zip(secret).map(|(url, secret)| HookChange::Set(NewHook { url, secret }))
}

fn switch(form: &mut Form) -> Option<bool> {
    let on = form.get("notify.digest").and_then(Value::as_bool);
    if on.is_none() {
        form.wrong("notify.digest", "this must be true or false");
    }
    on
}

fn language(form: &mut Form) -> Option<Language> {
    let language = form.get("notify.language").and_then(Value::as_str).and_then(Language::parse);
    if language.is_none() {
        let codes = Language::ALL.map(|language| format!("`{}`", language.code()));
        form.wrong("notify.language", format!("this must be {}", codes.join(" or ")));
    }
    language
}
