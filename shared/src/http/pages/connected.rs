//! A connection was just made: its key, this once, and what comes next. The browser is signed in from here on.

use axum::response::Response;
use maud::html;

use super::layout;
use super::sign_in::with_session;
use super::voice::Voice;
use crate::flow::connection::connect::Connected;
use crate::flow::connection::{crm_account, sessions};
use crate::http::api::{Refusal, SettingsApi};
use crate::text::pages::fill;

pub(super) async fn welcome(api: &SettingsApi, voice: &Voice, made: &Connected) -> Result<Response, Refusal> {
    let (deps, t) = (&api.settings, &voice.t.connect);
    let connection = deps.store.connection(made.id).await?;
    let addresses = match &connection {
        Some(connection) => crm_account::addresses(deps, &connection.value).await?,
        None => None,
    };
    let numbers = &made.numbers;
    let (client, len) = (made.client_id.to_string(), numbers.extension_len().to_string());
    let content = html! {
        p class="good" role="status" { (fill(t.connected, &[&client, numbers.prefix(), &len])) }
        p { (t.key_once) }
        p id="key" { (layout::copyable(voice, made.admin_key.reveal())) }
        @if let Some(addresses) = &addresses {
            h2 { (t.step_crm) }
            @if let Some(authorise) = &addresses.authorise {
                p { (t.crm_consent) }
                p { a class="button" href=(authorise) rel="noreferrer" { (t.crm_consent_button) } }
            }
            p { (t.crm_event_url) }
            p { (layout::copyable(voice, addresses.events.as_str())) }
        }
        p { a class="button" href=(voice.url("/people")) { (t.key_seen) } }
    };
    let page = layout::open(voice, t.connected_title, &content);
    let key = connection.as_ref().and_then(|one| {
        let digest = made.admin_key.digest();
        Some(one.value.keys.find(&digest, deps.clock.now())?.id.clone())
    });
    let Some(key) = key else { return Ok(page) };
    let cookie = sessions::begin(deps, made.id, key).await?;
    Ok(with_session(voice, page, &cookie))
}
