//! Saving who uses what. What a save takes away is said before it is done; whoever saves second is told who saved first,
//! and what.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::{PERSON, People, whole};
use crate::flow::SettingsDeps;
use crate::flow::connection::keys;
use crate::flow::connection::mapping::{self, MappingSaved, Wish};
use crate::http::api::{Refusal, SettingsApi};
use crate::http::pages::layout::{self, Place};
use crate::http::pages::signed::{Signed, SignedForm};
use crate::http::pages::time;
use crate::http::problem::FieldError;
use crate::model::audit::{Act, Entry};
use crate::model::extension::Label;
use crate::model::ids::{CrmUserId, ExtensionId};
use crate::model::mapping::{MappedUser, Mapping};
use crate::storage::StoreError;
use crate::text::pages::fill;

type Wanted = BTreeMap<ExtensionId, CrmUserId>;

pub(in crate::http::pages) async fn save(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    let people = People::load(deps, &signed).await?;
    let stored = by_extension(&people.mapping);
    let (mut wanted, mut given, mut errors) = (stored.clone(), BTreeMap::new(), Vec::new());
    for (id, text) in fields.below(PERSON) {
        let Ok(id) = id.parse::<ExtensionId>() else { continue };
        given.insert(id, text.to_owned());
        match (text.is_empty(), people.meant(text)) {
            (true, _) => drop(wanted.remove(&id)),
            (false, Some(user)) => drop(wanted.insert(id, user)),
            (false, None) => errors.push(FieldError {
                path: format!("{PERSON}{id}"),
                message: signed.voice.t.people.unknown_user.to_owned(),
            }),
        }
    }
    let again = |errors: &[FieldError]| {
        let content = whole(&signed, &people, &(html! {}, html! {}), &given, errors);
        let mut page = layout::page(&signed, Place::People, &content);
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        page
    };
    if !errors.is_empty() {
        return Ok(again(&errors));
    }
    let seen = fields.get("version").and_then(|version| version.parse::<u64>().ok());
    if seen != Some(people.mapping.version) {
        return Ok(conflict(deps, &signed, &people, &people.mapping, &wanted).await?);
    }
    let taken_away = stored.iter().any(|(id, user)| wanted.get(id) != Some(user));
    if taken_away && !fields.ticked("confirmed") {
        return Ok(confirm(&signed, &people, &stored, &wanted));
    }
    match mapping::note(deps, &signed.connection.value, Wish::Whole(users(&wanted)), seen, &signed.by).await?
    {
        MappingSaved::Done { .. } => Ok(Redirect::to(&signed.voice.url("/people?saved=1")).into_response()),
        MappingSaved::Newer(theirs) => Ok(conflict(deps, &signed, &people, &theirs, &wanted).await?),
        MappingSaved::Wrong(wrong) => {
            let users = users(&wanted);
            let errors: Vec<_> =
                wrong.into_iter().map(|(path, message)| at_field(&users, &path, message)).collect();
            Ok(again(&errors))
        }
    }
}

fn by_extension(mapping: &Mapping) -> Wanted {
    mapping.by_extension().into_iter().map(|(id, user)| (id, user.clone())).collect()
}

fn users(wanted: &Wanted) -> Vec<MappedUser> {
    let mut users: BTreeMap<&str, MappedUser> = BTreeMap::new();
    for (id, user) in wanted {
        let fresh = || MappedUser { crm_user: user.clone(), extension_ids: Vec::new() };
        users.entry(user.as_str()).or_insert_with(fresh).extension_ids.push(*id);
    }
    users.into_values().collect()
}

/// What is wrong with `users[1].extension_ids[0]` is wrong with the field of that extension.
fn at_field(users: &[MappedUser], path: &str, message: String) -> FieldError {
    let mut places = path.split(['[', ']']).filter_map(|part| part.parse::<usize>().ok());
    let extension = places.next().and_then(|user| users.get(user)).and_then(|user| {
        let place = places.next().unwrap_or_default();
        user.extension_ids.get(place)
    });
    let path = extension.map_or_else(|| path.to_owned(), |id| format!("{PERSON}{id}"));
    FieldError { path, message }
}

