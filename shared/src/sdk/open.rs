//! Opens a connection while a process starts, so that the first event does not wait for one: its name is looked up and
//! its certificate checked beside what else a start waits for.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::error::chain;
use crate::http_client::UnknownRoot;
use crate::telemetry::field;

/// Longer it is not worth waiting for; the first event opens its own.
const BOUND: Duration = Duration::from_secs(1);

/// Asks DynamoDB whether it is there, which costs nothing and needs no permission. Whatever comes of it, the first event
/// finds out for itself; only a root that is not known is told at once.
pub async fn open(dynamodb: Client) {
    // As the first event asks, so that it finds this code loaded.
    let key = HashMap::from([("pk".to_owned(), AttributeValue::S(String::new()))]);
    let keys = KeysAndAttributes::builder().keys(key).build().ok();
    let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
    let asked = dynamodb.batch_get_item();
    let asked = asked.set_request_items(keys.map(|keys| HashMap::from([("none".to_owned(), keys)])));
    let asked = asked.customize();
    let asked = asked.config_override(once).interceptor(Greeting);
    if let Ok(Err(error)) = tokio::time::timeout(BOUND, asked.send()).await
        && UnknownRoot::is_cause_of(&error)
    {
        tracing::error!({ field::ERROR } = chain(&error), "the table's endpoint is not trusted");
    }
}

/// Puts `GET /` in the place of a request: a table's endpoint answers it with "healthy".
#[derive(Debug)]
struct Greeting;

impl Intercept for Greeting {
    fn name(&self) -> &'static str {
        "greeting"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let address = context.request().uri().to_owned();
        *context.request_mut() = HttpRequest::get(address)?;
        Ok(())
    }
}
