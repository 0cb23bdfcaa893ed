//! An entry of the audit trail, as it is shown.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::model::audit::Entry;

/// Who changed what, when and from where.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// What, such as `changed` or `key_made`.
    pub action: String,
    /// With which key; null for whoever proved with the PBX's credentials that the account is theirs.
    #[schema(required)]
    pub key_id: Option<String>,
    /// The network that it came from; null where it is not known.
    #[schema(required)]
    pub from: Option<String>,
    /// More of the action: names, ids and versions, never a value.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub details: Map<String, Value>,
}

impl From<&Entry> for AuditEntry {
    fn from(entry: &Entry) -> Self {
        let details = match serde_json::to_value(&entry.act) {
            Ok(Value::Object(mut fields)) => {
                fields.remove("action");
                fields
            }
            // Our own types are always objects.
            Ok(_) | Err(_) => Map::new(),
        };
        Self {
            at: Timestamp::rfc3339(entry.at),
            action: entry.act.as_str().to_owned(),
            key_id: entry.by.key.as_ref().map(ToString::to_string),
            from: entry.by.from.clone(),
            details,
        }
    }
}
