//! E-mail by SMTP, for whoever runs Ringbridge outside of AWS.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mail_send::mail_builder::MessageBuilder;
use mail_send::mail_builder::headers::raw::Raw;
use mail_send::smtp::message::IntoMessage;
use mail_send::{SmtpClient, SmtpClientBuilder};
use ringbridge::config::Config;
use ringbridge::model::notify::EmailAddress;
use ringbridge::model::secret::Secret;
use ringbridge::post::{Mail, PostError, Postman};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

/// How long handing over a mail may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What `RINGBRIDGE_SMTP_URL` must be.
const WANTED: &str = "RINGBRIDGE_SMTP_URL must be smtp://host:port or smtps://host:port, with user:password@ before the host \
                      if the server wants them";

/// The postman that the environment asks for.
pub fn postman(config: &Config) -> Result<Option<Arc<dyn Postman>>, Box<dyn Error + Send + Sync>> {
    let Some(url) = Config::smtp_from_env() else { return Ok(None) };
    let from = config.notify_from.clone();
    let from =
        from.ok_or("RINGBRIDGE_SMTP_URL needs a RINGBRIDGE_NOTIFY_FROM: the address that mails come from")?;
    Ok(Some(Arc::new(SmtpPostman { server: Server::parse(&url).ok_or(WANTED)?, from })))
}

struct SmtpPostman {
    server: Server,
    from: EmailAddress,
}

/// A mail server.
struct Server {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, Secret)>,
}

/// How the way to it is guarded.
#[derive(Clone, Copy)]
enum Security {
    /// From the first byte.
    Tls,
    /// After a greeting in the clear; a server that offers none is not spoken to.
    StartTls,
    /// Not at all: it is on this machine.
    None,
}

impl Server {
    fn parse(url: &Secret) -> Option<Self> {
        let url = Url::parse(url.reveal()).ok()?;
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        let local = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let (security, port) = match (url.scheme(), local) {
            ("smtps", _) => (Security::Tls, 465),
            ("smtp", true) => (Security::None, 25),
            ("smtp", false) => (Security::StartTls, 587),
            _ => return None,
        };
        let plain = |text| percent_encoding::percent_decode_str(text).decode_utf8().ok().map(String::from);
        let login = match url.username() {
            "" => None,
            user => Some((plain(user)?, Secret::new(plain(url.password().unwrap_or_default())?))),
        };
        Some(Self { host, port: url.port().unwrap_or(port), security, login })
    }

    fn builder(&self) -> Result<SmtpClientBuilder<String>, PostError> {
        let builder = SmtpClientBuilder::new(self.host.clone(), self.port);
        let builder = builder.map_err(|problem| PostError::NoAnswer(problem.into()))?;
        let builder = builder.timeout(PATIENCE).implicit_tls(matches!(self.security, Security::Tls));
        Ok(match &self.login {
            Some((user, password)) => builder.credentials((user.clone(), password.reveal().to_owned())),
            None => builder,
        })
    }
}

#[async_trait]
impl Postman for SmtpPostman {
    async fn send(&self, mail: &Mail<'_>) -> Result<(), PostError> {
        let sent = tokio::time::timeout(PATIENCE, self.hand_over(mail)).await;
        sent.unwrap_or_else(|_| Err(PostError::NoAnswer("it takes too long".into())))
    }
}

impl SmtpPostman {
    async fn hand_over(&self, mail: &Mail<'_>) -> Result<(), PostError> {
        let builder = self.server.builder()?;
        match self.server.security {
            Security::None => send(builder.connect_plain().await.map_err(refused)?, self.written(mail)).await,
            Security::Tls | Security::StartTls => {
                send(builder.connect().await.map_err(refused)?, self.written(mail)).await
            }
        }
    }

    fn written<'a>(&'a self, mail: &'a Mail<'_>) -> MessageBuilder<'a> {
        let to: Vec<_> = mail.to.iter().map(EmailAddress::reveal).collect();
        MessageBuilder::new()
            .message_id(format!("{}@{}", mail.id, self.from.domain()))
            .date(mail.at.secs())
            .from(self.from.reveal())
            .to(to)
            .subject(mail.subject)
            // No holiday notices come back.
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .text_body(mail.body)
    }
}

async fn send<T: AsyncRead + AsyncWrite + Unpin>(
    mut client: SmtpClient<T>,
    message: MessageBuilder<'_>,
) -> Result<(), PostError> {
    let message = message.into_message().map_err(|_| PostError::Unwritable)?;
    client.send(message).await.map_err(refused)?;
    // It is handed over, whatever becomes of the goodbye.
    let _ = client.quit().await;
    Ok(())
}

/// What a server answers may repeat an address, so its code alone is kept.
fn refused(error: mail_send::Error) -> PostError {
    use mail_send::Error::{AuthenticationFailed, UnexpectedReply};
    if let UnexpectedReply(reply) | AuthenticationFailed(reply) = &error {
        return PostError::Refused { code: reply.code.to_string(), passes: reply.code < 500 };
    }
    PostError::NoAnswer(Box::new(error))
}
