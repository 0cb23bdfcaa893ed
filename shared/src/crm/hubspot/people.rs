//! The owners of an account: calls are theirs, and the mapping names them by their id or their e-mail address
//! (docs/hubspot.md §5).

use super::request::Api;
use super::wire::{Id, Object, Owner, Page, VERSION, objects};
use super::{answer::Failure, property};
use crate::crm::{CrmError, CrmUser};
use crate::model::ids::CrmUserId;

/// Owners of one page, and pages that are read at most.
const PAGE: &str = "100";
const MOST_PAGES: usize = 20;

fn path() -> String {
    format!("crm/{VERSION}/owners")
}

/// Tries each permission once, and makes the property of ours.
pub(super) async fn check(api: &Api<'_>) -> Result<(), CrmError> {
    let _: Page<Owner> = api.get(&path(), &[("limit", "1")]).await?;
    let _: Page<Object> = api.get(&objects("contacts"), &[("limit", "1")]).await?;
    let _: Page<Object> = api.get(&objects("calls"), &[("limit", "1")]).await?;
    property::ensure(api).await
}

/// Who has that e-mail address.
pub(super) async fn by_email(api: &Api<'_>, email: &str) -> Result<Option<Id>, Failure> {
    let query = [("email", email), ("limit", PAGE), ("archived", "false")];
    let page: Page<Owner> = api.get(&path(), &query).await?;
    let is_it = |owner: &Owner| owner.email.as_deref().is_some_and(|one| one.eq_ignore_ascii_case(email));
    Ok(page.results.into_iter().find(is_it).map(|owner| owner.id))
}

/// All active owners; a page that fails fails the whole, since half a list would look like a list.
pub(super) async fn users(api: &Api<'_>) -> Result<Vec<CrmUser>, CrmError> {
    let (mut users, mut after) = (Vec::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let mut query = vec![("limit", PAGE), ("archived", "false")];
        query.extend(after.as_deref().map(|after| ("after", after)));
        let page: Page<Owner> = api.get(&path(), &query).await?;
        users.extend(page.results.into_iter().filter_map(user));
        after = page.paging.and_then(|paging| paging.next).map(|next| next.after);
        if after.is_none() {
            break;
        }
    }
    Ok(users)
}

/// A queue is an owner too, and no person.
fn user(owner: Owner) -> Option<CrmUser> {
    if owner.kind.is_some_and(|kind| kind != "PERSON") {
        return None;
    }
    let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let id = CrmUserId::parse(owner.id.as_str())?;
    let email = given(owner.email);
    let names: Vec<_> = [owner.first_name, owner.last_name].into_iter().filter_map(given).collect();
    let name = if names.is_empty() { email.clone().unwrap_or_default() } else { names.join(" ") };
    Some(CrmUser { id, name, email, extension: None })
}
