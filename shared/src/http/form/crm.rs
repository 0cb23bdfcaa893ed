//! The CRM in the settings: read and checked from a body, shown without its secrets.

use serde_json::{Value, json};

use super::Form;
use crate::clock::Timestamp;
use crate::crm::webhook::parse_secret;
use crate::http_client::{Targets, check_target};
use crate::model::connection::{Connection, CrmTarget, OpenCrmTarget};
use crate::model::secret::Secret;
use crate::seal::{Sealer, field};

/// The longest secret and address that are looked at.
const MAX_TEXT: usize = 2048;

/// Reads `crm`: its kind says which other fields there must be.
pub(in crate::http) fn read(form: &mut Form, targets: Targets) -> Option<OpenCrmTarget> {
    let kind = form.text("crm.kind", MAX_TEXT)?;
    if kind != "webhook" {
        form.wrong("crm.kind", "there is no such kind of CRM; give `webhook`");
        return None;
    }
    let url = form.text("crm.url", MAX_TEXT);
    let url = url.and_then(|url| match check_target(&url, targets) {
        Ok(url) => Some(url),
        Err(problem) => {
            form.wrong("crm.url", problem.to_string());
            None
        }
    });
    let secret = form.text("crm.secret", MAX_TEXT);
    let secret = secret.and_then(|secret| match parse_secret(&secret) {
        Ok(secret) => Some(secret),
        Err(problem) => {
            form.wrong("crm.secret", problem.to_string());
            None
        }
    });
    Some(OpenCrmTarget::Webhook { url: url?, secret: secret?, former: None })
}

/// What is shown of it; the time until which a former secret signs too, as long as it does.
pub(in crate::http) fn view(connection: &Connection, sealer: &Sealer, now: Timestamp) -> Value {
    let crm = &connection.crm;
    match crm {
        CrmTarget::Webhook { url, former, .. } => {
            let url = sealer.open(connection.id, field::CRM_URL, url).ok();
            let mut shown = json!({ "kind": crm.kind(), "url": url.as_ref().map(Secret::reveal) });
            if let Some(former) = former.as_ref().filter(|former| now < former.until) {
                shown["former_secret_until"] = json!(former.until.rfc3339());
            }
            shown
        }
    }
}
