//! RetailCRM's users, who answers for a customer, and whether the key may do what it must (docs/retailcrm.md §6).

use serde_json::Value;

use super::request::Api;
use crate::crm::{CrmError, CrmUser};
use crate::model::ids::CrmUserId;

/// Users of one page, the largest that RetailCRM gives, and pages that are read at most.
const PAGE: &str = "100";
const MOST_PAGES: u64 = 20;
/// A number that nobody has, to ask for.
const NOBODY: &str = "+442079460000";

/// Tries each permission once, without a change.
pub(super) async fn check(api: &Api<'_>) -> Result<(), CrmError> {
    page(api, 1).await?;
    manager(api, NOBODY).await.map(drop)
}

/// All active users; a page that fails fails the whole, since half a list would look like a list.
pub(super) async fn list(api: &Api<'_>) -> Result<Vec<CrmUser>, CrmError> {
    let mut users = Vec::new();
    for number in 1..=MOST_PAGES {
        let (page, pages) = page(api, number).await?;
        users.extend(page.iter().filter_map(user));
        if number >= pages {
            break;
        }
    }
    Ok(users)
}

async fn page(api: &Api<'_>, number: u64) -> Result<(Vec<Value>, u64), CrmError> {
    let number = number.to_string();
    let body =
        api.get("users", &[("filter[active]", "1"), ("limit", PAGE), ("page", number.as_str())]).await?;
    let users = body.get("users").and_then(Value::as_array).cloned();
    let users = users.ok_or(CrmError::Unreadable { status: 200 })?;
    let pages = body.pointer("/pagination/totalPageCount").and_then(Value::as_u64);
    Ok((users, pages.unwrap_or(1)))
}

fn user(user: &Value) -> Option<CrmUser> {
    let text = |name: &str| {
        let text = user.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let id = CrmUserId::parse(&user.get("id")?.as_u64()?.to_string())?;
    let names: Vec<_> = ["firstName", "lastName"].into_iter().filter_map(text).collect();
    let email = text("email");
    let name = if names.is_empty() { email.clone().unwrap_or_default() } else { names.join(" ") };
    Some(CrmUser { id, name, email, extension: text("code") })
}

/// Who answers for the customer with that number, whether they are at their desk or not.
pub(super) async fn manager(api: &Api<'_>, phone: &str) -> Result<Option<u64>, CrmError> {
    let query = [("phone", phone), ("details", "1"), ("ignoreStatus", "1")];
    let found = api.get("telephony/manager", &query).await?;
    let id = found.pointer("/manager/id");
    Ok(id.and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok())))
}
