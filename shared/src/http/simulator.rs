//! A simulated PBX, where there is one, as the pages see it: it can be asked for a call to try everything out with.

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::ids::ExtensionId;

/// A simulated PBX that can be asked for a call.
#[async_trait]
pub trait TestCalls: Send + Sync {
    /// Plays a call to that phone, at the pace of a real one; says why it can't.
    async fn play(&self, phone: ExtensionId) -> Result<(), String>;
}

/// Whoever plays test calls, if anybody does.
pub type Simulator = Option<Arc<dyn TestCalls>>;
