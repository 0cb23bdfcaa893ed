//! A Bitrix24 portal for tests and the demo: OAuth with rotating refresh tokens, the REST methods that calls need, the
//! leaky bucket, and the faults that the real one is known for. Written from its documentation; it shares no code with
//! the connector.

mod fault;
mod journal;
mod methods;
mod page;
mod server;
mod state;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ringbridge::clock::Clock;
use serde_json::Value;
use tokio::task::AbortHandle;

pub use self::fault::PortalFault;
use self::journal::Journal;
pub use self::state::{Asked, Call, State};

/// The application's code and key.
pub const CLIENT_ID: &str = "local.5c8bb1b0891cf2.87252039";
/// See [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "SakeVG5mbRdcQet45UUrt6q72AMTo7fkwXSO7Y5LYFYNCRsA6f";
/// The code of a consent, which the browser of whoever gave it brings back.
pub const CODE: &str = "the-code";
/// The portal's own name.
pub const MEMBER: &str = "a223c6b3710f85df22e9377d6c4f7553";

/// A portal; it stops when it is dropped.
#[derive(Debug)]
pub struct Portal {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Shared {
    clock: Arc<dyn Clock>,
    address: SocketAddr,
    state: Mutex<State>,
    journal: OnceLock<Journal>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Portal {
    /// Listens on 127.0.0.1; port 0 means any. To be called inside a Tokio runtime.
    pub fn start(port: u16, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shared = Arc::new(Shared { clock, address, state: Mutex::default(), journal: OnceLock::new() });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The portal's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its tokens come from.
    pub fn oauth_url(&self) -> String {
        format!("http://{}/oauth/token/", self.address)
    }

    /// What is in it, to be read or changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Lets the next request for a method, or for any, meet a fault.
    pub fn fail(&self, method: Option<&'static str>, fault: PortalFault) {
        self.state().faults.push((method, fault));
    }

    /// Writes every request into a file of its own in that folder, with all that its answer depends on.
    pub fn note_into(&self, folder: &Path) -> io::Result<()> {
        let journal = Journal::in_folder(folder)?;
        self.shared.journal.set(journal).map_err(|_| io::ErrorKind::AlreadyExists.into())
    }

    /// Becomes the portal that a noted request met; its clock is whose it is.
    pub fn become_as_noted(&self, note: &Value) -> io::Result<()> {
        *self.state() = journal::state_of(note)?;
        Ok(())
    }

    /// The calls that are in the statistics, in words, as `GET /calls` says them.
    pub fn calls(&self) -> Vec<Value> {
        page::calls(&self.state())
    }

    /// The calls that are in the statistics.
    pub fn logged(&self) -> Vec<Call> {
        self.state().calls.values().filter(|call| call.row.is_some()).cloned().collect()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.server.abort();
    }
}
