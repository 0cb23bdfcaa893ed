//! Alerts to the operator by SNS: the product's own publisher, before a topic that takes
//! them or refuses. An alert tells what happened and for which connection, and nothing of whose call it was.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use http::StatusCode;
use ringbridge::alert::SnsOperator;
use ringbridge::aws::{Access, Keys};
use ringbridge::http_client::AwsRoots;
use ringbridge::model::delivery::DeliveryState;
use ringbridge::model::secret::Secret;
use simulators::crm::CrmFault;
use simulators::world::{SECRET, World};
use tracing_subscriber::fmt;

use super::deliveries;
use crate::calls::{fixture, post as post_events};

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:ringbridge-operator";

const PUBLISHED: &str = r#"<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
    <MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult><ResponseMetadata>
    <RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata></PublishResponse>"#;

const REFUSED: &str = r#"<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>
    <Code>AuthorizationError</Code><Message>not authorized to perform: SNS:Publish</Message></Error>
    <RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ErrorResponse>"#;

type Requests = Arc<Mutex<Vec<BTreeMap<String, String>>>>;

/// An SNS that gives every request this answer; where it is, and the forms that came.
async fn sns(status: StatusCode, answer: &'static str) -> (String, Requests) {
    let requests = Requests::default();
    let kept = Arc::clone(&requests);
    let keep = move |body: String| async move {
        let form = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        kept.lock().unwrap().push(form);
        (status, [("content-type", "text/xml")], answer)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/", post(keep));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (endpoint, requests)
}

/// Keeps what is logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What was logged so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A world whose CRM took a record at no attempt, until it was given up and the operator told by way of that SNS.
/// Answers what was logged meanwhile.
async fn given_up(endpoint: &str) -> (World, String) {
    let mut world = World::start().await;
    let access = Access {
        region: "eu-west-1".to_owned(),
        keys: Keys {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
            session: None,
        },
        endpoint: Some(endpoint.parse().unwrap()),
        roots: AwsRoots::default(),
    };
    world.deps.operator = Arc::new(SnsOperator::new(access, TOPIC, world.deps.clock.clone()).unwrap());
    world.inbox.fail_next(100, &CrmFault::Status(500, None));
    post_events(&world, &fixture!("called_out")[2..]).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    // Everything runs on this thread, and so writes into this log.
    let logging = tracing::subscriber::set_default(subscriber);
    for _ in 0..8 {
        let report = world.retry_after(Duration::from_hours(14)).await;
        assert_eq!(report.failed, 0, "whatever SNS says");
    }
    drop(logging);
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(delivery.state, DeliveryState::GaveUp);
    let notices = world.deps.store.notices(world.connection).await.unwrap();
    assert_eq!(notices.iter().map(|one| one.cause.key()).collect::<Vec<_>>(), ["gave-up"]);
    (world, log.text())
}

/// Neither whose call it was nor how to get in.
fn assert_discreet(world: &World, text: &str) {
    let url = world.inbox.url();
    let key = world.event_path(731_205);
    for hidden in ["2079460777", "7946 0777", "4821*205", "app-secret", &SECRET[6..], &url, &key] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}

#[tokio::test]
async fn alert_is_published_once_with_its_kind_and_its_connection() {
    let (endpoint, requests) = sns(StatusCode::OK, PUBLISHED).await;
    let (world, log) = given_up(&endpoint).await;
    let [form] = requests.lock().unwrap().clone().try_into().unwrap();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    assert_eq!((field("Action"), field("TopicArn")), ("Publish", TOPIC));
    assert_eq!(field("Subject"), "Ringbridge alert");
    let attribute = |end: &str| field(&format!("MessageAttributes.entry.1.{end}")).to_owned();
    assert_eq!((attribute("Name"), attribute("Value.StringValue")), ("kind".into(), "gave_up".into()));
    let (text, rest) = field("Message").split_once("\n\n").unwrap();
    assert!(text.ends_with('.') && text.len() > 20, "a sentence: {text}");
    assert_eq!(rest, format!("Connection: {}\nKind: gave_up", world.connection));
    assert_discreet(&world, &format!("{form:?}"));
    assert!(log.contains("operator alert") && !log.contains("alert not published"), "{log}");
    assert_discreet(&world, &log);
}

#[tokio::test]
async fn refusal_of_sns_is_logged_and_fails_nothing() {
    let (endpoint, requests) = sns(StatusCode::FORBIDDEN, REFUSED).await;
    let (world, log) = given_up(&endpoint).await;
    assert_eq!(requests.lock().unwrap().len(), 1, "a refusal is not asked for again");
    assert!(log.contains("operator alert"), "the log has the alert itself: {log}");
    assert!(log.contains("alert not published") && log.contains("AuthorizationError"), "{log}");
    assert_discreet(&world, &log);
}

#[tokio::test]
async fn sns_that_is_not_there_is_logged_and_fails_nothing() {
    let closed = simulators::net::ClosedPort::new().unwrap();
    let (world, log) = given_up(&format!("http://{}", closed.address())).await;
    assert!(log.contains("operator alert") && log.contains("alert not published"), "{log}");
    assert_discreet(&world, &log);
}