/// What differs between two mappings, line by line.
fn differences(signed: &Signed, people: &People, heads: [&str; 2], a: &Wanted, b: &Wanted) -> Markup {
    let t = &signed.voice.t.people;
    let name = |user: Option<&CrmUserId>| match user {
        Some(user) => people.written(user),
        None => signed.voice.t.common.nobody.to_owned(),
    };
    let differing: Vec<_> =
        people.extensions.iter().filter(|one| a.get(&one.listed.id) != b.get(&one.listed.id)).collect();
    html! {
        table class="stack" {
            thead { tr { th scope="col" { (t.extension) } @for head in heads { th scope="col" { (head) } } } }
            tbody { @for one in differing { tr {
                td data-label=(t.extension) { span {
                    (one.listed.number) " " (one.listed.label.as_ref().map(Label::reveal).unwrap_or_default())
                } }
                td data-label=(heads[0]) { (name(a.get(&one.listed.id))) }
                td data-label=(heads[1]) { (name(b.get(&one.listed.id))) }
            } } }
        }
    }
}

/// The whole mapping once more, for the next try.
fn carried(signed: &Signed, people: &People, version: u64, wanted: &Wanted) -> Markup {
    html! {
        (layout::proof(signed))
        input type="hidden" name="version" value=(version);
        input type="hidden" name="confirmed" value="1";
        @for one in &people.extensions {
            @let person = wanted.get(&one.listed.id).map(CrmUserId::as_str).unwrap_or_default();
            input type="hidden" name={ (PERSON) (one.listed.id) } value=(person);
        }
    }
}

/// Says what will be taken away.
fn confirm(signed: &Signed, people: &People, stored: &Wanted, wanted: &Wanted) -> Response {
    let (voice, t) = (&signed.voice, &signed.voice.t.people);
    let content = html! {
        p class="warn" { (t.confirm) }
        (differences(signed, people, [t.before, t.after], stored, wanted))
        p { (t.confirm_events) }
        form method="post" action=(voice.url("/people")) {
            (carried(signed, people, people.mapping.version, wanted))
            button { (t.confirm_button) }
            " " a href=(voice.url("/people")) { (voice.t.common.cancel) }
        }
    };
    layout::titled(signed, Some(Place::People), t.confirm_title, &content)
}

/// Says who saved first, and what.
async fn conflict(
    deps: &SettingsDeps,
    signed: &Signed,
    people: &People,
    theirs: &Mapping,
    wanted: &Wanted,
) -> Result<Response, StoreError> {
    let (voice, t) = (&signed.voice, &signed.voice.t.people);
    let (who, when) = match saver(deps, signed, theirs.version).await? {
        Some((who, entry)) => (who, time::moment(voice, &signed.zone, entry.at, signed.now)),
        None => (t.somebody.to_owned(), voice.t.common.today.to_owned()),
    };
    let content = html! {
        p class="warn" role="alert" { (fill(t.conflict, &[&who, &when])) }
        (differences(signed, people, [t.theirs, t.yours], &by_extension(theirs), wanted))
        form method="post" action=(voice.url("/people")) {
            (carried(signed, people, theirs.version, wanted))
            button { (t.conflict_button) }
            " " a class="button second" href=(voice.url("/people")) { (t.conflict_keep) }
        }
    };
    let mut page = layout::titled(signed, Some(Place::People), t.conflict_title, &content);
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

/// Who saved that version, by the name of their key.
async fn saver(
    deps: &SettingsDeps,
    signed: &Signed,
    version: u64,
) -> Result<Option<(String, Entry)>, StoreError> {
    let id = signed.connection.value.id;
    let page = deps.store.entries(id, None).await?;
    let saved = |entry: &Entry| entry.act == Act::MappingSaved { version };
    let Some(entry) = page.items.into_iter().find(saved) else { return Ok(None) };
    let labels = deps.store.key_labels(id).await?;
    let label = labels.into_iter().find(|label| Some(&label.id) == entry.by.key.as_ref());
    let t = signed.voice.t;
    let who = match label {
        Some(label) if label.name == keys::FIRST => fill(t.people.by_key, &[t.manage.first_key]),
        Some(label) => fill(t.people.by_key, &[&label.name]),
        None => t.people.somebody.to_owned(),
    };
    Ok(Some((who, entry)))
}
