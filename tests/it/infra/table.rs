//! Table and queues of the template against those that the tests run on; what no emulator applies is asserted here.

use std::time::Duration;

use ringbridge::config::{KEPT_AT_LEAST, parse_span};
use serde_json::{Value, json};
use simulators::aws::{EmbeddedAws, TABLE, create_queue, create_table};

use super::template::{resource, template};

#[tokio::test]
async fn the_table_is_the_one_that_the_tests_run_on() {
    let aws = EmbeddedAws::start(None).await.unwrap();
    let client = aws.dynamodb();
    create_table(&client).await.unwrap();
    let made = client.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    let stated = &resource("Table")["Properties"];

    let attributes = made.attribute_definitions().iter();
    let attributes =
        attributes.map(|one| (one.attribute_name().to_owned(), one.attribute_type().to_string()));
    assert_eq!(
        sorted(pairs(&stated["AttributeDefinitions"], "AttributeName", "AttributeType")),
        sorted(attributes)
    );

    let schema = |keys: &[aws_sdk_dynamodb::types::KeySchemaElement]| {
        let keys = keys.iter().map(|one| (one.attribute_name().to_owned(), one.key_type().to_string()));
        keys.collect::<Vec<_>>()
    };
    assert_eq!(pairs(&stated["KeySchema"], "AttributeName", "KeyType"), schema(made.key_schema()));

    let stated_indexes = stated["GlobalSecondaryIndexes"].as_array().unwrap().iter().map(|index| {
        let keys = pairs(&index["KeySchema"], "AttributeName", "KeyType");
        (text(&index["IndexName"]), keys, text(&index["Projection"]["ProjectionType"]))
    });
    let made_indexes = made.global_secondary_indexes().iter().map(|index| {
        let projection = index.projection().unwrap().projection_type().unwrap();
        (index.index_name().unwrap().to_owned(), schema(index.key_schema()), projection.to_string())
    });
    assert_eq!(sorted(stated_indexes), sorted(made_indexes));

    let ttl = client.describe_time_to_live().table_name(TABLE).send().await.unwrap();
    let ttl = ttl.time_to_live_description.unwrap();
    let stated_ttl = &stated["TimeToLiveSpecification"];
    assert_eq!(stated_ttl, &json!({"AttributeName": ttl.attribute_name().unwrap(), "Enabled": true}));
    assert_eq!(stated["BillingMode"], "PAY_PER_REQUEST");
}

#[test]
fn the_table_is_encrypted_restorable_and_outlives_the_stack() {
    let table = resource("Table");
    let stated = &table["Properties"];
    for case in [1, 2] {
        assert_eq!(stated["SSESpecification"]["Fn::If"][case]["SSEEnabled"], true);
    }
    assert_eq!(stated["PointInTimeRecoverySpecification"], json!({"PointInTimeRecoveryEnabled": true}));
    assert_eq!(stated["DeletionProtectionEnabled"], json!(true));
    for kept in [table, resource("SealingKey")] {
        assert_eq!(
            (&kept["DeletionPolicy"], &kept["UpdateReplacePolicy"]),
            (&json!("Retain"), &json!("Retain"))
        );
    }
}

#[test]
fn the_bucket_is_made_if_wanted_and_is_private_encrypted_and_emptied_by_time() {
    let bucket = resource("Recordings");
    for keeps in ["DeletionPolicy", "UpdateReplacePolicy"] {
        assert_eq!(bucket[keeps], "Retain");
    }
    let stated = &bucket["Properties"];
    let closed = stated["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert_eq!((closed.len(), closed.values().all(|one| *one == true)), (4, true));
    let rule = &stated["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    let kinds = &rule["ServerSideEncryptionByDefault"]["Fn::If"];
    assert_eq!((&kinds[0], &kinds[2]), (&json!("HasKey"), &json!({"SSEAlgorithm": "AES256"})));
    assert_eq!(kinds[1], json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "KmsKeyArn"}}));
    let expiry = &stated["LifecycleConfiguration"]["Rules"][0];
    assert_eq!(
        (&expiry["Status"], &expiry["ExpirationInDays"]),
        (&json!("Enabled"), &json!({"Ref": "RecordingBucketDays"}))
    );
    assert!(stated["VersioningConfiguration"].is_null(), "what is erased is gone");
    let policy = &resource("RecordingsPolicy")["Properties"]["PolicyDocument"]["Statement"][0];
    assert_eq!((&policy["Effect"], &policy["Action"]), (&json!("Deny"), &json!("s3:*")));
    assert_eq!(policy["Condition"], json!({"Bool": {"aws:SecureTransport": "false"}}));
    for name in ["Recordings", "RecordingsPolicy"] {
        assert_eq!(resource(name)["Condition"], "HasBucket", "{name}");
    }
}

