//! Whether the process can take events: `/readyz`, beside `/healthz`, which only says that it lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use ringbridge::clock::{Clock, Timestamp};
use tokio::sync::Mutex;

use super::Failure;

/// A table of its own, so that a try leaves no trace in the product's.
const TABLE: &str = "ringbridge-health";
/// An answer holds for so long: whoever asks often has the store written to no oftener.
const HOLDS: Duration = Duration::from_secs(1);
/// A write that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Knows whether the process is ready.
#[derive(Clone)]
pub(super) struct Health {
    dynamodb: aws_sdk_dynamodb::Client,
    clock: Arc<dyn Clock>,
    draining: Arc<AtomicBool>,
    last: Arc<Mutex<Option<(Timestamp, bool)>>>,
}

impl Health {
    /// Makes what it writes to.
    pub(super) async fn new(
        dynamodb: aws_sdk_dynamodb::Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let known = dynamodb.list_tables().send().await?;
        if !known.table_names().iter().any(|name| name == TABLE) {
            let key =
                AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
            let hash = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build()?;
            let create = dynamodb.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
            create.attribute_definitions(key.build()?).key_schema(hash).send().await?;
        }
        Ok(Self { dynamodb, clock, draining: Arc::default(), last: Arc::default() })
    }

    /// From now on it is not ready.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the store takes writes.
    pub(super) async fn writable(&self) -> bool {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        match *last {
            Some((at, known)) if now.since(at) < HOLDS && now >= at => known,
            Some(_) | None => {
                let at = AttributeValue::N(now.micros().to_string());
                let put = self.dynamodb.put_item().table_name(TABLE);
                let put = put.item("pk", AttributeValue::S("health".to_owned())).item("at", at).send();
                let took = tokio::time::timeout(PATIENCE, put).await;
                let known = took.is_ok_and(|answer| answer.is_ok());
                *last = Some((now, known));
                known
            }
        }
    }

    /// The route.
    pub(super) fn router(&self) -> Router {
        Router::new().route("/readyz", get(ready)).with_state(self.clone())
    }
}

async fn ready(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if health.writable().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store takes no writes\n")
    }
}
