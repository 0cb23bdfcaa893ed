//! A RetailCRM for tests: users, customers, uploaded calls with their keys, live events and integration modules, with the
//! rules of the real one's API as its documents and its own clients tell them. It shares no code with the connector.

mod routes;
mod server;

pub(crate) use self::server::{instead, said};

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::task::AbortHandle;

/// The key that works.
pub const API_KEY: &str = "qwErTyUi0123456789asDfGhJk012345";

/// One fault, met once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetailFault {
    /// It acts, and its answer is lost.
    LostAnswer,
    /// It does not act, and breaks off.
    Reset,
    /// It does not act, and answers that status without a word.
    Status(u16),
    /// It does not act, and answers that status with that JSON.
    Says(u16, &'static str),
    /// A page instead of an answer.
    Html,
    /// A body without an end.
    Endless,
}

/// Somebody who works with it.
#[derive(Clone, Debug)]
pub struct User {
    /// Their number.
    pub id: u64,
    /// Their name.
    pub name: &'static str,
    /// Their extension.
    pub code: Option<&'static str>,
    /// Whether they may come in.
    pub active: bool,
}

/// The whole.
#[derive(Debug)]
pub struct State {
    /// Users.
    pub users: Vec<User>,
    /// Customers: the digits of their number, and who answers for them.
    pub customers: Vec<(String, u64)>,
    /// Calls, as they were uploaded first.
    pub calls: Vec<Value>,
    /// Live events.
    pub events: Vec<Value>,
    /// Integration modules.
    pub modules: Vec<Value>,
    /// Every request that was understood, such as `POST telephony/calls/upload`.
    pub asked: Vec<String>,
    /// Faults that are to come, each of a request or of any.
    pub faults: Vec<(Option<&'static str>, RetailFault)>,
    /// Whether the key has the methods of telephony.
    pub telephony: bool,
    /// Faults at random: how many of 1000 requests, and the state of what decides it.
    pub(crate) storm: (u64, u64),
    /// What was understood of each request, with what is nested taken apart; for whoever compares.
    pub understood: Vec<Value>,
    /// Where that is noted as well, a line each.
    pub(crate) notes: Option<std::fs::File>,
}

impl Default for State {
    fn default() -> Self {
        let user = |id, name, code| User { id, name, code, active: true };
        Self {
            users: vec![
                user(27, "Ann Example", Some("205")),
                user(28, "Ben Example", Some("206")),
                user(29, "Cleo Example", None),
            ],
            customers: Vec::new(),
            calls: Vec::new(),
            events: Vec::new(),
            modules: Vec::new(),
            asked: Vec::new(),
            faults: Vec::new(),
            telephony: true,
            storm: (0, 0),
            understood: Vec::new(),
            notes: None,
        }
    }
}

impl State {
    /// How often something was asked.
    pub fn count(&self, asked: &str) -> usize {
        self.asked.iter().filter(|one| *one == asked).count()
    }

    fn fault(&mut self, asked: &str) -> Option<RetailFault> {
        if let Some(place) = self.faults.iter().position(|(of, _)| of.is_none_or(|of| of == asked)) {
            return Some(self.faults.remove(place).1);
        }
        let (per_mille, seed) = &mut self.storm;
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let thrown = (*seed >> 33) % 1000;
        let kinds =
            [RetailFault::LostAnswer, RetailFault::Reset, RetailFault::Status(502), RetailFault::Status(503)];
        (thrown < *per_mille).then(|| kinds[usize::try_from(*seed >> 60).unwrap_or_default() % kinds.len()])
    }
}

/// A running one; it stops when it is dropped.
#[derive(Debug)]
pub struct RetailCrm {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: AbortHandle,
}

impl RetailCrm {
    /// Listens on 127.0.0.1; port 0 means any. To be called inside a Tokio runtime.
    pub fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let state = Arc::new(Mutex::new(State::default()));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&state))).abort_handle();
        Ok(Self { address, state, server })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is in it, to be read or changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next request of that kind, or any, meet a fault.
    pub fn fail(&self, asked: Option<&'static str>, fault: RetailFault) {
        self.state().faults.push((asked, fault));
    }

    /// From now on so many of 1000 requests fail, which of them by the seed.
    pub fn fail_at_random(&self, seed: u64, per_mille: u64) {
        self.state().storm = (per_mille, seed);
    }

    /// From now on what is understood is noted in a file of its own in that folder.
    pub fn note_into(&self, folder: &std::path::Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let name = format!("{}-{}.jsonl", std::process::id(), self.address.port());
        self.state().notes =
            Some(std::fs::File::options().create(true).append(true).open(folder.join(name))?);
        Ok(())
    }

    /// The calls that a person finds there.
    pub fn logged(&self) -> Vec<Value> {
        self.state().calls.clone()
    }
}

impl Drop for RetailCrm {
    fn drop(&mut self) {
        self.server.abort();
    }
}
