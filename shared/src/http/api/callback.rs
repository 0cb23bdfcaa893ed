//! `POST /callback`: click-to-call. The PBX rings the user's phone, then dials the number for them; what follows comes as
//! events of the call that is answered here.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::flow::SettingsDeps;
use crate::flow::connection::dial::{self, BY_KEY, DialError, DialTarget, Wish};
use crate::http::Problem;
use crate::http::form::Form;
use crate::http::form::bodies::NewCall;
use crate::model::delivery::Progress;
use crate::model::ids::CrmUserId;
use crate::model::secret::Digest;
use crate::view::crm::Calling;

/// The header by which a repeat is known.
const KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 200;
const LONGEST_NUMBER: usize = 64;

pub(super) fn routes() -> Routes {
    let doc = Doc::new("call", "Calls a number from a user's phone: the PBX rings the phone, then dials")
        .header(
            "Idempotency-Key",
            "Repeats under it, within a day, ring nobody again and get the same answer",
        )
        .takes(&NewCall { crm_user: "u1", number: "+442079460777" })
        .gives::<Calling>(201, "The phone rings")
        .ends(409, "A call under this key is under way")
        .ends(502, "The PBX refused it, or did not answer; the detail says which")
        .ends(503, "The PBX can't be asked now; `Retry-After` says when");
    Routes::new().on("post", "/api/v1/callback", call, doc)
}

async fn call(
    State(api): State<SettingsApi>,
    Admin(connection): Admin,
    headers: HeaderMap,
    mut form: Form,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    form.only("", &["crm_user", "number"]);
    let crm_user = form.text("crm_user", LONGEST_KEY).and_then(|text| {
        let user = CrmUserId::parse(&text);
        if user.is_none() {
            form.wrong("crm_user", "this must be the user's id in the CRM, a text of 1 to 128 bytes");
        }
        user
    });
    let target = form.text("number", LONGEST_NUMBER).and_then(|text| {
        let target = DialTarget::parse(&text);
        if target.is_none() {
            form.wrong("number", "this can't be dialled; give a number such as +442079460777");
        }
        target
    });
    let (crm_user, target) = form.finish(crm_user.zip(target))?;
    let key = (key(deps, &headers)?, BY_KEY);
    let wish = Wish { crm_user: Some(crm_user), target, key, progress: Progress::default() };
    match dial::dial(deps, &connection.value, wish).await {
        Ok(call) => {
            Ok((StatusCode::CREATED, Json(Calling { call_id: call.as_str().to_owned() })).into_response())
        }
        Err(error) => Err(refusal(error)),
    }
}

/// The repeat's key; without one every request is a wish of its own.
fn key(deps: &SettingsDeps, headers: &HeaderMap) -> Result<Digest, Refusal> {
    let Some(given) = headers.get(KEY) else {
        return Ok(Digest::of(format!("once\n{}", deps.random_id()).as_bytes()));
    };
    let given = given.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
    let wrong =
        || Problem::new(StatusCode::BAD_REQUEST, "Idempotency-Key must be 1 to 200 visible characters");
    let given = given.ok_or_else(wrong)?;
    Ok(Digest::of(format!("key\n{given}").as_bytes()))
}

/// What is answered when nothing rings.
pub(in crate::http) fn refusal(error: DialError) -> Refusal {
    let problem = match error {
        DialError::Store(error) => return error.into(),
        DialError::NoPhone => {
            Problem::field("crm_user", "no phone that rings is mapped to this user; map one, then call")
        }
        DialError::KeyReused => {
            Problem::field("", "this Idempotency-Key was used for another call; use a new one for each")
        }
        DialError::UnderWay => Problem::new(
            StatusCode::CONFLICT,
            "a call under this key was begun, and its end is not known; look at the phone before you try again",
        ),
        DialError::Failed(sentence) => Problem::new(StatusCode::BAD_GATEWAY, sentence),
        DialError::Later { retry_after } => {
            let detail = "the PBX can't be asked now; nothing rings";
            return Refusal::Later(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail), retry_after);
        }
    };
    problem.into()
}
