//! `POST /connection/refresh`: reads the PBX again, and says what is new, changed or missing.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::flow::connection::refresh::{self, RefreshError};
use crate::http::Problem;
use crate::view::extension::Difference;

pub(super) fn routes() -> Routes {
    let doc =
        Doc::new("refreshConnection", "Reads the PBX again; takes no mapping away and changes no event")
            .gives::<Difference>(200, "What has changed")
            .ends(409, "The PBX refused the credentials")
            .ends(429, "The PBX's hourly limit is used up; see Retry-After")
            .ends(502, "The PBX could not be read");
    Routes::new().on("post", "/api/v1/connection/refresh", again, doc)
}

async fn again(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Response, Refusal> {
    let id = connection.value.id;
    let refreshed = match refresh::refresh(&api.settings, connection).await {
        Ok(refreshed) => refreshed,
        Err(error) => return refused(&api, error),
    };
    let all = api.settings.store.extensions(id).await?;
    let all: Vec<_> = all.into_iter().map(|stored| stored.value).collect();
    let body = Difference::of(&refreshed, &all);
    Ok(Json(body).into_response())
}

fn refused(api: &SettingsApi, error: RefreshError) -> Result<Response, Refusal> {
    let detail = sentence(&error);
    match error {
        RefreshError::Store(error) => Err(error.into()),
        RefreshError::Pbx(_) => Err(Problem::new(StatusCode::BAD_GATEWAY, detail).into()),
        RefreshError::Paused => Err(Problem::new(StatusCode::CONFLICT, detail).into()),
        RefreshError::NoBudget { until } => {
            let mut answer = Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).into_response();
            let wait = until.since(api.settings.clock.now()).as_secs() + 1;
            answer.headers_mut().insert(RETRY_AFTER, wait.into());
            Ok(answer)
        }
    }
}

/// What happened, and what to do.
pub(in crate::http) fn sentence(error: &RefreshError) -> String {
    match error {
        RefreshError::Store(_) => "the request failed on our side; try again later".to_owned(),
        RefreshError::Pbx(text) => text.clone(),
        RefreshError::Paused => {
            "the PBX refused the credentials; enter valid ones with PATCH /api/v1/connection, or try again".to_owned()
        }
        RefreshError::NoBudget { .. } => {
            "the PBX's hourly limit of requests is used up; try again when the hour is over".to_owned()
        }
    }
}
