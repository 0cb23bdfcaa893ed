//! The operator's own application on a PBX.

use crate::model::connection::Origin;
use crate::model::secret::Secret;

/// The operator's public application on a PBX, which customers let in by consent.
#[derive(Clone, Debug)]
pub struct PublicApp {
    /// Which PBX.
    pub origin: Origin,
    /// App ID.
    pub app_id: String,
    /// App Secret.
    pub app_secret: Secret,
}
