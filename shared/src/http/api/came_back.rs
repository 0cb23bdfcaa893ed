//! What stands beside the answer when a consent has brought a browser back, for whoever shows a person a page instead.

use std::sync::Arc;

use axum::response::Response;

use crate::flow::connection::connect::Connected;

/// From where a browser came back with a consent that worked.
#[derive(Clone, Debug)]
pub(in crate::http) enum CameBack {
    /// From the PBX; this was connected.
    FromPbx(Arc<Connected>),
    /// From the CRM.
    FromCrm,
}

impl CameBack {
    /// Puts it beside the answer for programs.
    pub(super) fn beside(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}
