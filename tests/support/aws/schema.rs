//! The table and the queues as `infra/template.yaml` makes them, made by the SDK for the embedded servers.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use ringbridge::storage::keys::{CALLS_INDEX, DUE_INDEX};

/// The table's name in tests and on a laptop.
pub const TABLE: &str = "ringbridge";
/// What the queues' names begin with there.
pub const QUEUE: &str = "ringbridge";

/// A server refused what it must not refuse.
pub type SetupError = Box<dyn std::error::Error + Send + Sync>;

/// Creates the table, unless it exists.
pub async fn create_table(client: &aws_sdk_dynamodb::Client) -> Result<(), SetupError> {
    create_table_named(client, TABLE).await
}

/// The same under another name.
pub(super) async fn create_table_named(
    client: &aws_sdk_dynamodb::Client,
    table: &str,
) -> Result<(), SetupError> {
    use ScalarAttributeType::{N, S};
    let mut create = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in
        [("pk", S), ("sk", S), ("due_shard", S), ("due_at", N), ("list_pk", S), ("list_sk", S)]
    {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(kind);
        create = create.attribute_definitions(attribute.build()?);
    }
    let [hash, range] = key_schema("pk", "sk")?;
    create = create.key_schema(hash).key_schema(range);
    for (index, hash, range) in [(DUE_INDEX, "due_shard", "due_at"), (CALLS_INDEX, "list_pk", "list_sk")] {
        let [hash, range] = key_schema(hash, range)?;
        let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let index = GlobalSecondaryIndex::builder().index_name(index).key_schema(hash).key_schema(range);
        create = create.global_secondary_indexes(index.projection(keys_only).build()?);
    }
    match create.send().await {
        Ok(_) => {}
        Err(SdkError::ServiceError(error))
            if matches!(error.err(), CreateTableError::ResourceInUseException(_)) =>
        {
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let ttl = TimeToLiveSpecification::builder().attribute_name("expires_at").enabled(true).build()?;
    client.update_time_to_live().table_name(table).time_to_live_specification(ttl).send().await?;
    Ok(())
}

/// Creates the retry queue and its dead-letter queue; answers their URLs.
pub async fn create_queue(
    client: &aws_sdk_sqs::Client,
    visibility: Duration,
) -> Result<(String, String), SetupError> {
    create_queue_named(client, QUEUE, visibility).await
}

/// The same under names that begin otherwise.
pub(super) async fn create_queue_named(
    client: &aws_sdk_sqs::Client,
    name: &str,
    visibility: Duration,
) -> Result<(String, String), SetupError> {
    let dead = client.create_queue().queue_name(format!("{name}-dead")).send().await?;
    let dead_url = dead.queue_url.ok_or("no URL of the dead-letter queue")?;
    let arn =
        client.get_queue_attributes().queue_url(&dead_url).attribute_names(QueueAttributeName::QueueArn);
    let arn = arn.send().await?.attributes.and_then(|mut all| all.remove(&QueueAttributeName::QueueArn));
    let arn = arn.ok_or("no ARN of the dead-letter queue")?;
    let redrive = serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 5 });
    let queue = client
        .create_queue()
        .queue_name(format!("{name}-retry"))
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .attributes(QueueAttributeName::VisibilityTimeout, visibility.as_secs().to_string())
        .send()
        .await?;
    Ok((queue.queue_url.ok_or("no URL of the queue")?, dead_url))
}

fn key_schema(hash: &str, range: &str) -> Result<[KeySchemaElement; 2], SetupError> {
    let element = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok([element(hash, KeyType::Hash)?, element(range, KeyType::Range)?])
}
