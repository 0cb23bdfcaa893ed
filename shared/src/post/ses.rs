//! Amazon SES by the one request of its API that we need (`SendEmail`, version 2). SES puts a `Message-ID` of its own in
//! place of any other, so the mail's id stands in a header beside it.

use async_trait::async_trait;
use serde::Serialize;

use super::{Mail, PostError, Postman};
use crate::aws::Access;
use crate::aws::service::Service;
use crate::aws::sign::SES;
use crate::model::notify::EmailAddress;

/// Where mails are handed over, below the service's address.
const PATH: &str = "v2/email/outbound-emails";
/// The header that names what SES refuses for.
const REASON: &str = "x-amzn-errortype";

/// Sends through SES.
#[derive(Clone, Debug)]
pub struct SesPostman {
    client: Client,
    from: EmailAddress,
}

/// Its operation is named like the SDK's.
#[derive(Clone, Debug)]
struct Client(Service);

impl Client {
    const fn send_email(&self) -> &Service {
        &self.0
    }
}

impl SesPostman {
    /// From an address that SES knows to be the operator's. `None` where the service's address can't be one.
    pub fn new(access: Access, from: EmailAddress) -> Option<Self> {
        Some(Self { client: Client(Service::new(access, SES, "email", PATH)?), from })
    }
}

#[async_trait]
impl Postman for SesPostman {
    async fn send(&self, mail: &Mail<'_>) -> Result<(), PostError> {
        let body = serde_json::to_vec(&Request::of(mail, &self.from)).map_err(|_| PostError::Unwritable)?;
        let answer = self.client.send_email().post("application/json", body, mail.at).await;
        let answer = answer.map_err(|error| PostError::NoAnswer(Box::new(error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        // Such as `MessageRejected`; what follows it may be an address.
        let reason = answer.headers().get(REASON).and_then(|reason| reason.to_str().ok()).unwrap_or_default();
        let reason: String = reason.chars().take_while(char::is_ascii_alphabetic).take(60).collect();
        let code = format!("{} {reason}", status.as_u16()).trim_end().to_owned();
        let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
        Err(PostError::Refused { code, passes })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    from_email_address: &'a str,
    destination: Destination<'a>,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Destination<'a> {
    to_addresses: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content<'a> {
    simple: Simple<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Simple<'a> {
    subject: Text<'a>,
    body: Body<'a>,
    headers: [Header<'a>; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    text: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Text<'a> {
    data: &'a str,
    charset: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Header<'a> {
    name: &'static str,
    value: &'a str,
}

impl<'a> Request<'a> {
    fn of(mail: &'a Mail<'_>, from: &'a EmailAddress) -> Self {
        let text = |data| Text { data, charset: "UTF-8" };
        Self {
            from_email_address: from.reveal(),
            destination: Destination { to_addresses: mail.to.iter().map(EmailAddress::reveal).collect() },
            content: Content {
                simple: Simple {
                    subject: text(mail.subject),
                    body: Body { text: text(mail.body) },
                    headers: [
                        Header { name: "X-Entity-Ref-ID", value: mail.id },
                        // No holiday notices come back.
                        Header { name: "Auto-Submitted", value: "auto-generated" },
                    ],
                },
            },
        }
    }
}
