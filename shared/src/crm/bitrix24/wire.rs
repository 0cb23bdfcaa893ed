//! Names that several parts of the connector use on the wire and in what is remembered of it.

use serde_json::Value;

/// The fact that names the REST address.
pub(super) const ENDPOINT: &str = "client_endpoint";
/// The fact that names the portal for good.
pub(super) const MEMBER: &str = "member_id";
/// The fact that names who consented.
pub(super) const USER: &str = "user_id";
/// The event with which tokens come.
pub(super) const INSTALLED: &str = "ONAPPINSTALL";
/// In a record's progress: the call that it is logged as.
pub(super) const CALL: &str = "call";

/// An id, which Bitrix24 writes as a number or as a text.
pub(super) fn id(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).filter(|id| *id > 0)
}
