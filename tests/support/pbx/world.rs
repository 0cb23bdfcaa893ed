//! The PBX behind the HTTP server, and what a test may ask of it or do to it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::{fmt, io};

use tokio::sync::watch;

use super::client;
use super::desk::Desk;
use super::extension::Handler;
use super::fault::{Matcher, PbxFault, Script};
use super::journal::Posted;
use super::ledger::{Entry, Violation};
use super::random::Rng;
use super::state::{Callback, State, Stored};
use super::tenant::Tenant;
use super::trouble::Trouble;
use crate::patience::Hangs;

/// The time in microseconds since the epoch, as the caller sees it.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How a simulator is started.
#[derive(Clone)]
pub struct Settings {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The clock.
    pub now: Now,
    /// From this all ids follow.
    pub seed: u64,
    /// Where the state is kept between runs; a file that exists wins over the given tenants.
    pub persist: Option<PathBuf>,
    /// Handlers per extension (docs/pbx.md §4.3).
    pub event_limit: usize,
    /// Requests per client and hour (docs/pbx.md §9.1).
    pub rate_limit: u32,
    /// Lifetime of tokens.
    pub token_seconds: i64,
    /// Whether an accepted callback is followed by the events of its call.
    pub callback_rings: bool,
}

impl Settings {
    /// The documented limits, a free port, nothing kept.
    pub fn new(now: Now) -> Self {
        Self {
            port: 0,
            now,
            seed: 1,
            persist: None,
            event_limit: 16,
            rate_limit: 1_000,
            token_seconds: 3_600,
            callback_rings: false,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("port", &self.port).field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// The simulated PBX. [`super::FakePbx`] serves it and derefs to it.
#[derive(Debug)]
pub struct Pbx {
    settings: Settings,
    state: Mutex<State>,
    history_held: watch::Sender<bool>,
    /// How many deliveries are held back.
    pub(super) held_back: watch::Sender<usize>,
    /// What stands beside it, for its page.
    pub(super) desk: OnceLock<Desk>,
    /// Where it is served.
    pub(super) origin: String,
    pub(super) hangs: Hangs,
    pub(super) http: reqwest::Client,
}

impl Pbx {
    pub(super) fn new(settings: Settings, tenants: Vec<Tenant>, origin: String) -> io::Result<Self> {
        let stored = settings.persist.as_deref().map(Stored::load).transpose()?.flatten();
        let stored = stored.unwrap_or_else(|| Stored::fresh(tenants, settings.seed));
        let state = Mutex::new(State::new(stored, settings.event_limit, settings.rate_limit));
        let http = client::event_client().map_err(io::Error::other)?;
        let (history_held, hangs) = (watch::Sender::new(false), Hangs::default());
        let held_back = watch::Sender::new(0);
        Ok(Self { settings, state, history_held, held_back, desk: OnceLock::new(), origin, hangs, http })
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The moment that the given clock shows.
    pub fn now(&self) -> i64 {
        (self.settings.now)()
    }

    /// Looks at or changes what is not kept.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is kept, and writes it.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        self.with(|state| {
            let result = act(state);
            if let Some(path) = &self.settings.persist {
                state.persist_error = state.stored.save(path).err().map(|error| error.to_string());
            }
            result
        })
    }

    /// Waits while history is held back, and lets other requests in meanwhile.
    pub(super) async fn history_released(&self) {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.history_held.subscribe().wait_for(|held| !held).await;
    }

    /// The clients as they are now.
    pub fn tenants(&self) -> Vec<Tenant> {
        self.with(|state| state.stored.tenants.clone())
    }

    /// Adds a client, unless one of its id is there already.
    pub fn add_tenant(&self, tenant: Tenant) {
        self.change(|state| {
            if state.tenant(tenant.client_id).is_none() {
                state.stored.tenants.push(tenant);
            }
        });
    }

    /// Says what stands beside the PBX, for its page; the first word counts.
    pub fn furnish(&self, desk: Desk) {
        // A second word changes nothing.
        let _ = self.desk.set(desk);
    }

    /// The last events as they were posted, the oldest first.
    pub fn journal(&self) -> Vec<Posted> {
        self.with(|state| state.journal.entries().cloned().collect())
    }

    /// Changes a client: blocks its user, adds extensions, changes a label.
    pub fn edit_tenant(&self, client_id: u64, edit: impl FnOnce(&mut Tenant)) {
        self.change(|state| {
            state.stored.tenants.iter_mut().find(|one| one.client_id == client_id).map(edit);
        });
    }

    /// Registers a public application with one redirect URL for a client, in place of a former one of its App ID.
    pub fn register_public_app(&self, client_id: u64, (id, secret): (&str, &str), redirect_uri: &str) {
        self.edit_tenant(client_id, |tenant| {
            tenant.apps.retain(|app| app.id != id);
            *tenant = tenant.clone().with_public_app(id, secret, &[redirect_uri]);
        });
    }

    /// The handlers of an extension.
    pub fn events(&self, extension_id: u64) -> Vec<Handler> {
        self.with(|state| state.stored.handlers.get(&extension_id).cloned().unwrap_or_default())
    }

    /// The handlers of an agent.
    pub fn agent_events(&self, agent_id: u64) -> Vec<Handler> {
        self.with(|state| state.stored.agent_handlers.get(&agent_id).cloned().unwrap_or_default())
    }

    /// Registers a handler as somebody else would, past all limits and the ledger; answers its id.
    pub fn add_foreign_event(&self, extension_id: u64, url: &str, event_type: &str, method: &str) -> u64 {
        self.change(|state| {
            let id = state.stored.event_id();
            let handler =
                Handler { id, url: url.into(), event_type: event_type.into(), method: method.into() };
            state.stored.handlers.entry(extension_id).or_default().push(handler);
            id
        })
    }

    /// Registers a handler on an agent as somebody else would; answers its id.
    pub fn add_foreign_agent_event(&self, agent_id: u64, url: &str, event_type: &str) -> u64 {
        self.change(|state| {
            let id = state.stored.event_id();
            let (url, event_type, method) = (url.into(), event_type.into(), "POST".into());
            let handler = Handler { id, url, event_type, method };
            state.stored.agent_handlers.entry(agent_id).or_default().push(handler);
            id
        })
    }

    /// Removes a handler as an administrator of the PBX would.
    pub fn remove_event(&self, event_id: u64) {
        self.change(|state| {
            for handlers in state.stored.handlers.values_mut() {
                handlers.retain(|one| one.id != event_id);
            }
        });
    }

    /// Every request so far.
    pub fn ledger(&self) -> Vec<Entry> {
        self.with(|state| state.ledger.clone())
    }

    /// Forgets the requests and violations so far.
    pub fn clear_ledger(&self) {
        self.with(|state| {
            state.ledger_cleared += state.ledger.len();
            state.ledger.clear();
            state.violations.clear();
        });
    }

    /// What the integration did that it must never do.
    pub fn violations(&self) -> Vec<Violation> {
        self.with(|state| state.violations.clone())
    }

    /// Handlers whose URL begins so are ours; touching others becomes a violation.
    pub fn set_ours(&self, url_prefix: &str) {
        self.with(|state| state.ours = Some(url_prefix.into()));
    }

    /// Scripts a fault for the next matching request.
    pub fn fail_next(&self, matcher: Matcher, fault: PbxFault) {
        self.with(|state| state.faults.add(matcher, fault));
    }

    /// Lets every request to the API meet a fault until it is taken back.
    pub fn fail_always(&self, fault: Option<PbxFault>) {
        self.with(|state| state.faults.stand(fault));
    }

    /// Forgets the faults that are still waiting for their request, and all other trouble.
    pub fn heal(&self) {
        self.with(|state| {
            state.faults = Script::default();
            state.trouble = Trouble::default();
        });
        self.held_back.send_replace(0);
    }

    /// The requests that hang.
    pub const fn hangs(&self) -> &Hangs {
        &self.hangs
    }

    /// How many scripted faults are still waiting for their request.
    pub fn pending_faults(&self) -> usize {
        self.with(|state| state.faults.pending())
    }

    /// Sets the hourly request limit of a client.
    pub fn set_rate_limit(&self, client_id: u64, limit: u32) {
        self.with(|state| state.set_rate_limit(client_id, limit));
    }

    /// Sets the number of handlers that one extension may have.
    pub fn set_event_limit(&self, limit: usize) {
        self.with(|state| state.event_limit = limit);
    }

    /// Invalidates every token before its time.
    pub fn revoke_tokens(&self) {
        self.with(|state| state.tokens.clear());
    }

    /// Chooses whose administrator consents at `/oauth/authorize`.
    pub fn set_consenting(&self, client_id: u64) {
        self.with(|state| state.consenting = Some(client_id));
    }

    /// Holds back history answers, or lets them go.
    pub fn hold_history(&self, held: bool) {
        self.history_held.send_replace(held);
    }

    /// The click-to-call requests that were accepted.
    pub fn callbacks(&self) -> Vec<Callback> {
        self.with(|state| state.callbacks.clone())
    }

    /// A generator for scripts, split off the simulator's own.
    pub fn fork_rng(&self) -> Rng {
        self.change(|state| Rng::new(state.stored.rng.next_u64()))
    }
}
