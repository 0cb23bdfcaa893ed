//! The administrator's pages, under `/app`: made on the server, for a browser without script as well. They show the same
//! views as the JSON routes and call the same flows; a session cookie stands for the admin key.
//!
//! A page is a handler that loads, and a function that writes it ([`layout`] has the frame and the parts); what it says
//! stands in `text`. A form is sent to a handler that takes [`signed::SignedForm`], which proves session, right and origin,
//! and ends in a redirect, or in the same page with what is wrong. Whatever is refused in JSON is shown to a browser as a
//! page by [`readable`].

mod agents;
mod assets;
mod calls;
mod charts;
mod connect;
mod connected;
mod crm;
mod crm_fields;
mod disconnect;
mod fields;
mod keys;
mod layout;
mod live;
mod names;
mod notices;
mod overview;
mod people;
mod readable;
mod settings;
mod sign_in;
mod signed;
mod time;
mod told;
mod tryout;
mod unlogged;
mod voice;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

use self::people::kind as people_kind;
pub(in crate::http) use self::readable::for_browsers;
use self::voice::Voice;
use super::api::SettingsApi;

/// The pages' routes.
pub(in crate::http) fn routes() -> Router<SettingsApi> {
    Router::new()
        .route("/", get(home))
        .route("/app", get(home))
        .route("/app/", get(home))
        .route("/app/assets/{version}/{name}", get(assets::serve))
        .route("/app/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/app/sign-out", post(sign_in::sign_out))
        .route("/app/language", post(sign_in::language))
        .route("/app/connect", get(connect::show))
        .route("/app/connect/pbx", post(connect::pbx))
        .route("/app/connect/consent", post(connect::by_consent))
        .route("/app/connect/crm", post(connect::finish))
        .route("/app/crm", get(crm::show).post(crm::change))
        .route("/app/crm/check", post(crm::check))
        .route("/app/crm/pbx", post(crm::change_pbx))
        .route("/app/disconnect", get(disconnect::show).post(disconnect::remove))
        .route("/app/disconnect/erase", post(disconnect::erase))
        .route("/app/keys", get(keys::show).post(keys::make))
        .route("/app/keys/revoke", post(keys::revoke))
        .route("/app/notices", get(notices::show))
        .route("/app/notices/dismiss", post(notices::dismiss))
        .route("/app/overview", get(overview::show))
        .route("/app/call-back", post(overview::call_back))
        .route("/app/calls", get(calls::show))
        .route("/app/calls/resend", post(calls::resend_many))
        .route("/app/calls/{record_id}", get(calls::one))
        .route("/app/calls/{record_id}/resend", post(calls::resend_one))
        .route("/app/unlogged", get(unlogged::show))
        .route("/app/live", get(live::show))
        .route("/app/settings", get(settings::show).post(settings::send))
        .route("/app/people", get(people::show).post(people::save))
        .route("/app/agents", get(agents::show))
        .route("/app/told", get(told::show).post(told::save))
        .route("/app/told/test", post(told::send_test))
        .route("/app/try", get(tryout::show))
        .route("/app/try/play", post(tryout::play))
        .route("/app/people/carry-out", post(people::carry_out))
        .route("/app/people/retry", post(people::retry))
        .route("/app/people/refresh", post(people::refresh))
        .route("/app/people/rotate", post(people::rotate))
}

/// Whether a path is of the pages.
pub(in crate::http) fn are_asked(path: &str) -> bool {
    path == "/" || path.strip_prefix("/app").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn home(voice: Voice) -> Redirect {
    Redirect::to(&voice.url("/overview"))
}
