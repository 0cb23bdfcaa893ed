//! The settings as fields: how they are written into a form, and read from one.

use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::http::pages::fields::Fields;
use crate::http::pages::layout::{Input, choice, tick};
use crate::http::pages::names::Names;
use crate::http::pages::signed::Signed;
use crate::http::problem::FieldError;
use crate::model::connection::Connection;
use crate::view::policy::Policy as Shown;

/// What stands in a form of the settings as they are.
pub(super) fn stored(connection: &Connection) -> Fields {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("name", &connection.name);
    let shown = serde_json::to_value(Shown::from(&connection.policy)).unwrap_or_default();
    for (name, value) in shown.as_object().into_iter().flatten() {
        if let Some(text) = written(value) {
            body.append_pair(&format!("policy.{name}"), &text);
        }
    }
    Fields::parse(body.finish().as_bytes())
}

/// A setting as a field has it; nothing for what is off.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Bool(on) => on.then(|| "on".to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => {
            let lines: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            Some(lines.join("\n"))
        }
        Value::Null | Value::Number(_) | Value::Object(_) => None,
    }
}

/// The settings that stand in a form, each of its own type.
pub(super) fn typed(given: &Fields) -> Map<String, Value> {
    let text = |name: &str| given.get(&format!("policy.{name}"));
    let mut policy = Map::new();
    for name in ["log_internal", "direct_missed"] {
        policy.insert(name.to_owned(), Value::from(text(name).is_some()));
    }
    for name in ["country", "timezone", "unknown_contact", "several_contacts", "missed_responsible"] {
        policy.insert(name.to_owned(), Value::from(text(name).unwrap_or_default()));
    }
    let numbers = text("ignore_numbers").unwrap_or_default().lines().map(str::trim);
    let numbers: Vec<_> = numbers.filter(|line| !line.is_empty()).collect();
    policy.insert("ignore_numbers".to_owned(), Value::from(numbers));
    policy.insert(
        "default_crm_user".to_owned(),
        text("default_crm_user").map(within).map_or(Value::Null, Value::from),
    );
    policy
}

/// The id within `Name (id)`, or the whole text.
fn within(text: &str) -> &str {
    let inner = text.strip_suffix(')').and_then(|text| Some(text.rsplit_once('(')?.1));
    inner.unwrap_or(text)
}

/// The fields, each with what it changes.
pub(super) fn fields(signed: &Signed, names: &Names, given: &Fields, errors: &[FieldError]) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.settings);
    let value = |name: &str| given.get(name).unwrap_or_default();
    let input = |name: &'static str, label: &'static str, help: &'static str, optional: bool| {
        Input { name, label, help, kind: "text", value: value(name), optional }.show(voice, errors)
    };
    let default_user = match given.get("policy.default_crm_user") {
        Some(id) if names.of(id) != id => format!("{} ({id})", names.of(id)),
        Some(id) => id.to_owned(),
        None => String::new(),
    };
    let numbers_wrong = errors.iter().find(|error| error.path == "policy.ignore_numbers");
    let unknown = [("ignore", t.unknown_ignore), ("contact", t.unknown_make), ("lead", t.unknown_lead)];
    let several = [("latest", t.several_latest), ("none", t.several_none)];
    let missed = [("default", t.missed_default), ("queue", t.missed_queue), ("owner", t.missed_owner)];
    html! {
        (input("name", t.name, t.name_help, false))
        h2 { (t.which_calls) }
        (tick("policy.log_internal", t.log_internal, t.log_internal_help, given.ticked("policy.log_internal")))
        (tick("policy.direct_missed", t.direct_missed, t.direct_missed_help, given.ticked("policy.direct_missed")))
        div class="field" {
            label for="policy.ignore_numbers" { (t.ignore_numbers) " " small { "(" (voice.t.common.optional) ")" } }
            textarea id="policy.ignore_numbers" name="policy.ignore_numbers" rows="4" spellcheck="false"
                aria-describedby="policy.ignore_numbers-help" aria-invalid=[numbers_wrong.map(|_| "true")] { (value("policy.ignore_numbers")) }
            small id="policy.ignore_numbers-help" { (t.ignore_numbers_help) }
            @if let Some(wrong) = numbers_wrong { p class="wrong" { (voice.say(&wrong.message)) } }
        }
        h2 { (t.who) }
        (choice("policy.missed_responsible", t.missed_responsible, t.missed_responsible_help, &missed, value("policy.missed_responsible")))
        div class="field" {
            label for="policy.default_crm_user" { (t.default_user) " " small { "(" (voice.t.common.optional) ")" } }
            input id="policy.default_crm_user" name="policy.default_crm_user" list="people" value=(default_user)
                aria-describedby="policy.default_crm_user-help";
            small id="policy.default_crm_user-help" { (t.default_user_help) }
            @if let Some(wrong) = errors.iter().find(|error| error.path == "policy.default_crm_user") { p class="wrong" { (voice.say(&wrong.message)) } }
            datalist id="people" { @for (id, name) in names.all() { option value={ (name) " (" (id) ")" } {} } }
        }
        h2 { (t.contacts) }
        (choice("policy.unknown_contact", t.unknown_contact, t.unknown_contact_help, &unknown, value("policy.unknown_contact")))
        (choice("policy.several_contacts", t.several_contacts, t.several_contacts_help, &several, value("policy.several_contacts")))
        h2 { (t.place) }
        (input("policy.country", t.country, t.country_help, false))
        (input("policy.timezone", t.timezone, t.timezone_help, false))
    }
}
