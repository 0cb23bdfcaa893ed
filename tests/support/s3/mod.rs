//! A bucket of S3 on loopback: checks each signature, keeps objects, serves parts of them, and can fail.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use ringbridge::aws::Access;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::{net, range, signature};

/// The only bucket there is.
pub const BUCKET: &str = "kept";

/// The fake. It stops when this is dropped.
#[derive(Debug)]
pub struct FakeS3 {
    endpoint: Url,
    shared: Arc<Mutex<State>>,
    gate: Arc<Gate>,
    task: JoinHandle<()>,
}

/// Holds objects back that arrive.
#[derive(Debug)]
pub struct Gate {
    held: watch::Sender<bool>,
    arrived: watch::Sender<bool>,
}

impl Gate {
    fn open() -> Self {
        Self { held: watch::Sender::new(false), arrived: watch::Sender::new(false) }
    }

    /// Waits until one has arrived.
    pub async fn arrived(&self) {
        // The sender lives as long as the gate.
        let _ = self.arrived.subscribe().wait_for(|arrived| *arrived).await;
    }

    /// Lets them through.
    pub fn release(&self) {
        self.held.send_replace(false);
    }

    async fn pass(&self) {
        self.arrived.send_replace(true);
        let _ = self.held.subscribe().wait_for(|held| !*held).await;
    }
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, (String, Bytes)>,
    requests: Vec<String>,
    refused: Vec<String>,
    failing: bool,
}

impl FakeS3 {
    /// Starts it.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let endpoint = Url::parse(&endpoint).map_err(std::io::Error::other)?;
        let shared = Arc::new(Mutex::new(State::default()));
        let (state, gate) = (Arc::clone(&shared), Arc::new(Gate::open()));
        let passed = Arc::clone(&gate);
        let service = service_fn(move |request| answer(Arc::clone(&state), Arc::clone(&passed), request));
        Ok(Self { endpoint, shared, gate, task: tokio::spawn(net::serve(listener, service)) })
    }

    /// What opens it.
    pub fn access(&self) -> Access {
        signature::access(&self.endpoint)
    }

    /// The objects, as `connection/record.mp3`, and what is in them.
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        let state = lock(&self.shared);
        let prefix = format!("/{BUCKET}/");
        let named =
            state.objects.iter().filter_map(|(path, (_, body))| Some((path.strip_prefix(&prefix)?, body)));
        named.map(|(name, body)| (name.to_owned(), body.clone())).collect()
    }

    /// The methods of the requests so far, and forgets them.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared).requests)
    }

    /// Why requests were refused.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.shared).refused.clone()
    }

    /// Holds back what is put from now on.
    pub fn hold_puts(&self) -> Arc<Gate> {
        self.gate.held.send_replace(true);
        Arc::clone(&self.gate)
    }

    /// Lets every request fail, or none.
    pub fn set_failing(&self, failing: bool) {
        lock(&self.shared).failing = failing;
    }
}

impl Drop for FakeS3 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    shared: Arc<Mutex<State>>,
    gate: Arc<Gate>,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(StatusCode::BAD_REQUEST.into_response()) };
    let body = body.to_bytes();
    if parts.method == Method::PUT {
        gate.pass().await;
    }
    let mut state = lock(&shared);
    state.requests.push(parts.method.to_string());
    if state.failing {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    if let Some(why) = signature::fault(&parts, "s3", None) {
        state.refused.push(why);
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    let path = parts.uri.path().to_owned();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let has_length = parts.headers.contains_key(header::CONTENT_LENGTH);
    Ok(match parts.method {
        Method::PUT if !has_length => StatusCode::LENGTH_REQUIRED.into_response(),
        Method::PUT => {
            state.objects.insert(path, (kind.unwrap_or_default().to_owned(), body));
            StatusCode::OK.into_response()
        }
        Method::DELETE => {
            state.objects.remove(&path);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::GET | Method::HEAD => match state.objects.get(&path) {
            Some((kind, body)) => range::answer(&parts.headers, kind, body),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    })
}
