//! A recording as a CRM with a player of its own asks for it.

use serde::Serialize;
use utoipa::ToSchema;

/// Where a player finds a recording; the names are HubSpot's (docs/hubspot.md §3).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordingLink {
    /// A link that opens the recording for whoever has it, until it expires.
    pub authenticated_url: String,
}
