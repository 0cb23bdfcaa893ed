//! What each answer of DynamoDB and SQS is taken for (house rule 5), against real answers on the wire.

use std::time::Duration;

use ringbridge::clock::Timestamp;
use ringbridge::error::{Classified, Retryability};
use ringbridge::model::ids::ConnectionId;
use ringbridge::queue::{QueueError, Reminder, Task};
use ringbridge::seal::Unsealable;
use ringbridge::storage::StoreError;
use simulators::proxy::ProxyFault;
use simulators::world::World;

use crate::patience::without_waiting;

const fn store_kind(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "unavailable",
        StoreError::Refused { .. } => "refused",
        StoreError::TooLarge => "too large",
        StoreError::Undecodable { .. } => "undecodable",
        StoreError::NewerVersion { .. } => "newer version",
        StoreError::Unsealable(_) => "unsealable",
        StoreError::Bucket(_) => "bucket",
        StoreError::Contended => "contended",
    }
}

const fn queue_kind(error: &QueueError) -> &'static str {
    match error {
        QueueError::Unavailable(_) => "unavailable",
        QueueError::Refused { .. } => "refused",
    }
}

/// What the wire may say, and what it is taken for by both services.
const ANSWERS: &[(ProxyFault, &str)] = &[
    (ProxyFault::Throttle, "unavailable"),
    (ProxyFault::ThrottleAccount, "unavailable"),
    (ProxyFault::ServerError, "unavailable"),
    (ProxyFault::Drop, "unavailable"),
    (ProxyFault::LoseAnswer, "unavailable"),
    (ProxyFault::Hang, "unavailable"),
    (ProxyFault::HangAfter, "unavailable"),
    (ProxyFault::Garbage, "unavailable"),
    (ProxyFault::Refuse("AccessDeniedException"), "refused"),
    (ProxyFault::Refuse("UnrecognizedClientException"), "refused"),
    (ProxyFault::Refuse("SomethingNew"), "refused"),
];

fn check(kind: &str, retryability: Retryability, what: &str) {
    let transient = matches!(retryability, Retryability::Transient { retry_after: None });
    let passes = match kind {
        "unavailable" | "contended" => true,
        "refused" | "too large" | "undecodable" | "newer version" | "unsealable" => false,
        other => panic!("{other} is not a kind"),
    };
    assert_eq!(transient, passes, "{what}");
}

#[tokio::test]
async fn each_answer_of_the_store_has_its_class() {
    let (world, proxies) = World::behind_proxies().await;
    let dynamodb = [
        (ProxyFault::Refuse("RequestLimitExceeded"), "unavailable"),
        (ProxyFault::Refuse("LimitExceededException"), "unavailable"),
        (ProxyFault::Refuse("ResourceNotFoundException"), "refused"),
        (ProxyFault::Refuse("ValidationException"), "refused"),
    ];
    for (fault, kind) in ANSWERS.iter().chain(&dynamodb) {
        proxies.dynamodb.fail(None, 1, *fault);
        let call = world.deps.store.call(world.connection, [0; 16]);
        let error = Box::pin(without_waiting(proxies.dynamodb.hangs(), call)).await.unwrap_err();
        assert_eq!(store_kind(&error), *kind, "{fault:?}: {error:?}");
        check(kind, error.retryability(), &format!("{fault:?}"));
    }
}

#[tokio::test]
async fn each_answer_of_the_queue_has_its_class() {
    let (world, proxies) = World::behind_proxies().await;
    let sqs = [
        (ProxyFault::Refuse("AWS.SimpleQueueService.NonExistentQueue"), "refused"),
        (ProxyFault::Refuse("QueueDoesNotExist"), "refused"),
        (ProxyFault::Refuse("OverLimit"), "unavailable"),
        (ProxyFault::Refuse("KmsThrottled"), "unavailable"),
    ];
    let task = Task::Provision { connection: ConnectionId::from_bytes([0; 16]) };
    let reminder = Reminder { task, not_before: Timestamp::from_secs(0) };
    for (fault, kind) in ANSWERS.iter().chain(&sqs) {
        proxies.sqs.fail(None, 1, *fault);
        let result = match fault {
            // A message sent is not always answered with a body that is read.
            ProxyFault::Garbage => world.deps.queue.receive(Duration::ZERO).await.map(drop),
            ProxyFault::Throttle
            | ProxyFault::ThrottleAccount
            | ProxyFault::ServerError
            | ProxyFault::TooMany
            | ProxyFault::Refuse(_)
            | ProxyFault::Drop
            | ProxyFault::LoseAnswer
            | ProxyFault::Hang
            | ProxyFault::Hold
            | ProxyFault::Undone
            | ProxyFault::Empty
            | ProxyFault::HangAfter => {
                let send = world.deps.queue.send(&reminder, Timestamp::from_secs(0));
                without_waiting(proxies.sqs.hangs(), send).await
            }
        };
        let error = result.unwrap_err();
        assert_eq!(queue_kind(&error), *kind, "{fault:?}: {error:?}");
        check(kind, error.retryability(), &format!("{fault:?}"));
    }
}

#[test]
fn kinds_that_no_answer_brings_are_classified_too() {
    let (pk, sk) = ("K#1".to_owned(), "M".to_owned());
    for error in [
        StoreError::TooLarge,
        StoreError::Undecodable { pk: pk.clone(), sk: sk.clone(), attribute: "delivery" },
        StoreError::NewerVersion { pk, sk, version: 99 },
        StoreError::Unsealable(Unsealable),
        StoreError::Contended,
    ] {
        check(store_kind(&error), error.retryability(), store_kind(&error));
    }
}
