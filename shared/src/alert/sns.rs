//! The operator's SNS topic: e-mail, chat or a pager, as they subscribed it.

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;

use super::{Alert, LogOperator, Operator};
use crate::error::chain;
use crate::telemetry::field;

/// Publishes to a topic, and writes a log line too.
#[derive(Clone, Debug)]
pub struct SnsOperator {
    client: Client,
    topic: String,
}

impl SnsOperator {
    /// The topic of that ARN.
    pub fn new(client: Client, topic: impl Into<String>) -> Self {
        Self { client, topic: topic.into() }
    }
}

#[async_trait]
impl Operator for SnsOperator {
    async fn tell(&self, alert: &Alert) {
        LogOperator.tell(alert).await;
        let mut publish = self.client.publish().topic_arn(&self.topic).subject("Ringbridge alert");
        let kind = MessageAttributeValue::builder().data_type("String").string_value(alert.kind.as_str());
        match kind.build() {
            Ok(kind) => publish = publish.message_attributes("kind", kind),
            // Without the attribute, filters miss it, but nobody else does.
            Err(error) => tracing::warn!({ field::ERROR } = chain(&error), "alert without its kind"),
        }
        let message =
            format!("{}\n\nConnection: {}\nKind: {}", alert.text, alert.connection, alert.kind.as_str());
        if let Err(error) = publish.message(message).send().await {
            tracing::error!({ field::ERROR } = chain(&error), "alert not published");
        }
    }
}
