//! `POST /mapping/suggestions`: which extension may be whose. An offer; nothing is stored.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::http::form::{Form, bodies};
use crate::model::ids::CrmUserId;
use crate::rules::suggest::{Candidate, suggest};
use crate::view::Page;
use crate::view::mapping::Suggestion;

/// More users than a body can hold sensibly; keeps the offer short.
const MOST_USERS: usize = 2_000;
/// The longest name and e-mail that are looked at.
const LONGEST_TEXT: usize = 200;

pub(super) fn routes() -> Routes {
    let user =
        bodies::Candidate { crm_user: "u1", name: Some("Mary Example"), email: Some("mary@example.com") };
    let doc = Doc::new("suggestMapping", "Offers matches of CRM users and extensions; applies none")
        .takes(&bodies::Candidates { users: vec![user] })
        .lists::<Suggestion>(200, "Matches");
    Routes::new().on("post", "/api/v1/mapping/suggestions", offer_matches, doc)
}

async fn offer_matches(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    mut form: Form,
) -> Result<Json<Page<Suggestion>>, Refusal> {
    let users = users(&mut form);
    let users = form.finish(users)?;
    let stored = api.settings.store.extensions(connection.value.id).await?;
    let extensions: Vec<_> = stored.into_iter().map(|stored| stored.value).collect();
    let offered = suggest(&users, &extensions);
    let by_id: BTreeMap<_, _> = extensions.iter().map(|extension| (extension.listed.id, extension)).collect();
    let items = offered.iter().map(|offer| Suggestion::of(offer, by_id.get(&offer.extension).copied()));
    Ok(Json(Page::whole(items.collect())))
}

fn users(form: &mut Form) -> Option<Vec<Candidate>> {
    let given = form.get("users").and_then(Value::as_array).filter(|users| users.len() <= MOST_USERS);
    let Some(given) = given.cloned() else {
        form.wrong(
            "users",
            "this must be a list of at most 2000 users, each with `crm_user`, `name` and `email`",
        );
        return None;
    };
    let read = given.iter().enumerate().map(|(at, user)| {
        let crm_user = user.get("crm_user").and_then(Value::as_str).and_then(CrmUserId::parse);
        if crm_user.is_none() {
            form.wrong(
                format!("users[{at}].crm_user"),
                "this must be the user's id in the CRM, a text of 1 to 128 bytes",
            );
        }
        let mut text = |name: &str| {
            let text = user.get(name).and_then(Value::as_str)?;
            if text.chars().count() > LONGEST_TEXT {
                form.wrong(format!("users[{at}].{name}"), "this is too long; give at most 200 characters");
            }
            Some(text.to_owned())
        };
        let (name, email) = (text("name"), text("email"));
        Some(Candidate { crm_user: crm_user?, name, email, number: None })
    });
    read.collect::<Vec<_>>().into_iter().collect()
}
