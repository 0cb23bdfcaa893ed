//! Which client or extension a path means, and whether the caller may have it (docs/pbx.md §1.5, §9.2).

use std::collections::HashMap;

use serde_json::Value;

use crate::pbx::extension::{Extension, Handler};
use crate::pbx::gate::Caller;
use crate::pbx::refusal::Refusal;
use crate::pbx::state::State;
use crate::pbx::tenant::{Tenant, UserKind};

/// The client that `{client_id}` or `@me` means.
pub(super) fn client<'a>(state: &'a State, caller: Caller, path: &str) -> Result<&'a Tenant, Refusal> {
    let own = state.tenant(caller.client_id).ok_or(Refusal::ClientNotFound)?;
    let dealer = matches!(caller.user, UserKind::Dealer(_));
    if path == "@me" {
        return if dealer { Err(Refusal::ClientNotFound) } else { Ok(own) };
    }
    let id: u64 = path.parse().map_err(|_| Refusal::NotFound)?;
    let meant = state.tenant(id).ok_or(Refusal::ClientNotFound)?;
    if meant.client_id == own.client_id || dealer { Ok(meant) } else { Err(Refusal::AccessDenied) }
}

/// The extension that `{extension_id}` or `@<short number>` means.
pub(super) fn extension<'a>(
    state: &'a State,
    caller: Caller,
    path: &str,
) -> Result<(&'a Tenant, &'a Extension), Refusal> {
    let (tenant, found) = if let Some(number) = path.strip_prefix('@') {
        let tenant = state.tenant(caller.client_id).ok_or(Refusal::NotFound)?;
        let found = tenant.extensions.iter().find(|one| one.number == number);
        (tenant, found.ok_or(Refusal::NotFound)?)
    } else {
        let id = path.parse().map_err(|_| Refusal::NotFound)?;
        state.extension(id).ok_or(Refusal::NotFound)?
    };
    let allowed = match caller.user {
        UserKind::Dealer(_) => true,
        UserKind::ExtensionLevel(own) => own == found.id,
        UserKind::ClientAdmin | UserKind::ReadOnly | UserKind::Blocked => {
            tenant.client_id == caller.client_id
        }
    };
    if allowed { Ok((tenant, found)) } else { Err(Refusal::AccessDenied) }
}

/// The one page that `page` and `per_page` (20 unless told) ask for.
pub(super) fn page<T>(items: Vec<T>, query: &HashMap<String, String>) -> Vec<T> {
    let number = |key: &str, default: usize| {
        query.get(key).and_then(|text| text.parse().ok()).filter(|&n| n > 0).unwrap_or(default)
    };
    let per_page = number("per_page", 20);
    items.into_iter().skip((number("page", 1) - 1).saturating_mul(per_page)).take(per_page).collect()
}

/// Reads and checks the body of an event handler; the id is set by the caller.
pub(super) fn handler(body: &str, id: u64, event_types: &[&str]) -> Result<Handler, Refusal> {
    let body: Value = serde_json::from_str(body).map_err(|_| Refusal::invalid("Body is not JSON"))?;
    let text = |key: &str| match body.get(key).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Refusal::Invalid(format!("Field {key} is required"))),
    };
    let (url, event_type, method) = (text("url")?, text("event_type")?, text("method")?);
    if !url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(Refusal::invalid("Field url is not a valid URL"));
    }
    if !event_types.contains(&event_type.as_str()) {
        return Err(Refusal::invalid("Field event_type is not valid"));
    }
    if !matches!(method.as_str(), "GET" | "POST") {
        return Err(Refusal::invalid("Field method is not valid"));
    }
    Ok(Handler { id, url, event_type, method })
}
