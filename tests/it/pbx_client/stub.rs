//! A server on the loopback interface that records each request and answers as told, even against HTTP.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ringbridge::clock::{Clock, Timestamp};
use ringbridge::model::connection::Origin;
use ringbridge::model::secret::Secret;
use ringbridge::pbx::{AccessToken, PbxClient, Session};

/// 2026-09-01 12:40:00 UTC, twenty minutes before the full hour.
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_788_266_400);

pub(super) const TOKEN: &str = "t0kenThatNobodyMaySee";

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// One request as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) head: String,
    pub(super) body: String,
}

impl Seen {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Status line, further headers, body.
    Http(u16, &'static [(&'static str, &'static str)], String),
    /// A body shorter than promised.
    Truncated,
    /// A body without end.
    Endless,
    /// The connection is closed without a word.
    Nothing,
}

impl Reply {
    pub(super) fn json(status: u16, body: &str) -> Self {
        Self::Http(status, &[("content-type", "application/json")], body.to_owned())
    }
}

/// The server.
pub(super) struct Stub {
    pub(super) origin: Origin,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Gives these answers one after the other, the last one again and again.
    pub(super) fn answering(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("bind: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("address: {error}"));
        let origin = Origin::parse(&format!("http://{address}")).unwrap_or_else(|| panic!("no origin"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        thread::spawn(move || {
            let mut replies = replies.into_iter();
            let mut reply = replies.next();
            for stream in listener.incoming().flatten() {
                serve(stream, reply.as_ref(), &record);
                reply = replies.next().or(reply);
            }
        });
        Self { origin, seen }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    pub(super) fn session(&self) -> Session {
        client().session(&self.origin, &token())
    }
}

pub(super) fn token() -> AccessToken {
    AccessToken { value: Secret::new(TOKEN), expires_at: NOW, refresh: None }
}

pub(super) fn client() -> PbxClient {
    // Only the first of the tests installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "as the product's own: no redirects")]
    let builder = reqwest::Client::builder();
    let http = builder.redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    PbxClient::new(http.unwrap_or_else(|error| panic!("client: {error}")), Arc::new(Still))
}

/// Reads a request, records it before it is answered, and answers.
fn serve(mut stream: TcpStream, reply: Option<&Reply>, record: &Mutex<Vec<Seen>>) {
    let Some(seen) = read(&mut stream) else { return };
    record.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    if let Some(reply) = reply {
        // The other side may leave early, as it does from an endless body.
        let _ = answer(&mut stream, reply);
    }
}

fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        bytes.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let mut seen = Seen { line, head, body: String::new() };
    let length = seen.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    Some(seen)
}

fn answer(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    match reply {
        Reply::Http(status, headers, body) => {
            write!(stream, "HTTP/1.1 {status} Told\r\nconnection: close\r\n")?;
            for (name, value) in *headers {
                write!(stream, "{name}: {value}\r\n")?;
            }
            // A 204 has no body, and says nothing of its length.
            if *status != 204 {
                write!(stream, "content-length: {}\r\n", body.len())?;
            }
            write!(stream, "\r\n{body}")
        }
        Reply::Truncated => {
            write!(
                stream,
                "HTTP/1.1 200 Told\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n[{{\"id\":1"
            )
        }
        Reply::Endless => {
            write!(stream, "HTTP/1.1 200 Told\r\nconnection: close\r\n\r\n")?;
            let chunk = [b' '; 8_192];
            loop {
                stream.write_all(&chunk)?;
            }
        }
        Reply::Nothing => Ok(()),
    }
}
