//! A Kommo account for tests: OAuth with both tokens changing, an address that may move, contacts, companies, notes with
//! keys, incoming leads that log their call, notifications, the limit of requests, and errors as problem documents.
//! Written from the vendor's documentation and its PHP SDK; it shares no code with the connector.

mod fault;
mod notes;
mod routes;
mod server;
mod state;
mod tokens;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringbridge::clock::Clock;
use serde_json::Value;
use tokio::task::AbortHandle;

pub use self::fault::KommoFault;
pub use self::state::State;

/// The account's address at first.
pub const ACCOUNT: &str = "example.kommo.com";
/// Where its address can be asked for.
pub const API_DOMAIN: &str = "api-a.kommo.com";
/// The integration's id and key.
pub const CLIENT_ID: &str = "9a6ae1c5-2d4b-4d5f-8a52-1a0b5e1f7c11";
/// See [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "Zm9yLXRlc3RzLW9ubHktbm90LWEtc2VjcmV0LWF0LWFsbC0wMTIzNDU2Nzg5";
/// The address that is entered with the integration.
pub const REDIRECT: &str = "https://bridge.example/api/v1/crm/callback";
/// The code of a consent, good once.
pub const CODE: &str = "def50200-the-code";
/// A token that needs no consent.
pub const LONG_LIVED: &str = "eyJ0eXAiOiJKV1QifQ.eyJsb25nIjoibGl2ZWQifQ.c2lnbmF0dXJl";

/// A running one; it stops when it is dropped.
#[derive(Debug)]
pub struct Kommo {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kommo {
    /// Listens on 127.0.0.1; port 0 means any. To be called inside a Tokio runtime.
    pub fn start(port: u16, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shared = Arc::new(Shared { clock, state: Mutex::default() });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// What stands for every account.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is in it, to be read or changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Lets the next request of that kind, such as `POST contacts/notes`, or any, meet a fault.
    pub fn fail(&self, asked: Option<&'static str>, fault: KommoFault) {
        self.state().faults.push((asked, fault));
    }

    /// The calls that a person finds there, on whatever they are.
    pub fn logged(&self) -> Vec<Value> {
        let is_call =
            |note: &&Value| note["note_type"].as_str().is_some_and(|kind| kind.starts_with("call_"));
        self.state().notes.iter().filter(is_call).cloned().collect()
    }
}

impl Drop for Kommo {
    fn drop(&mut self) {
        self.server.abort();
    }
}
