//! A HubSpot account for tests: tokens of both kinds, owners, contacts and calls, unique properties, batches that are
//! answered 207, the search and its own limit, associations that a new object must name, and errors in HubSpot's shape.
//! Written from its documentation; it shares no code with the connector.

mod fault;
mod routes;
mod search;
mod server;
mod state;

use std::fs::File;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ringbridge::clock::Clock;
use serde_json::{Value, json};
use tokio::task::AbortHandle;

pub use self::fault::HubFault;
pub use self::state::{Object, State};

/// A private application's token.
pub const TOKEN: &str = "pat-eu1-7c1bb0b4-2f0a-4d1c-9a53-1d2c8a3f55aa";
/// The application's id and secret.
pub const CLIENT_ID: &str = "5f1c7a52-09c5-4f6c-b1a1-5f8f0f9d7c11";
/// See [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "0c2e9b54-6f0c-4a2e-8a1d-4a6b2f0c9d21";
/// The account's number and the application's.
pub const ACCOUNT: u64 = 62_515;
/// See [`ACCOUNT`].
pub const APPLICATION: u64 = 1_160_452;
/// The code of a consent.
pub const CODE: &str = "the-code";

/// Which account of this process notes what it is asked.
static ACCOUNTS: AtomicU32 = AtomicU32::new(0);

/// A running one; it stops when it is dropped.
#[derive(Debug)]
pub struct HubSpot {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    notes: OnceLock<File>,
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

    /// Notes a request, a line each.
    fn note(&self, method: &str, path: &str, body: &Value) -> io::Result<()> {
        let Some(mut file) = self.notes.get() else { return Ok(()) };
        let line = json!({ "method": method, "path": path, "body": body });
        file.write_all(format!("{line}\n").as_bytes())
    }
}

impl HubSpot {
    /// Listens on 127.0.0.1; port 0 means any. To be called inside a Tokio runtime.
    pub fn start(port: u16, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shared = Arc::new(Shared { clock, state: Mutex::default(), notes: OnceLock::new() });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is in it, to be read or changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Lets the next request of that kind, such as `POST crm/v3/objects/calls`, or any, meet a fault.
    pub fn fail(&self, asked: Option<&'static str>, fault: HubFault) {
        self.state().faults.push((asked, fault));
    }

    /// Notes what it is asked in a file of that folder.
    pub fn note_into(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let number = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
        let file = File::create_new(folder.join(format!("{}-{number}.jsonl", std::process::id())))?;
        self.shared.notes.set(file).map_err(|_| io::ErrorKind::AlreadyExists.into())
    }

    /// The calls that a person finds there.
    pub fn logged(&self) -> Vec<Object> {
        self.state().calls.iter().filter(|call| !call.archived).cloned().collect()
    }
}

impl Drop for HubSpot {
    fn drop(&mut self) {
        self.server.abort();
    }
}
