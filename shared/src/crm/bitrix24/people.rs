//! The portal's users, and whether the application may do what it must.

use serde_json::{Value, json};

use super::answer::Failure;
use super::line;
use super::request::{Command, Portal};
use super::wire::id;
use crate::crm::{CrmError, CrmUser};
use crate::model::ids::CrmUserId;

/// Pages of fifty users that are read at most.
const MOST_PAGES: usize = 40;

/// Tries each permission once, and makes the line: without one that forbids it, Bitrix24 makes a lead of every
/// outgoing call to a stranger.
pub(super) async fn check(portal: &Portal<'_>) -> Result<(), CrmError> {
    let commands = vec![
        Command { name: "user", method: "user.get", params: json!({ "FILTER": { "ACTIVE": "Y" } }) },
        Command { name: "crm", method: "crm.contact.list", params: json!({ "select": ["ID"] }) },
        Command { name: "line", method: "telephony.externalLine.add", params: line() },
    ];
    for (_, outcome) in portal.batch(commands, false).await? {
        match outcome {
            Ok(_) | Err(Failure::LineExists) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(())
}

/// All active users; a page that fails fails the whole, since half a list would look like a list.
pub(super) async fn users(portal: &Portal<'_>) -> Result<Vec<CrmUser>, CrmError> {
    let mut users = Vec::new();
    let mut start = 0;
    for _ in 0..MOST_PAGES {
        let wanted = json!({ "FILTER": { "ACTIVE": "Y", "USER_TYPE": "employee" }, "start": start });
        let (page, next) = portal.page("user.get", wanted).await.map_err(CrmError::from)?;
        let page = page.as_array().ok_or(CrmError::Unreadable { status: 200 })?;
        users.extend(page.iter().filter_map(user));
        match next {
            Some(next) if next > start => start = next,
            _ => break,
        }
    }
    Ok(users)
}

fn user(user: &Value) -> Option<CrmUser> {
    let text = |name: &str| {
        let text = user.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let id = CrmUserId::parse(&id(user.get("ID")?)?.to_string())?;
    let names: Vec<_> = ["NAME", "LAST_NAME"].into_iter().filter_map(text).collect();
    let email = text("EMAIL");
    let name = if names.is_empty() { email.clone().unwrap_or_default() } else { names.join(" ") };
    Some(CrmUser { id, name, email, extension: text("UF_PHONE_INNER") })
}
