//! What a browser is shown at `/oauth/authorize`: whose account it is, who wants to come in, and two buttons.

use std::collections::HashMap;
use std::fmt::Write as _;

use axum::response::{Html, IntoResponse as _, Response};

use super::tenant::Tenant;
use crate::page;

/// The field that the buttons send.
pub(super) const ANSWER: &str = "answer";
/// Its value for a consent.
pub(super) const ALLOW: &str = "allow";

/// Asks whoever sits at the browser; the buttons send what came, with their answer.
pub(super) fn ask(tenant: &Tenant, params: &HashMap<String, String>) -> Response {
    let mut body = page::still("Simulated PBX");
    let _ = write!(
        body,
        "<p>You are signed in as the administrator of {} (account {}).</p><p>Ringbridge asks to see extensions and \
         calls of this account, and to be told of its events.</p><form method=\"get\" action=\"/oauth/authorize\">",
        page::escaped(&tenant.name),
        tenant.client_id
    );
    for (name, value) in params {
        let _ = write!(
            body,
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            page::escaped(name),
            page::escaped(value)
        );
    }
    let _ = write!(
        body,
        "<button name=\"{ANSWER}\" value=\"{ALLOW}\">Allow</button> <button name=\"{ANSWER}\" value=\"refuse\">Refuse</button>\
         </form></body></html>"
    );
    Html(body).into_response()
}
