//! `POST /connection/notify/test`: whether whoever is to be told of notices can be.

use axum::Json;
use axum::extract::State;
use http::StatusCode;

use super::describe::{Doc, Routes};
use super::{Admin, Refusal, SettingsApi};
use crate::flow::notify::test::{self, NotTested};
use crate::http::Problem;
use crate::view::notify::NotifyTest;

pub(super) fn routes() -> Routes {
    let doc = Doc::new(
        "testNotify",
        "Sends a test by each channel that is to tell of notices, once a minute at most",
    )
    .gives::<NotifyTest>(200, "What came of it")
    .ends(409, "Nobody is to be told");
    Routes::new().on("post", "/api/v1/connection/notify/test", send, doc)
}

async fn send(State(api): State<SettingsApi>, Admin(connection): Admin) -> Result<Json<NotifyTest>, Refusal> {
    match test::test(&api.settings, connection.value.id).await {
        Ok(tested) => Ok(Json(tested.into())),
        Err(NotTested::Store(error)) => Err(error.into()),
        Err(NotTested::Nobody) => {
            let detail = "nobody is to be told; set `notify` of the connection first";
            Err(Problem::new(StatusCode::CONFLICT, detail).into())
        }
        Err(NotTested::TooSoon(wait)) => {
            let detail = "a test was sent a moment ago; look whether it came, or try again in a minute";
            Err(Refusal::Later(Problem::new(StatusCode::TOO_MANY_REQUESTS, detail), wait))
        }
    }
}
