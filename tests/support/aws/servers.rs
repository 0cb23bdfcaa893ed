//! What a world stands on: the servers, a table and a queue of its own, and the clients that reach them. The
//! servers are embedded ones, or those that the environment names: a second opinion on what passes.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_types::SdkConfig;
use ringbridge::model::ids::{Random as _, SystemRandomness};

use super::schema::{QUEUE, SetupError, TABLE, create_queue_named, create_table_named};
use super::{EmbeddedAws, local_config};
use crate::proxy::{Proxies, Proxy};

/// Names the DynamoDB endpoint to test against, such as `http://127.0.0.1:4566`.
const DYNAMODB_VARIABLE: &str = "RINGBRIDGE_TEST_DYNAMODB";
/// The same for SQS.
const SQS_VARIABLE: &str = "RINGBRIDGE_TEST_SQS";
/// How long received messages stay hidden from a test that does not care: longer than it lasts, since SQS lives by
/// the machine's clock.
pub const HIDDEN: Duration = Duration::from_mins(10);

/// Servers with a table and queues.
#[derive(Debug)]
pub struct Servers {
    /// The servers themselves.
    pub aws: EmbeddedAws,
    /// The product's DynamoDB client.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The product's SQS client.
    pub sqs: aws_sdk_sqs::Client,
    /// The table.
    pub table: String,
    /// The URL of the retry queue.
    pub queue: String,
    /// The URL of its dead-letter queue.
    pub dead_letters: String,
}

impl Servers {
    /// Embedded ones.
    pub async fn embedded(visibility: Duration) -> Result<Self, SetupError> {
        Self::on(EmbeddedAws::start(None).await?, TABLE, QUEUE, visibility).await
    }

    /// Those that the environment names, with a table and queues that no other test uses; else embedded ones.
    pub async fn foreign_or_embedded(visibility: Duration) -> Result<Self, SetupError> {
        let (Some(dynamodb), Some(sqs)) = (variable(DYNAMODB_VARIABLE), variable(SQS_VARIABLE)) else {
            return Self::embedded(visibility).await;
        };
        let mut unique = [0; 6];
        SystemRandomness::default().fill(&mut unique);
        let unique = hex::encode(unique);
        let (table, queue) = (format!("{TABLE}-{unique}"), format!("{QUEUE}-{unique}"));
        Self::on(EmbeddedAws::elsewhere(&dynamodb, &sqs), &table, &queue, visibility).await
    }

    /// Embedded ones behind proxies. The clients repeat nothing, so that every fault reaches the product as if all
    /// repeats had met it too, and every request is counted once.
    pub async fn behind_proxies() -> Result<(Self, Proxies), SetupError> {
        let mut servers = Self::embedded(HIDDEN).await?;
        let dynamodb = Proxy::start(&servers.aws.dynamodb).await?;
        let sqs = Proxy::start(&servers.aws.sqs).await?;
        servers.dynamodb = aws_sdk_dynamodb::Client::new(&unrepeated(&dynamodb.origin()));
        servers.sqs = aws_sdk_sqs::Client::new(&unrepeated(&sqs.origin()));
        Ok((servers, Proxies { dynamodb, sqs }))
    }

    async fn on(
        aws: EmbeddedAws,
        table: &str,
        queue: &str,
        visibility: Duration,
    ) -> Result<Self, SetupError> {
        let (dynamodb, sqs) = (aws.dynamodb(), aws.sqs());
        create_table_named(&dynamodb, table).await?;
        let (queue, dead_letters) = create_queue_named(&sqs, queue, visibility).await?;
        Ok(Self { aws, dynamodb, sqs, table: table.to_owned(), queue, dead_letters })
    }
}

/// The clients' configuration without repeats: each request is counted once, and each fault reaches the product.
pub fn unrepeated(endpoint: &str) -> SdkConfig {
    let config = local_config(endpoint).into_builder();
    config.retry_config(RetryConfig::disabled()).build()
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "which servers a test run uses is told from outside")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
