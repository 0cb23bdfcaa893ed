//! The CRM in the settings: read and checked from a body, shown without its secrets.

use serde_json::{Value, json};

use super::Form;
use crate::crm::webhook::parse_secret;
use crate::http_client::{Targets, check_target};
use crate::model::connection::{CrmTarget, OpenCrmTarget};

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
    Some(OpenCrmTarget::Webhook { url: url?, secret: secret? })
}

/// What is shown of it.
pub(in crate::http) fn view(crm: &CrmTarget) -> Value {
    match crm {
        CrmTarget::Webhook { url, .. } => json!({ "kind": crm.kind(), "url": url }),
    }
}
