//! Backup while it runs, and restore; a disk that is full.

use std::fs;

use reqwest::Method;
use serde_json::Value;
use simulators::crm::Inbox;
use simulators::lambda::binaries;
use simulators::world::SECRET;
use tokio::process::Command;

use super::{Server, complaint, directory, pbx, port, ringbridge};

#[tokio::test]
async fn backup_of_a_folder_in_use_is_restored_with_its_calls_and_credentials() {
    let (data, copy, restored) =
        (directory("single-data"), directory("single-backup"), directory("single-restored"));
    let (pbx, inbox) = (pbx().await, Inbox::start(0, SECRET).unwrap());
    let host = pbx.origin();
    let at = port();
    let mut server = Server::start(&data, at, &["--pbx-host", &host], &[]).await;
    let customer = server.connect(pbx, inbox).await;
    customer.play(&server, "A").await;
    customer.has(1).await;
    let [data, to, back] = [&data, &copy, &restored].map(|path| path.to_str().unwrap());
    let backed = ringbridge(&["backup", "--data", data, "--to", to], &[]).await;
    assert!(backed.status.success(), "{backed:?}");
    // What comes after is not in it.
    customer.play(&server, "A").await;
    customer.has(2).await;
    let said = complaint(&ringbridge(&["backup", "--data", data, "--to", to], &[]).await);
    assert!(said.contains("is not empty; nothing was changed"), "{said}");
    server.child.kill().await.unwrap();

    let restore = ringbridge(&["restore", "--from", to, "--data", back], &[]).await;
    assert!(restore.status.success(), "{restore:?}");
    let said = complaint(&ringbridge(&["restore", "--from", to, "--data", back], &[]).await);
    assert!(said.contains("is not empty; nothing was changed"), "{said}");
    let again = Server::start(&restored, at, &["--pbx-host", &host], &[]).await;
    let calls = again.call(Method::GET, "/calls", &customer.key, Value::Null).await;
    assert_eq!(calls["items"].as_array().unwrap().len(), 1, "{calls}");
    // The sealed credentials open: the connection goes on delivering.
    customer.play(&again, "A").await;
    let three = |state: &simulators::crm::State| state.standing().count() == 3;
    assert!(customer.inbox.wait_until(three, simulators::patience::PATIENCE).await);
}

#[tokio::test]
async fn backup_without_the_key_says_so_and_restore_asks_for_it() {
    let (data, copy, restored) =
        (directory("single-keyed"), directory("single-keyless"), directory("single-keyless-restored"));
    let server = Server::start(&data, port(), &["--pbx-host", "https://pbx.example"], &[]).await;
    let [data, to, back] = [&data, &copy, &restored].map(|path| path.to_str().unwrap());
    let backed = ringbridge(&["backup", "--without-key", "--data", data, "--to", to], &[]).await;
    assert!(backed.status.success(), "{backed:?}");
    assert!(!copy.join("sealing.key").exists());
    let restore = ringbridge(&["restore", "--from", to, "--data", back], &[]).await;
    assert!(String::from_utf8(restore.stdout).unwrap().contains("put its sealing.key there"));
    drop(server);
}

/// Files may not grow beyond a bound, as on a disk that is full: writes fail, and what was stored stays.
#[tokio::test]
async fn full_disk_is_said_by_readyz_and_nothing_that_was_answered_is_lost() {
    let data = directory("single-full");
    let program = binaries::path("ringbridge").await.unwrap();
    let (pbx, inbox) = (pbx().await, Inbox::start(0, SECRET).unwrap());
    let host = pbx.origin();
    let at = port();
    let mut bounded = Command::new("bash");
    bounded.args(["-c", "trap '' XFSZ; ulimit -f 1500; exec \"$0\" \"$@\""]).arg(program);
    let mut server = Server::start_by(bounded, &data, at, &["--pbx-host", &host], &[]).await;
    let customer = server.connect(pbx, inbox).await;
    let ready = format!("{}/readyz", server.origin);
    let mut played = 0;
    while server.get(&ready).await.0 == 200 {
        assert!(played < 200, "the bound is never met");
        customer.play(&server, "A").await;
        played += 1;
    }
    let (status, text) = server.get(&ready).await;
    assert_eq!((status.as_u16(), text.as_str()), (503, "the store takes no writes\n"));
    server
        .get_until(&format!("{}/metrics", server.metrics()), |_, text| {
            text.contains("ringbridge_alarm{alarm=\"StoreRefuses\"} 1")
        })
        .await;
    let before = customer.inbox.records().len();
    server.child.kill().await.unwrap();
    assert!(fs::metadata(data.join("dynamodb.sqlite-wal")).unwrap().len() <= 1500 << 10);

    let again = Server::start(&data, at, &["--pbx-host", &host], &[]).await;
    let whole = |state: &simulators::crm::State| state.standing().count() >= before.max(1);
    assert!(customer.inbox.wait_until(whole, simulators::patience::PATIENCE).await);
    customer.play(&again, "A").await;
    again.get_until(&ready, |status, _| status == 200).await;
}
