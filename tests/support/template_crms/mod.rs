//! One fake of four CRMs, for templates: each answers in its own shape, from what their documents say; what they keep is
//! the same. It shares no code with the connector.

mod routes;
mod server;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::task::AbortHandle;

use crate::retailcrm::RetailFault;

/// The token that works.
pub const TOKEN: &str = "token-of-the-template-0123456789";

/// Whose shapes it answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crm {
    /// Pipedrive.
    Pipedrive,
    /// Zoho CRM.
    Zoho,
    /// `EspoCRM`.
    EspoCrm,
    /// Odoo's JSON-2.
    Odoo,
}

impl Crm {
    /// All of them, each with the name of its example.
    pub const ALL: [(Self, &str); 4] = [
        (Self::Pipedrive, "pipedrive"),
        (Self::Zoho, "zoho"),
        (Self::EspoCrm, "espocrm"),
        (Self::Odoo, "odoo"),
    ];

    /// The template that is shipped for it.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Pipedrive => include_str!("../../../shared/docs/templates/pipedrive.json"),
            Self::Zoho => include_str!("../../../shared/docs/templates/zoho.json"),
            Self::EspoCrm => include_str!("../../../shared/docs/templates/espocrm.json"),
            Self::Odoo => include_str!("../../../shared/docs/templates/odoo.json"),
        }
    }
}

/// The whole.
#[derive(Debug, Default)]
pub struct State {
    /// Contacts: id and number.
    pub contacts: Vec<(u64, String)>,
    /// Calls, as they were sent, each with its id.
    pub calls: Vec<(u64, Value)>,
    /// Every request: method, path, body.
    pub asked: Vec<(String, Value)>,
    /// Faults that are to come.
    pub faults: Vec<RetailFault>,
    pub(super) made: u64,
}

impl State {
    pub(super) fn new_id(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

/// A running one; it stops when it is dropped.
#[derive(Debug)]
pub struct TemplateCrm {
    /// Whose shapes it answers in.
    pub crm: Crm,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: AbortHandle,
}

impl TemplateCrm {
    /// Listens on 127.0.0.1. To be called inside a Tokio runtime.
    pub fn start(crm: Crm) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let state: Arc<Mutex<State>> = Arc::default();
        let server = tokio::spawn(server::serve(listener, crm, Arc::clone(&state))).abort_handle();
        Ok(Self { crm, address, state, server })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is in it, to be read or changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next request meet a fault.
    pub fn fail(&self, fault: RetailFault) {
        self.state().faults.push(fault);
    }
}

impl Drop for TemplateCrm {
    fn drop(&mut self) {
        self.server.abort();
    }
}
