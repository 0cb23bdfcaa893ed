//! Those who work with BottleCRM: their names stand in the subjects of calls, and their own telephones are no
//! customers. The list is kept for a while, since every call needs it (docs/bottlecrm.md §5).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Failure;
use super::request::Api;
use super::wire::{Id, Profile, Users};
use crate::clock::Timestamp;
use crate::crm::number::External;
use crate::crm::{CrmError, CrmUser};
use crate::model::ids::CrmUserId;
use crate::model::number::PhoneNumber;

/// How long a list is good for: so long may a new name be unknown.
const FRESH: Duration = Duration::from_mins(5);
/// Users of one page, and pages that are read at most.
const PAGE: usize = 200;
const MOST_PAGES: usize = 10;

/// Somebody. `Debug` tells their id alone.
#[derive(Clone)]
pub(super) struct Person {
    id: CrmUserId,
    name: String,
    email: Option<String>,
    phone: Option<PhoneNumber>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Person {
    fn of(profile: Profile) -> Option<Self> {
        let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let id = CrmUserId::parse(profile.id.as_str())?;
        let email = given(profile.user_details.email);
        let name = given(profile.user_details.name).or_else(|| email.clone()).unwrap_or_default();
        Some(Self { id, name, email, phone: given(profile.phone).map(PhoneNumber::new) })
    }

    /// As the mapping knows them; BottleCRM knows nobody's extension.
    pub(super) fn as_user(&self) -> CrmUser {
        let (id, name, email) = (self.id.clone(), self.name.clone(), self.email.clone());
        CrmUser { id, name, email, extension: None }
    }

    /// Their id.
    pub(super) fn id(&self) -> &str {
        self.id.as_str()
    }

    /// What they are called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Everybody of one BottleCRM.
#[derive(Clone, Debug)]
pub(super) struct Everybody(Arc<Vec<Person>>);

impl Everybody {
    /// Who has that id.
    pub(super) fn find(&self, id: &str) -> Option<&Person> {
        self.0.iter().find(|person| person.id.as_str() == id)
    }

    /// Whether the number is somebody's own.
    pub(super) fn owns(&self, number: &External, country: &str) -> bool {
        let mut phones = self.0.iter().filter_map(|person| person.phone.as_ref());
        phones.any(|phone| External::read(phone, country).as_ref() == Some(number))
    }
}

/// The lists that were read a moment ago.
#[derive(Debug, Default)]
pub(super) struct People(Mutex<BTreeMap<String, (Timestamp, Everybody)>>);

impl People {
    /// Everybody; asked again when somebody is wanted who is not in the list.
    pub(super) async fn of(&self, api: &Api<'_>, wanted: Option<&CrmUserId>) -> Result<Everybody, CrmError> {
        let known = self.lists().get(&api.name).filter(|(at, _)| api.at.since(*at) < FRESH).cloned();
        if let Some((at, everybody)) = known {
            let has = wanted.is_none_or(|wanted| everybody.find(wanted.as_str()).is_some());
            if has || at == api.at {
                return Ok(everybody);
            }
        }
        let everybody = Everybody(Arc::new(list(api).await?));
        let mut lists = self.lists();
        lists.retain(|_, (at, _)| api.at.since(*at) < FRESH);
        lists.insert(api.name.clone(), (api.at, everybody.clone()));
        Ok(everybody)
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (Timestamp, Everybody)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All active users; a page that fails fails the whole, since half a list would look like a list.
pub(super) async fn list(api: &Api<'_>) -> Result<Vec<Person>, CrmError> {
    let (mut people, mut read) = (Vec::new(), 0);
    for _ in 0..MOST_PAGES {
        let (limit, offset) = (PAGE.to_string(), read.to_string());
        let query = [("status", "True"), ("limit", limit.as_str()), ("offset", offset.as_str())];
        let page: Users = api.get("users/", &query).await?;
        let page = page.active_users;
        read += page.active_users.len();
        let last = page.active_users.is_empty() || read >= page.active_users_count;
        people.extend(page.active_users.into_iter().filter_map(Person::of));
        if last {
            break;
        }
    }
    Ok(people)
}

/// Tries each permission once, without a change: what is incomplete is refused only after the token was accepted.
pub(super) async fn check(api: &Api<'_>) -> Result<(), CrmError> {
    let _: Users = api.get("users/", &[("limit", "1")]).await?;
    let _: Value = api.post("contacts/duplicates/", &json!({})).await?;
    let nothing = Id::parse("00000000-0000-0000-0000-000000000000");
    let nothing = nothing.as_ref().map(Id::as_str).unwrap_or_default();
    for path in
        [format!("contacts/{nothing}/"), format!("leads/{nothing}/"), format!("interactions/{nothing}/")]
    {
        match api.patch(&path, &json!({})).await {
            Ok(()) | Err(Failure::Missing(_)) => {}
            Err(Failure::Crm(error)) => return Err(error),
        }
    }
    Ok(())
}
