//! How it ends, well and badly, and what is there afterwards.

use std::os::unix::fs::PermissionsExt as _;

use reqwest::StatusCode;
use simulators::crm::{CrmFault, Inbox};
use simulators::world::SECRET;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Server, directory, pbx, port};

#[tokio::test]
async fn sigterm_lets_answers_in_flight_end_and_takes_no_more() {
    let data = directory("single-drain");
    let at = port();
    let mut server = Server::start(&data, at, &["--pbx-host", "https://pbx.example"], &[]).await;
    let ready = format!("{}/readyz", server.metrics());
    assert_eq!(server.get(&ready).await, (StatusCode::OK, "ready\n".to_owned()));
    assert_eq!(server.get(&format!("{}/readyz", server.origin)).await.0, StatusCode::OK);
    assert_eq!(server.get(&format!("{}/healthz", server.origin)).await.0, StatusCode::OK);
    // Half a request: its answer is in flight. What was answered is read by the next request on another connection.
    let mut slow = TcpStream::connect(("127.0.0.1", at)).await.unwrap();
    slow.write_all(b"POST /ext-event/nobody HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\na=")
        .await
        .unwrap();
    assert_eq!(server.get(&format!("{}/healthz", server.origin)).await.0, StatusCode::OK);
    server.signal("-TERM").await;
    server.until("Draining.").await;
    server.get_until(&ready, |status, text| status == 503 && text == "draining\n").await;
    let refused = async { while TcpStream::connect(("127.0.0.1", at)).await.is_ok() {} };
    tokio::time::timeout(simulators::patience::PATIENCE, refused).await.unwrap();
    slow.write_all(b"b\r\n").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    server.until("Ended.").await;
    assert!(server.child.wait().await.unwrap().success());
}

#[tokio::test]
async fn what_was_due_is_delivered_once_after_kill_9_and_restart() {
    let data = directory("single-kill");
    let at = port();
    let (pbx, inbox) = (pbx().await, Inbox::start(0, SECRET).unwrap());
    inbox.fail_next(1_000, &CrmFault::Status(500, None));
    let host = pbx.origin();
    let mut server = Server::start(&data, at, &["--pbx-host", &host], &[]).await;
    let customer = server.connect(pbx, inbox).await;
    customer.play(&server, "A").await;
    customer.play(&server, "D").await;
    let tried = |state: &simulators::crm::State| state.counters.requests >= 2;
    assert!(customer.inbox.wait_until(tried, simulators::patience::PATIENCE).await);
    server.child.kill().await.unwrap();
    for file in std::fs::read_dir(&data).unwrap().map(Result::unwrap) {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
    customer.inbox.heal();
    let _again = Server::start(&data, at, &["--pbx-host", &host], &[]).await;
    customer.has(2).await;
}
