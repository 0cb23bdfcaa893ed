//! A reverse proxy in front of DynamoDB, SQS or a CRM that fails as asked: faults are injected on the wire, so that what
//! meets them is the same client as in production.

mod fault;
mod server;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ringbridge::http_client;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::fault::Plan;
pub use self::fault::{Exchange, ProxyFault};
use crate::patience::{Hangs, PATIENT};
use crate::pbx::Rng;

/// A running proxy; it stops when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

/// The proxies before both servers of a world.
#[derive(Debug)]
pub struct Proxies {
    /// Before DynamoDB.
    pub dynamodb: Proxy,
    /// Before SQS.
    pub sqs: Proxy,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    client: reqwest::Client,
    plan: Mutex<Plan>,
    hangs: Hangs,
    released: watch::Sender<usize>,
}

impl Shared {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    /// Stands before `upstream`, `http://host:port`, on a free port of 127.0.0.1.
    pub async fn start(upstream: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client: http_client::for_pbx(PATIENT).map_err(io::Error::other)?,
            plan: Mutex::default(),
            hangs: Hangs::default(),
            released: watch::Sender::new(0),
        });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets the `nth` request from now on fail, counted from 1; of this operation only, if one is named.
    pub fn fail(&self, operation: Option<&'static str>, nth: usize, fault: ProxyFault) {
        self.shared.plan().add(operation, nth, false, fault);
    }

    /// Lets one request in so many fail among the next ones: lost answers, resets, failures and refusals for a while.
    pub fn fail_now_and_then(&self, one_in: u64, requests: u64, random: &mut Rng) {
        let mut at = 0;
        while at < requests {
            at += 1 + random.below(2 * one_in);
            let fault = match random.below(8) {
                0..=2 => ProxyFault::LoseAnswer,
                3 | 4 => ProxyFault::Drop,
                5 | 6 => ProxyFault::ServerError,
                _ => ProxyFault::TooMany,
            };
            self.fail(None, usize::try_from(at).unwrap_or(usize::MAX), fault);
        }
    }

    /// Lets all requests fail until [`Self::heal`]; of this operation only, if one is named.
    pub fn fail_all(&self, operation: Option<&'static str>, fault: ProxyFault) {
        self.shared.plan().add(operation, 1, true, fault);
    }

    /// Forgets the faults that have not struck.
    pub fn heal(&self) {
        self.shared.plan().heal();
    }

    /// The operations that were asked for, in their order.
    pub fn requests(&self) -> Vec<String> {
        self.shared.plan().requests.iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// The same with their bodies; forgets them.
    pub fn take_bodies(&self) -> Vec<(String, Bytes)> {
        std::mem::take(&mut self.shared.plan().requests)
    }

    /// The requests since the last time with their answers; from the first time on they are kept.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.shared.plan().exchanges.replace(Vec::new()).unwrap_or_default()
    }

    /// Forgets the requests so far.
    pub fn clear(&self) {
        self.shared.plan().requests.clear();
    }

    /// How many faults have met their request.
    pub fn struck(&self) -> usize {
        self.shared.plan().struck
    }

    /// Passes on what is held.
    pub fn release(&self) {
        self.shared.released.send_modify(|times| *times += 1);
    }

    /// The requests that hang or are held.
    pub fn hangs(&self) -> &Hangs {
        &self.shared.hangs
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}
