//! Our signatures before a verifier that others wrote.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use ringbridge::clock::{Clock as _, SystemClock};
use ringbridge::crm::Message;
use serde_json::json;
use simulators::crm::Arrival;

use super::{SECRET, answered_call, deliver, inbox, message};

/// Active only when `RINGBRIDGE_FOREIGN_VERIFIER` names a Python in which the package `standardwebhooks` is
/// installed (CI sets it); otherwise it returns at once, so that the tests need nothing but Rust.
#[tokio::test]
async fn a_foreign_verifier_accepts_our_signature() {
    #[expect(clippy::disallowed_methods, reason = "the switch of this one test, not configuration")]
    let Ok(python) = std::env::var("RINGBRIDGE_FOREIGN_VERIFIER") else { return };
    let (inbox, record) = (inbox(), answered_call());
    // The verifier looks at the real clock.
    deliver(&inbox, &Message { at: SystemClock.now(), ..message(&record) }).await.unwrap();
    let [arrival] = inbox.requests().try_into().unwrap();
    assert_eq!(verify(&python, &arrival, &arrival.text), Some(0));
    let tampered = arrival.text.replace("+442079460555", "+442079460556");
    assert_eq!(verify(&python, &arrival, &tampered), Some(1));
}

/// The exit code of the script: 0 accepted, 1 refused, others are mistakes.
fn verify(python: &str, arrival: &Arrival, body: &str) -> Option<i32> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/verify_webhook.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).spawn().unwrap();
    let headers: serde_json::Map<_, _> =
        arrival.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let request = json!({ "secret": SECRET, "headers": headers, "body": body });
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    child.wait().unwrap().code()
}
