//! The account's users, whether we may do what we must, and whom a ringing phone is told of.

use serde_json::json;

use super::fields;
use super::request::Api;
use super::wire::User;
use crate::crm::{Access, CrmError, CrmUser, Message, caller};
use crate::model::call::Direction;
use crate::model::delivery::Progress;
use crate::model::ids::CrmUserId;
use crate::model::secret::Digest;

/// Users of one page, and pages that are read at most.
const PAGE: usize = 250;
const MOST_PAGES: usize = 20;

/// In what a signal learnt: the user has been told.
const TOLD: &str = "told";

/// Tries each permission once, without a change.
pub(super) async fn check(api: &Api<'_>) -> Result<(), CrmError> {
    for path in ["v4/account", "v4/users", "v4/contacts", "v4/leads/unsorted"] {
        api.look(path).await?;
    }
    Ok(())
}

/// All active users; a page that fails fails the whole, since half a list would look like a list.
pub(super) async fn users(api: &Api<'_>) -> Result<Vec<CrmUser>, CrmError> {
    let (mut users, limit) = (Vec::new(), PAGE.to_string());
    for page in 1..=MOST_PAGES {
        let page = page.to_string();
        let query = [("limit", limit.as_str()), ("page", page.as_str())];
        let found: Vec<User> = api.list("v4/users", &query, "users").await?;
        let last = found.len() < PAGE;
        let active = |user: &User| user.rights.as_ref().is_none_or(|rights| rights.is_active != Some(false));
        users.extend(found.into_iter().filter(active).filter_map(as_user));
        if last {
            break;
        }
    }
    Ok(users)
}

/// As the mapping knows them; Kommo knows nobody's extension.
fn as_user(user: User) -> Option<CrmUser> {
    let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let email = given(user.email);
    let name = given(user.name).or_else(|| email.clone()).unwrap_or_default();
    Some(CrmUser { id: CrmUserId::parse(&user.id.to_string())?, name, email, extension: None })
}

/// A phone rings: its user is told once for the whole call, since each telling stays in Kommo's list of news. Kommo finds
/// the caller by itself, so nothing is looked up before that (docs/kommo.md §7).
pub(super) async fn ring(
    api: &Api<'_>,
    access: Access<'_>,
    message: &Message<'_>,
    known: &Progress,
) -> Result<Progress, CrmError> {
    let told = known.id(TOLD).is_some() || message.record.direction != Direction::Inbound;
    let (Some(user), Some(number)) = (fields::user(message)?, caller::written(access, message)) else {
        return Ok(Progress::default());
    };
    if told {
        return Ok(Progress::default());
    }
    let who = Digest::of(format!("kommo ring\n{}\n{user}", message.record.call_id.as_str()).as_bytes());
    // Another phone of theirs rings for the same call, or whether one does can't be known: no second pop-up is better.
    if !matches!(access.makers.begin(&who).await, Ok(None)) {
        return Ok(Progress::default());
    }
    // Never repeated: whoever did not answer may have told them.
    access.makers.made(&who, TOLD).await?;
    let told = json!({ "add": [{ "type": "phone_call", "phone_number": number, "users": [user] }] });
    api.tell("v2/events/", &told).await?;
    Ok(Progress::default().with_id(TOLD, "1"))
}
