//! The operator reads the log: on a laptop, and in AWS without a topic.

use async_trait::async_trait;

use super::{Alert, Operator};
use crate::telemetry::field;

/// Writes a log line.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogOperator;

#[async_trait]
impl Operator for LogOperator {
    async fn tell(&self, alert: &Alert) {
        tracing::error!(
            { field::CONNECTION } = %alert.connection,
            { field::ALERT } = alert.kind.as_str(),
            { field::DETAIL } = alert.text,
            "operator alert"
        );
    }
}
