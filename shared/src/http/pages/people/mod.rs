//! Who in the CRM uses which extension, side by side, and how far their events are on the PBX.

mod change;
mod progress;
mod table;

pub(super) use self::change::save;
pub(super) use self::progress::{carry_out, refresh, retry, rotate};
pub(super) use self::table::{events, kind};

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::{self, Place};
use super::signed::Signed;
use super::voice::Voice;
use crate::crm::CrmUser;
use crate::flow::SettingsDeps;
use crate::flow::connection::crm_check;
use crate::http::api::{Refusal, SettingsApi};
use crate::http::problem::FieldError;
use crate::model::extension::{Extension, ExtensionKind};
use crate::model::ids::{CrmUserId, ExtensionId};
use crate::model::mapping::Mapping;
use crate::rules::suggest::{Candidate, Suggestion, suggest};
use crate::storage::StoreError;
use crate::text::pages::fill;

/// The prefix of the fields that name the person of an extension.
const PERSON: &str = "x.";

/// All that the page is about.
struct People {
    extensions: Vec<Extension>,
    mapping: Mapping,
    users: Users,
}

/// The CRM's people.
enum Users {
    /// These; none, if the CRM has no list.
    Known(Vec<CrmUser>),
    /// They could not be read; why.
    Unknown(String),
}

impl People {
    async fn load(deps: &SettingsDeps, signed: &Signed) -> Result<Self, StoreError> {
        let connection = &signed.connection.value;
        let extensions = deps.store.extensions(connection.id).await?;
        let mut extensions: Vec<_> = extensions.into_iter().map(|stored| stored.value).collect();
        extensions.sort_by(|a, b| a.listed.number.as_str().cmp(b.listed.number.as_str()));
        extensions.retain(|one| one.listed.kind != ExtensionKind::Fax);
        let asked = if signed.polls { Ok(Vec::new()) } else { crm_check::users(deps, connection).await? };
        let users = match asked {
            Ok(users) => Users::Known(users),
            Err(error) => Users::Unknown(error.to_string()),
        };
        Ok(Self { extensions, mapping: deps.store.mapping(connection.id).await?.value, users })
    }

    fn known(&self) -> &[CrmUser] {
        match &self.users {
            Users::Known(users) => users,
            Users::Unknown(_) => &[],
        }
    }

    /// How a person is written: their name and id, or the id alone.
    fn written(&self, id: &CrmUserId) -> String {
        let known = self.known().iter().find(|user| user.id == *id);
        known.map_or_else(|| id.as_str().to_owned(), written)
    }

    /// Whom a field means: `Name (id)`, an id, or a name that one person has.
    fn meant(&self, text: &str) -> Option<CrmUserId> {
        let known = self.known();
        let within = text.strip_suffix(')').and_then(|text| Some(text.rsplit_once('(')?.1));
        let is = |id: &str| known.iter().any(|user| user.id.as_str() == id);
        if let Some(id) = within.filter(|id| is(id)) {
            return CrmUserId::parse(id);
        }
        if known.is_empty() || is(text) {
            return CrmUserId::parse(text);
        }
        let mut named = known.iter().filter(|user| user.name == text);
        let found = named.next().filter(|_| named.next().is_none());
        found.map(|user| user.id.clone())
    }

    fn offers(&self) -> Vec<Suggestion> {
        let candidates: Vec<_> = self
            .known()
            .iter()
            .map(|user| Candidate {
                crm_user: user.id.clone(),
                name: Some(user.name.clone()),
                email: user.email.clone(),
                number: user.extension.clone(),
            })
            .collect();
        let mut offers = suggest(&candidates, &self.extensions);
        let taken = self.mapping.by_extension();
        offers.retain(|offer| !taken.contains_key(&offer.extension));
        offers
    }
}

fn written(user: &CrmUser) -> String {
    format!("{} ({})", user.name, user.id.as_str())
}

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    let people = People::load(&api.settings, &signed).await?;
    let t = &signed.voice.t.people;
    let note = html! {
        @if query.ticked("saved") { p class="good" role="status" { (t.saved) } }
        @if query.ticked("offers") { p class="note" role="status" { (t.offers_taken) } }
        @if let Some(read) = query.get("read") {
            @let parts: Vec<_> = read.split('.').collect();
            p class="good" role="status" { (fill(t.refreshed, &parts)) }
        }
    };
    let given = if query.ticked("offers") {
        let offers = people.offers().into_iter();
        offers.map(|offer| (offer.extension, people.written(&offer.crm_user))).collect()
    } else {
        BTreeMap::new()
    };
    let provisioning = progress::section(&signed, &people);
    Ok(layout::page(&signed, Place::People, &whole(&signed, &people, &(note, provisioning), &given, &[])))
}

/// The page, with what somebody typed instead of what is stored.
fn whole(
    signed: &Signed,
    people: &People,
    (note, provisioning): &(Markup, Markup),
    given: &BTreeMap<ExtensionId, String>,
    errors: &[FieldError],
) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.people);
    html! {
        (note)
        (provisioning)
        p { (t.intro) }
        @match &people.users {
            Users::Unknown(why) => { p class="warn" { (fill(t.users_failed, &[&voice.say(why)])) } }
            Users::Known(users) => { @if users.is_empty() { p class="note" { (t.users_none) } } }
        }
        (layout::errors(voice, errors))
        (table::form(signed, people, given, errors))
        (unmapped(voice, people))
        (progress::tools(signed))
    }
}

/// Who has no phone.
fn unmapped(voice: &Voice, people: &People) -> Markup {
    let t = &voice.t.people;
    let mapped = people.mapping.by_extension();
    let left: Vec<_> =
        people.known().iter().filter(|user| !mapped.values().any(|mapped| **mapped == user.id)).collect();
    html! {
        @if !people.known().is_empty() {
            h2 { (t.unmapped_users) }
            @if left.is_empty() { p { (t.all_users_mapped) } }
            @else { ul { @for user in left { li { (written(user)) } } } }
        }
    }
}
