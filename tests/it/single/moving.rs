//! Moving to AWS: a folder's table is copied into a stack's, which goes on where the folder was.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use ringbridge::alert::LogOperator;
use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::config::Config;
use ringbridge::flow::retry;
use ringbridge::model::ids::SystemRandomness;
use ringbridge::wiring::{self, Outside};
use simulators::aws::{EmbeddedAws, HIDDEN, Servers, TABLE};
use simulators::clock::ManualClock;
use simulators::crm::{CrmFault, Inbox};
use simulators::patience::PATIENCE;
use simulators::world::SECRET;

use super::{Server, complaint, directory, pbx, port, ringbridge};

/// Every item, as one can compare it.
async fn items(client: &aws_sdk_dynamodb::Client) -> BTreeSet<String> {
    let mut pages = client.scan().table_name(TABLE).into_paginator().items().send();
    let mut all = BTreeSet::new();
    while let Some(item) = pages.try_next().await.unwrap() {
        let mut attributes: Vec<_> =
            item.into_iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        attributes.sort();
        all.insert(attributes.join(" "));
    }
    all
}

#[tokio::test]
async fn folder_is_moved_into_a_stacks_table_which_delivers_what_was_due() {
    let data = directory("single-move");
    let (pbx, inbox) = (pbx().await, Inbox::start(0, SECRET).unwrap());
    inbox.fail_next(1_000, &CrmFault::Status(500, None));
    let host = pbx.origin();
    let mut server = Server::start(&data, port(), &["--pbx-host", &host], &[]).await;
    let customer = server.connect(pbx, inbox).await;
    customer.play(&server, "A").await;
    let tried = |state: &simulators::crm::State| state.counters.requests >= 2;
    assert!(customer.inbox.wait_until(tried, PATIENCE).await);
    server.signal("-TERM").await;
    server.until("Ended.").await;

    let stack = Servers::embedded(HIDDEN).await.unwrap();
    let environment = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "stack"),
        ("AWS_SECRET_ACCESS_KEY", "stack"),
        ("AWS_ENDPOINT_URL_DYNAMODB", stack.aws.dynamodb.as_str()),
    ];
    let moving = ["move", "--table", TABLE, "--data", data.to_str().unwrap()];
    // A move that was broken off goes on.
    fs::write(data.join("moving"), TABLE).unwrap();
    let moved = ringbridge(&moving, &environment).await;
    assert!(moved.status.success(), "{moved:?}");
    let mut here = EmbeddedAws::start(Some(&data.join("dynamodb.sqlite"))).await.unwrap();
    let before = items(&here.dynamodb()).await;
    here.stop().await;
    assert!(before.len() > 5 && before == items(&stack.dynamodb).await);
    let said = complaint(&ringbridge(&moving, &environment).await);
    assert!(said.contains("was moved to the table"), "{said}");

    // The stack's own key, then the folder's.
    let key = fs::read_to_string(data.join("sealing.key")).unwrap();
    let keys = format!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,{}", key.trim());
    let settings = [
        ("RINGBRIDGE_TABLE", TABLE),
        ("RINGBRIDGE_QUEUE_URL", stack.queue.as_str()),
        ("RINGBRIDGE_SEALING_KEY", keys.as_str()),
        ("RINGBRIDGE_PUBLIC_URL", server.origin.as_str()),
        ("RINGBRIDGE_PBX_HOSTS", host.as_str()),
        ("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::from_pairs(settings).unwrap();
    // The move took a while.
    let later = ManualClock::at(SystemClock.now() + Duration::from_hours(1));
    let outside = Outside {
        clock: Arc::new(later),
        random: Arc::new(SystemRandomness::default()),
        dynamodb: stack.dynamodb.clone(),
        sqs: stack.sqs.clone().into(),
        s3: None,
        ses: None,
        postman: None,
        operator: Arc::new(LogOperator),
    };
    let deps = wiring::retry(&config, &outside).unwrap();
    customer.inbox.heal();
    let report = retry::run(&deps, PATIENCE).await;
    assert_eq!(customer.inbox.standing().len(), 1, "{report:?}");
}

#[tokio::test]
async fn table_that_holds_something_is_not_moved_into() {
    let data = directory("single-move-full");
    let mut server = Server::start(&data, port(), &["--pbx-host", "https://pbx.example"], &[]).await;
    server.signal("-TERM").await;
    server.until("Ended.").await;
    let stack = Servers::embedded(HIDDEN).await.unwrap();
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let put = stack.dynamodb.put_item().table_name(TABLE).item("pk", text("C#1")).item("sk", text("META"));
    put.send().await.unwrap();
    let environment = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "stack"),
        ("AWS_SECRET_ACCESS_KEY", "stack"),
        ("AWS_ENDPOINT_URL_DYNAMODB", stack.aws.dynamodb.as_str()),
    ];
    let moving = ["move", "--table", TABLE, "--data", data.to_str().unwrap()];
    let said = complaint(&ringbridge(&moving, &environment).await);
    assert!(said.contains("is not empty; nothing was changed"), "{said}");
}
