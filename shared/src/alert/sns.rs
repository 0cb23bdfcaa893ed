//! The operator's SNS topic: e-mail, chat or a pager, as they subscribed it. By the one request of SNS's API that we need
//! (`Publish`).

use std::sync::Arc;

use async_trait::async_trait;
use form_urlencoded::Serializer;
use reqwest::Response;

use super::{Alert, LogOperator, Operator};
use crate::aws::Access;
use crate::aws::service::Service;
use crate::aws::sign::SNS;
use crate::clock::Clock;
use crate::error::chain;
use crate::http_client::read_bounded;
use crate::telemetry::field;

const FORM: &str = "application/x-www-form-urlencoded";
/// The version of the API that has always been the only one.
const VERSION: &str = "2010-03-31";
/// How often an alert is tried: SNS may fail by chance.
const TRIES: usize = 2;
/// The largest refusal that is read.
const REFUSAL: usize = 16 * 1024;

/// Publishes to a topic, and writes a log line too.
#[derive(Clone)]
pub struct SnsOperator {
    client: Client,
    topic: String,
    clock: Arc<dyn Clock>,
}

/// Its operation is named like the SDK's.
#[derive(Clone)]
struct Client(Service);

impl Client {
    const fn publish(&self) -> &Service {
        &self.0
    }
}

impl SnsOperator {
    /// The topic of that ARN. `None` where the service's address can't be one.
    pub fn new(access: Access, topic: impl Into<String>, clock: Arc<dyn Clock>) -> Option<Self> {
        Some(Self { client: Client(Service::new(access, SNS, "sns", "")?), topic: topic.into(), clock })
    }

    fn form(&self, alert: &Alert) -> Vec<u8> {
        let kind = alert.kind.as_str();
        let message = format!("{}\n\nConnection: {}\nKind: {kind}", alert.text, alert.connection);
        let fields = [
            ("Action", "Publish"),
            ("Version", VERSION),
            ("TopicArn", &self.topic),
            ("Subject", "Ringbridge alert"),
            ("Message", &message),
            ("MessageAttributes.entry.1.Name", "kind"),
            ("MessageAttributes.entry.1.Value.DataType", "String"),
            ("MessageAttributes.entry.1.Value.StringValue", kind),
        ];
        Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
    }
}

#[async_trait]
impl Operator for SnsOperator {
    async fn tell(&self, alert: &Alert) {
        LogOperator.tell(alert).await;
        let form = self.form(alert);
        for attempt in 1..=TRIES {
            let answer = self.client.publish().post(FORM, form.clone(), self.clock.now()).await;
            let (why, passes) = match answer {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => {
                    let passes = answer.status().is_server_error();
                    (refusal(answer).await, passes)
                }
                Err(error) => (chain(&error), true),
            };
            if attempt == TRIES || !passes {
                tracing::error!({ field::ERROR } = why, "alert not published");
                return;
            }
        }
    }
}

/// The status, and SNS's code, such as `AuthorizationError`; what follows it may name anybody.
async fn refusal(answer: Response) -> String {
    let status = answer.status();
    let body = read_bounded(answer, REFUSAL).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code: String =
        code.map_or("", |(code, _)| code).chars().take_while(char::is_ascii_alphabetic).collect();
    format!("{status} {code}").trim_end().to_owned()
}
