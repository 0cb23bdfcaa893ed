//! The CRM in tests and in the local runner: an inbox for signed webhooks that verifies, keeps and shows them.
//! It speaks the wire protocol and shares no code with the sender, so it can disagree with it.

mod fault;
mod kept;
mod page;
mod record;
mod server;
mod signature;
mod state;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ringbridge::clock::Clock;
use tokio::sync::watch;
use tokio::task::AbortHandle;

pub use self::fault::CrmFault;
use self::kept::Kept;
pub use self::record::{Change, Record};
use self::signature::Verifier;
use self::state::KEPT;
pub use self::state::{Arrival, Counters, State, Verdict};
use crate::look::Link;
use crate::patience::Hangs;

/// The inbox; it stops when it is dropped.
#[derive(Debug)]
pub struct Inbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

/// How an inbox differs from the usual one.
#[derive(Clone)]
pub struct Options {
    /// How many requests and records it keeps; counters are complete anyway.
    pub keep: usize,
    /// With a clock, timestamps more than five minutes off are refused.
    pub clock: Option<Arc<dyn Clock>>,
    /// Where it keeps what it was told, so that a restart knows it.
    pub file: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { keep: KEPT, clock: None, file: None }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("keep", &self.keep).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Shared {
    verifier: Verifier,
    options: Options,
    state: Mutex<State>,
    kept: Option<Kept>,
    hook: String,
    links: OnceLock<Vec<Link>>,
    changed: watch::Sender<()>,
    released: watch::Sender<bool>,
    hangs: Hangs,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn links(&self) -> &[Link] {
        self.links.get().map(Vec::as_slice).unwrap_or_default()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changed.send_replace(());
        result
    }
}

impl Inbox {
    /// Listens on 127.0.0.1; port 0 means any. To be called inside a Tokio runtime.
    pub fn start(port: u16, secret: &str) -> io::Result<Self> {
        Self::start_with(port, secret, Options::default())
    }

    /// The same, with options.
    pub fn start_with(port: u16, secret: &str, options: Options) -> io::Result<Self> {
        let verifier = Verifier::new(secret)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the secret is not base64"))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut state = State::new(options.keep);
        let kept = options.file.as_deref().map(|path| Kept::open(path, &mut state)).transpose()?;
        let state = Mutex::new(state);
        let shared = Arc::new(Shared {
            verifier,
            options,
            state,
            kept,
            hook: format!("http://{address}/hook"),
            links: OnceLock::new(),
            changed: watch::Sender::new(()),
            released: watch::Sender::new(false),
            hangs: Hangs::default(),
        });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// Where messages are posted.
    pub fn url(&self) -> String {
        self.shared.hook.clone()
    }

    /// Where people look.
    pub fn page_url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Says which pages stand beside it; the first word counts.
    pub fn furnish(&self, links: Vec<Link>) {
        // A second word changes nothing.
        let _ = self.shared.links.set(links);
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// The records in the order in which each was first heard of.
    pub fn records(&self) -> Vec<Record> {
        self.shared.state().records.iter().cloned().collect()
    }

    /// The notices that came, each with its `webhook-id`, and forgets them.
    pub fn notices(&self) -> Vec<(String, serde_json::Value)> {
        std::mem::take(&mut self.shared.state().notices)
    }

    /// The records that ended or were missed and were not withdrawn: what a person finds in the CRM's log.
    pub fn standing(&self) -> Vec<Record> {
        self.shared.state().standing().cloned().collect()
    }

    /// The record with this id.
    pub fn record(&self, record_id: &str) -> Option<Record> {
        self.shared.state().record(record_id).cloned()
    }

    /// The last requests to the hook, the oldest first.
    pub fn requests(&self) -> Vec<Arrival> {
        self.shared.state().requests.iter().cloned().collect()
    }

    /// What was counted since the start.
    pub fn counters(&self) -> Counters {
        self.shared.state().counters
    }

    /// The most requests that ever waited for their answers side by side.
    pub fn most_at_once(&self) -> usize {
        self.shared.state().most_at_once
    }

    /// Lets the next `count` requests with a right signature fail, after those already asked for.
    pub fn fail_next(&self, count: usize, fault: &CrmFault) {
        self.shared.change(|state| state.faults.push(count, fault));
    }

    /// Lets `permille` of the requests fail in ways that pass by themselves; equal seeds fail alike.
    pub fn fail_at_random(&self, seed: u64, permille: u16) {
        self.shared.change(|state| state.faults.roll(seed, permille));
    }

    /// A switch for a fault that lasts.
    pub fn switch(&self) -> CrmSwitch {
        CrmSwitch(Arc::clone(&self.shared))
    }

    /// The requests that hang or are held.
    pub fn hangs(&self) -> &Hangs {
        &self.shared.hangs
    }

    /// Answers the requests that are held, and all that will be.
    pub fn release(&self) {
        self.shared.released.send_replace(true);
    }

    /// Ends all faults that were asked for.
    pub fn heal(&self) {
        self.shared.change(|state| state.faults.clear());
    }

    /// Waits until `condition` holds; false when it doesn't within `deadline`.
    pub async fn wait_until(&self, condition: impl Fn(&State) -> bool, deadline: Duration) -> bool {
        let mut changes = self.shared.changed.subscribe();
        let holds = async {
            while !condition(&self.shared.state()) {
                if changes.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(deadline, holds).await.unwrap_or(false)
    }
}

/// Lets every request meet a fault until it is taken back.
#[derive(Clone, Debug)]
pub struct CrmSwitch(Arc<Shared>);

impl CrmSwitch {
    /// Sets the fault, or takes it back.
    pub fn set(&self, fault: Option<CrmFault>) {
        self.0.change(|state| state.faults.stand(fault));
    }

    /// The fault that lasts.
    pub fn get(&self) -> Option<CrmFault> {
        self.0.state().faults.standing().cloned()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}
