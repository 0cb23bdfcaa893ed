//! Somebody saved other settings meanwhile: what differs, and who decides.

use axum::response::Response;
use http::StatusCode;
use maud::html;
use serde_json::Value;

use super::{SEEN, seen};
use crate::http::api::SettingsApi;
use crate::http::pages::fields::Fields;
use crate::http::pages::layout::{self, Place};
use crate::http::pages::signed::{CSRF, Signed};
use crate::http::pages::time;
use crate::model::audit::Act;
use crate::model::connection::Policy;
use crate::storage::StoreError;
use crate::text::pages::{Texts, fill};
use crate::view::policy::Policy as Shown;

/// The page that says so.
pub(super) async fn conflict(
    api: &SettingsApi,
    signed: &Signed,
    given: &Fields,
    (name, policy): (&str, &Policy),
) -> Result<Response, StoreError> {
    let (voice, t, connection) = (&signed.voice, &signed.voice.t.settings, &signed.connection.value);
    let (theirs, mine) = (fields(&connection.name, &connection.policy), fields(name, policy));
    let differing: Vec<_> = theirs.iter().zip(&mine).filter(|(a, b)| a.1 != b.1).collect();
    let (who, when) = saver(api, signed).await?;
    let content = html! {
        p class="warn" role="alert" { (fill(t.conflict, &[&who, &when])) }
        table class="stack" {
            thead { tr { th scope="col" { (t.setting) } th scope="col" { (voice.t.people.theirs) } th scope="col" { (voice.t.people.yours) } } }
            tbody { @for ((field, a), (_, b)) in differing { tr {
                td data-label=(t.setting) { (label(voice.t, field)) }
                td data-label=(voice.t.people.theirs) { span { (a) } }
                td data-label=(voice.t.people.yours) { span { (b) } }
            } } }
        }
        form method="post" action=(voice.url("/settings")) {
            (layout::proof(signed))
            input type="hidden" name=(SEEN) value=(seen(connection));
            input type="hidden" name="do" value="save";
            @for (name, value) in given.all().filter(|(name, _)| ![CSRF, SEEN, "do"].contains(name)) {
                input type="hidden" name=(name) value=(value);
            }
            button { (voice.t.people.conflict_button) }
            " " a class="button second" href=(voice.url("/settings")) { (voice.t.people.conflict_keep) }
        }
    };
    let mut page = layout::titled(signed, Some(Place::Settings), voice.t.people.conflict_title, &content);
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

/// Who changed the settings last, by the name of their key, and when.
async fn saver(api: &SettingsApi, signed: &Signed) -> Result<(String, String), StoreError> {
    let (voice, id) = (&signed.voice, signed.connection.value.id);
    let entries = api.settings.store.entries(id, None).await?.items;
    let changed = entries.into_iter().find(|entry| matches!(entry.act, Act::Changed { .. }));
    let labels = api.settings.store.key_labels(id).await?;
    let key = changed.as_ref().and_then(|entry| entry.by.key.as_ref());
    let label = labels.into_iter().find(|label| Some(&label.id) == key).map(|label| label.name);
    let when = changed.map(|entry| time::moment(voice, &signed.zone, entry.at, signed.now));
    Ok((
        label.unwrap_or_else(|| voice.t.people.somebody.to_owned()),
        when.unwrap_or_else(|| voice.t.common.today.to_owned()),
    ))
}

/// The settings by name, as texts.
fn fields(name: &str, policy: &Policy) -> Vec<(String, String)> {
    let shown = serde_json::to_value(Shown::from(policy)).unwrap_or_default();
    let policy = shown.as_object().into_iter().flatten().map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            Value::Null => String::new(),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
        };
        (name.clone(), text)
    });
    std::iter::once(("name".to_owned(), name.to_owned())).chain(policy).collect()
}

fn label(texts: &'static Texts, field: &str) -> &'static str {
    let t = &texts.settings;
    match field {
        "log_internal" => t.log_internal,
        "direct_missed" => t.direct_missed,
        "ignore_numbers" => t.ignore_numbers,
        "country" => t.country,
        "timezone" => t.timezone,
        "unknown_contact" => t.unknown_contact,
        "several_contacts" => t.several_contacts,
        "missed_responsible" => t.missed_responsible,
        "default_crm_user" => t.default_user,
        _ => t.name,
    }
}
