//! What is looked for in the log, as a form whose fields stand in the address.

use maud::{Markup, html};

use crate::clock::Timestamp;
use crate::flow::connection::persons::Wanted;
use crate::flow::log::Filter;
use crate::http::api::calls::query::FEW_DIGITS;
use crate::http::pages::fields::Fields;
use crate::http::pages::layout::{Input, choice};
use crate::http::pages::names::Names;
use crate::http::pages::signed::Signed;
use crate::http::pages::voice::Voice;
use crate::http::problem::FieldError;
use crate::model::delivery::DeliveryState;
use crate::model::ids::{CallId, CrmUserId};
use crate::storage::is_place;

/// The fields of the form.
const FIELDS: [&str; 7] = ["number", "person", "call", "outcome", "state", "from", "to"];

/// What is looked for.
pub(super) struct Search<'a> {
    /// As the log reads it.
    pub(super) filter: Filter,
    /// What is wrong with the fields.
    pub(super) errors: Vec<FieldError>,
    given: &'a Fields,
    cursor: Option<&'a str>,
}

impl<'a> Search<'a> {
    /// Reads the fields.
    pub(super) fn read(signed: &Signed, given: &'a Fields) -> Self {
        let mut errors = Vec::new();
        // A day ahead, since the PBX's clock may be.
        let latest = signed.now + std::time::Duration::from_hours(24);
        let mut wrong = |path: &str, message: &str| {
            errors.push(FieldError { path: path.to_owned(), message: message.to_owned() });
        };
        let number = given.get("number").and_then(|text| {
            let number = Wanted::parse(text);
            if number.is_none() {
                wrong("number", FEW_DIGITS);
            }
            number
        });
        let call_id = given.get("call").and_then(|text| {
            let call = CallId::parse(text);
            if call.is_none() {
                wrong("call", "give a call's id");
            }
            call
        });
        let mut moment = |name: &str, default: Timestamp| {
            let Some(text) = given.get(name) else { return default };
            signed.zone.parse(text).unwrap_or_else(|| {
                wrong(name, signed.voice.t.calls.wrong_time);
                default
            })
        };
        let (from, to) = (moment("from", Timestamp::default()), moment("to", latest));
        if from > to {
            wrong("from", signed.voice.t.calls.from_after_to);
        }
        let outcome = given.get("outcome").and_then(|text| serde_json::from_value(text.into()).ok());
        let state = given.get("state").and_then(DeliveryState::parse);
        let crm_user = given.get("person").map(within).and_then(CrmUserId::parse);
        let filter = Filter { from, to, call_id, number, crm_user, outcome, state };
        let cursor = given.get("cursor").filter(|cursor| is_place(cursor, from, to));
        Self { filter, errors, given, cursor }
    }

    /// Where to go on.
    pub(super) const fn cursor(&self) -> Option<&str> {
        self.cursor
    }

    /// The address of what is older.
    pub(super) fn older(&self, voice: &Voice, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in FIELDS {
            if let Some(value) = self.given.get(name) {
                query.append_pair(name, value);
            }
        }
        query.append_pair("cursor", cursor);
        voice.url(&format!("/calls?{}", query.finish()))
    }

    /// The form.
    pub(super) fn form(&self, signed: &Signed, names: &Names) -> Markup {
        let (voice, t) = (&signed.voice, &signed.voice.t.calls);
        let value = |name: &str| self.given.get(name).unwrap_or_default();
        let input = |name: &'static str, label: &'static str, help: &'static str, kind: &'static str| {
            let field = Input { name, label, help, kind, value: value(name), optional: true };
            field.show(voice, &self.errors)
        };
        let outcomes = [
            ("", t.any),
            ("answered", t.answered),
            ("missed", t.missed),
            ("no_answer", t.no_answer),
            ("busy", t.busy),
            ("cancelled", t.cancelled),
            ("unavailable", t.unavailable),
            ("failed", t.failed),
        ];
        let states = [
            ("", t.any),
            ("delivered", t.delivered),
            ("waiting", t.waiting),
            ("parked", t.parked),
            ("gave_up", t.gave_up),
        ];
        html! {
            form method="get" action=(voice.url("/calls")) role="search" {
                div class="row" {
                    (input("number", t.number, t.number_help, "search"))
                    div class="field" {
                        label for="person" { (t.person) }
                        input id="person" name="person" type="search" list="people" value=(value("person")) aria-describedby="person-help";
                        small id="person-help" { (t.person_help) }
                        datalist id="people" { @for (id, name) in names.all() { option value={ (name) " (" (id) ")" } {} } }
                    }
                    (input("call", t.call_id, t.call_id_help, "search"))
                }
                div class="row" {
                    (choice("outcome", t.outcome, t.outcome_help, &outcomes, value("outcome")))
                    (choice("state", t.record, t.record_help, &states, value("state")))
                    (input("from", t.from, t.span_help, "datetime-local"))
                    (input("to", t.to, t.span_help, "datetime-local"))
                }
                p { button { (voice.t.common.search) } " " a href=(voice.url("/calls")) { (t.every) } " " a href=(voice.url("/unlogged")) { (t.to_unlogged) } }
            }
        }
    }
}

/// The id within `Name (id)`, or the whole text.
fn within(text: &str) -> &str {
    let inner = text.strip_suffix(')').and_then(|text| Some(text.rsplit_once('(')?.1));
    inner.unwrap_or(text)
}
