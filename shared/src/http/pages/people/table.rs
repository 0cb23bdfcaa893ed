//! The form: one line for each extension.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{PERSON, People, written};
use crate::flow::connection::provision::ExtensionState;
use crate::http::pages::layout;
use crate::http::pages::signed::Signed;
use crate::http::pages::voice::Voice;
use crate::http::problem::FieldError;
use crate::model::extension::{Extension, ExtensionKind, Label};
use crate::model::ids::ExtensionId;
use crate::rules::suggest::{Basis, Suggestion};
use crate::text::pages::fill;
use crate::view::extension::ExtensionEvents;

/// The whole form.
pub(super) fn form(
    signed: &Signed,
    people: &People,
    given: &BTreeMap<ExtensionId, String>,
    errors: &[FieldError],
) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.people);
    let offers = people.offers();
    let of_kind = |phones: bool| -> Vec<&Extension> {
        people.extensions.iter().filter(|one| (one.listed.kind == ExtensionKind::Phone) == phones).collect()
    };
    let rows = |extensions: Vec<&Extension>, id: &str| {
        html! {
            table class="stack even" {
                thead { tr { th scope="col" { (t.extension) } th scope="col" { (t.label) } th scope="col" { (t.person) } th scope="col" { (t.events) } } }
                tbody id=(id) { @for one in extensions {
                    (row(voice, people, one, offers.iter().find(|offer| offer.extension == one.listed.id), given, errors))
                } }
            }
        }
    };
    html! {
        datalist id="users" { @for user in people.known() { option value=(written(user)) { (user.email.as_deref().unwrap_or_default()) } } }
        @if offers.iter().any(|offer| !given.contains_key(&offer.extension)) {
            p { a class="button second" href=(voice.url("/people?offers=1")) { (t.take_offers) } }
        }
        form method="post" action=(voice.url("/people")) data-watch="" autocomplete="off" {
            (layout::proof(signed))
            input type="hidden" name="version" value=(people.mapping.version);
            h2 { (t.phones) }
            div class="field" {
                label for="filter" { (t.filter) }
                input id="filter" type="search" data-filter="#phones" autocomplete="off";
            }
            (rows(of_kind(true), "phones"))
            @if !of_kind(false).is_empty() {
                h2 { (t.places) }
                p { (t.places_help) }
                (rows(of_kind(false), "places"))
            }
            div class="bar" {
                button { (voice.t.common.save) }
                span role="status" data-unsaved=(t.unsaved) {}
            }
        }
    }
}

fn row(
    voice: &Voice,
    people: &People,
    extension: &Extension,
    offer: Option<&Suggestion>,
    given: &BTreeMap<ExtensionId, String>,
    errors: &[FieldError],
) -> Markup {
    let t = &voice.t.people;
    let (id, number) = (extension.listed.id, extension.listed.number.as_str());
    let name = format!("{PERSON}{id}");
    let stored = extension.crm_user.as_ref().map(|user| people.written(user)).unwrap_or_default();
    let value = given.get(&id).unwrap_or(&stored);
    let wrong = errors.iter().find(|error| error.path == name);
    html! {
        tr {
            td data-label=(t.extension) { div {
                span class="number" { (number) }
                @if extension.listed.kind != ExtensionKind::Phone { " " small { (kind(voice, extension.listed.kind)) } }
            } }
            td data-label=(t.label) { span { (extension.listed.label.as_ref().map(Label::reveal).unwrap_or_default()) } }
            td data-label=(t.person) { div {
                input id=(name) name=(name) list="users" value=(value) data-stored=(stored)
                    aria-label={ (t.person) ", " (number) } aria-invalid=[wrong.map(|_| "true")]
                    aria-describedby=[wrong.map(|_| format!("{name}-wrong"))];
                @if let Some(wrong) = wrong { p class="wrong" id={ (name) "-wrong" } { (voice.say(&wrong.message)) } }
                @if let Some(offer) = offer.filter(|_| value.is_empty()) {
                    small { (fill(t.offer, &[&people.written(&offer.crm_user), basis(voice, offer.by)])) }
                }
            } }
            td data-label=(t.events) { div class="events" id=(events_id(extension)) {
                (events(voice, &ExtensionEvents::from(&extension.events)))
                @if !extension.present { " " span class="tag no" { (t.missing) } }
                @else if !extension.listed.active { " " span class="tag hm" { (t.blocked) } }
            } }
        }
    }
}

/// Where it stands how an extension's events are, to be refreshed.
pub(super) fn events_id(extension: &Extension) -> String {
    format!("events-{}", extension.listed.id)
}

/// How our events on an extension or an agent are.
pub(in crate::http::pages) fn events(voice: &Voice, events: &ExtensionEvents) -> Markup {
    let t = &voice.t.people;
    let (class, text) = match events.state {
        ExtensionState::None => ("tag off", t.no_events),
        ExtensionState::Pending => ("tag hm", t.pending),
        ExtensionState::Installed => ("tag ok", t.installed),
        ExtensionState::Failed => ("tag no", t.failed),
    };
    html! {
        div {
            span class=(class) { (text) }
            @if events.foreign > 0 { " " small { (fill(t.foreign, &[&events.foreign.to_string()])) } }
            @if let Some(problem) = &events.problem { p class="wrong" { (voice.say(problem)) } }
        }
    }
}

/// A kind of extension in words.
pub(in crate::http::pages) fn kind(voice: &Voice, kind: ExtensionKind) -> &'static str {
    let common = &voice.t.common;
    match kind {
        ExtensionKind::Phone => common.phone,
        ExtensionKind::Ivr => common.ivr,
        ExtensionKind::Queue => common.queue,
        ExtensionKind::Fax => common.fax,
    }
}

fn basis(voice: &Voice, basis: Basis) -> &'static str {
    let t = &voice.t.people;
    match basis {
        Basis::Number => t.by_number,
        Basis::Name => t.by_name,
        Basis::Email => t.by_email,
        Basis::NameWithin => t.by_name_within,
    }
}