#[test]
fn no_recording_is_kept_longer_than_its_call() {
    let rule = &template()["Rules"]["RecordingsHaveTheirCalls"]["Assertions"][0]["Assert"]["Fn::Or"];
    let allowed = &template()["Parameters"]["RecordingBucketDays"]["AllowedValues"];
    let (mut stated, least) = (vec![0, 4], KEPT_AT_LEAST.as_secs() / 86_400);
    assert_eq!((&rule[0]["Fn::Contains"][0], least), (&json!(["0", "4"]), 4));
    for case in rule.as_array().unwrap().iter().skip(1) {
        let days: u64 = case["Fn::And"][0]["Fn::Equals"][1].as_str().unwrap().parse().unwrap();
        let kept = &case["Fn::And"][1];
        let spans = kept["Fn::Contains"][0].as_array().cloned();
        for span in spans.unwrap_or_else(|| vec![kept["Fn::Equals"][1].clone()]) {
            let span = parse_span(span.as_str().unwrap()).unwrap();
            assert!(span.as_secs() >= days * 86_400, "{days} days of a call kept for {span:?}");
        }
        stated.push(days);
    }
    assert_eq!(*allowed, json!(stated));
}

#[tokio::test]
async fn the_queue_gives_up_a_message_as_the_one_of_the_tests_does() {
    let aws = EmbeddedAws::start(None).await.unwrap();
    let client = aws.sqs();
    let (queue, _) = create_queue(&client, Duration::from_secs(30)).await.unwrap();
    let name = aws_sdk_sqs::types::QueueAttributeName::RedrivePolicy;
    let made =
        client.get_queue_attributes().queue_url(queue).attribute_names(name.clone()).send().await.unwrap();
    let made: Value = serde_json::from_str(&made.attributes.unwrap()[&name]).unwrap();
    let stated = &resource("RetryQueue")["Properties"];
    assert_eq!(stated["RedrivePolicy"]["maxReceiveCount"], made["maxReceiveCount"]);
    assert_eq!(stated["RedrivePolicy"]["deadLetterTargetArn"], json!({"Fn::GetAtt": "DeadLetters.Arn"}));
    for queue in ["RetryQueue", "DeadLetters"] {
        assert_eq!(resource(queue)["Properties"]["SqsManagedSseEnabled"], json!(true));
    }
}

#[test]
fn the_sealing_key_has_32_bytes_and_stands_nowhere_in_the_template() {
    let secret = &resource("SealingKey")["Properties"]["GenerateSecretString"];
    assert_eq!(secret["PasswordLength"], 42);
    let excluded = secret["ExcludeCharacters"].as_str().unwrap();
    let alphabet: String = ('!'..='~').filter(|c| !excluded.contains(*c)).collect();
    assert_eq!(alphabet, "+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    let variables = &template()["Globals"]["Function"]["Environment"]["Variables"];
    let reference = variables["RINGBRIDGE_SEALING_KEY"]["Fn::Sub"].as_str().unwrap();
    let rest = reference
        .strip_prefix("{{resolve:secretsmanager:${SealingKey}:SecretString:key::${SealingKeyVersion}}}");
    for generated in ["+".repeat(42), "z".repeat(42), "Az/9".repeat(11)[..42].to_owned()] {
        let key = format!("{generated}{}", rest.unwrap());
        assert!(ringbridge::seal::Sealer::parse(&key).is_some(), "{key}");
    }
}

fn pairs(list: &Value, first: &str, second: &str) -> Vec<(String, String)> {
    list.as_array().unwrap().iter().map(|one| (text(&one[first]), text(&one[second]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort();
    items
}
