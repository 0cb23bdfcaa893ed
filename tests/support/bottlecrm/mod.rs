//! A BottleCRM for tests: users, contacts, leads and interactions with the rules of the real one's API: who may see
//! what, what a body must hold, how numbers are compared, its rate limit, and no key against repeats. Written from what
//! the real one answers; it shares no code with the connector.

mod fault;
mod routes;
mod server;
mod state;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringbridge::clock::Clock;
use serde_json::Value;
use tokio::task::AbortHandle;

pub use self::fault::BottleFault;
pub use self::state::{Card, Kind, Profile, State};

/// The administrator's token.
pub const TOKEN: &str = "bcrm_pat_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A running one; it stops when it is dropped.
#[derive(Debug)]
pub struct BottleCrm {
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

impl BottleCrm {
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

    /// Its address, without `/api`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is in it, to be read or changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Lets the next request of that kind, such as `POST interactions`, or any, meet a fault.
    pub fn fail(&self, asked: Option<&'static str>, fault: BottleFault) {
        self.state().faults.push((asked, fault));
    }

    /// The calls that a person finds there.
    pub fn logged(&self) -> Vec<Value> {
        self.state().interactions.iter().filter(|one| one["kind"] == "call").cloned().collect()
    }
}

impl Drop for BottleCrm {
    fn drop(&mut self) {
        self.server.abort();
    }
}
