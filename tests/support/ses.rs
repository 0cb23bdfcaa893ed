//! Amazon SES on loopback: checks each signature, keeps the mails that it takes, and can refuse.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use ringbridge::aws::Access;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::{net, signature};

/// The fake. It stops when this is dropped.
#[derive(Debug)]
pub struct FakeSes {
    endpoint: Url,
    shared: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<SentMail>,
    asked: usize,
    unsigned: Vec<String>,
    refusal: Option<(u16, &'static str)>,
}

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMail {
    /// From which address.
    pub from: String,
    /// To which.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// What a receiver knows a repeat by.
    pub id: String,
}

impl FakeSes {
    /// Starts it.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint =
            Url::parse(&format!("http://{}", listener.local_addr()?)).map_err(std::io::Error::other)?;
        let shared = Arc::new(Mutex::new(State::default()));
        let state = Arc::clone(&shared);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        Ok(Self { endpoint, shared, task: tokio::spawn(net::serve(listener, service)) })
    }

    /// What opens it.
    pub fn access(&self) -> Access {
        signature::access(&self.endpoint)
    }

    /// The mails that it took, and forgets them.
    pub fn mails(&self) -> Vec<SentMail> {
        std::mem::take(&mut lock(&self.shared).mails)
    }

    /// How often it was asked, and forgets it.
    pub fn asked(&self) -> usize {
        std::mem::take(&mut lock(&self.shared).asked)
    }

    /// Why requests were not taken for signed.
    pub fn unsigned(&self) -> Vec<String> {
        lock(&self.shared).unsigned.clone()
    }

    /// Refuses every mail from now on with this status and reason, or none. What it says repeats the address, as SES does.
    pub fn refuse(&self, refusal: Option<(u16, &'static str)>) {
        lock(&self.shared).refusal = refusal;
    }
}

impl Drop for FakeSes {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(shared: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(StatusCode::BAD_REQUEST.into_response()) };
    let body = body.to_bytes();
    let mut state = lock(&shared);
    state.asked += 1;
    if let Some(why) = signature::fault(&parts, "ses", Some(&body)) {
        state.unsigned.push(why);
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    if parts.method != Method::POST || parts.uri.path() != "/v2/email/outbound-emails" {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let Some(mail) = serde_json::from_slice(&body).ok().and_then(|body| mail(&body)) else {
        return Ok(refused(400, "BadRequestException", "what is sent is no mail"));
    };
    if let Some((status, reason)) = state.refusal {
        let said = format!("Email address is not verified: {}", mail.to.join(", "));
        return Ok(refused(status, reason, &said));
    }
    let id = format!("ses-{}", state.asked);
    state.mails.push(mail);
    Ok(Json(json!({ "MessageId": id })).into_response())
}

fn refused(status: u16, reason: &str, said: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = format!("{reason}:http://internal.amazon.com/coral/com.amazonaws.sesv2/");
    (status, [("x-amzn-errortype", kind)], Json(json!({ "message": said }))).into_response()
}

fn mail(body: &Value) -> Option<SentMail> {
    let text = |value: &Value| {
        let utf8 = value["Charset"] == "UTF-8";
        value["Data"].as_str().filter(|_| utf8).map(str::to_owned)
    };
    let simple = &body["Content"]["Simple"];
    let headers = simple["Headers"].as_array()?;
    let id = headers.iter().find(|header| header["Name"] == "X-Entity-Ref-ID")?;
    let to = body["Destination"]["ToAddresses"].as_array()?.iter();
    Some(SentMail {
        from: body["FromEmailAddress"].as_str()?.to_owned(),
        to: to.map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>()?,
        subject: text(&simple["Subject"])?,
        body: text(&simple["Body"]["Text"])?,
        id: id["Value"].as_str()?.to_owned(),
    })
}
