//! What the PBX remembers. The stored part survives a restart; tokens, counters and the ledger do not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::extension::{Extension, Handler};
use super::fault::Script;
use super::gmt;
use super::history::{self, Call};
use super::journal::Journal;
use super::ledger::{Entry, Violation};
use super::player::{DeliveryReport, Emission, LiveCall};
use super::random::Rng;
use super::tenant::Tenant;
use super::trouble::Trouble;

/// The part of the state that is written to the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) tenants: Vec<Tenant>,
    /// Handlers by extension id.
    pub(super) handlers: BTreeMap<u64, Vec<Handler>>,
    /// Handlers by agent id.
    pub(super) agent_handlers: BTreeMap<u64, Vec<Handler>>,
    pub(super) next_event_id: u64,
    pub(super) calls: Vec<Call>,
    /// Kept so that ids are not handed out again after a restart.
    pub(super) rng: Rng,
}

/// An access token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) client_id: u64,
    pub(super) expires_at: i64,
}

/// A consent that waits to be exchanged for a token.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) client_id: u64,
    pub(super) app_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    pub(super) challenge_method: Option<String>,
}

/// A click-to-call request (docs/pbx.md §10.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Callback {
    /// The extension on whose behalf.
    pub extension_id: u64,
    /// Numbers rung first.
    pub src_num: Vec<String>,
    /// Number dialled after the source answers.
    pub dst_num: String,
    /// The `call_id` that was answered, equal to the `CallID` of the events.
    pub call_id: String,
}

/// The request counter of a client.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    hour: i64,
    used: u32,
    limited_until: Option<i64>,
}

/// What the `X-RateLimit-*` headers say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: i64,
    pub(super) exceeded: bool,
}

/// Everything, behind one lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) stored: Stored,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) callbacks: Vec<Callback>,
    pub(super) deliveries: Vec<DeliveryReport>,
    pub(super) journal: Journal,
    /// Calls that somebody leads at the desk, the newest last.
    pub(super) live: Vec<LiveCall>,
    /// What the desk could not do last.
    pub(super) said: Option<&'static str>,
    pub(super) ledger: Vec<Entry>,
    /// Entries that were forgotten before the first of `ledger`.
    pub(super) ledger_cleared: usize,
    pub(super) violations: Vec<Violation>,
    pub(super) ours: Option<String>,
    pub(super) faults: Script,
    pub(super) trouble: Trouble,
    pub(super) event_limit: usize,
    pub(super) consenting: Option<u64>,
    pub(super) stats_running: HashSet<u64>,
    pub(super) persist_error: Option<String>,
    rate_limits: HashMap<u64, u32>,
    usage: HashMap<u64, Usage>,
    default_rate_limit: u32,
}

impl State {
    pub(super) fn new(stored: Stored, event_limit: usize, default_rate_limit: u32) -> Self {
        Self {
            stored,
            tokens: HashMap::new(),
            codes: HashMap::new(),
            callbacks: Vec::new(),
            deliveries: Vec::new(),
            journal: Journal::default(),
            live: Vec::new(),
            said: None,
            ledger: Vec::new(),
            ledger_cleared: 0,
            violations: Vec::new(),
            ours: None,
            faults: Script::default(),
            trouble: Trouble::default(),
            event_limit,
            consenting: None,
            stats_running: HashSet::new(),
            persist_error: None,
            rate_limits: HashMap::new(),
            usage: HashMap::new(),
            default_rate_limit,
        }
    }

    pub(super) fn tenant(&self, client_id: u64) -> Option<&Tenant> {
        self.stored.tenants.iter().find(|one| one.client_id == client_id)
    }

    /// The extension with this id and whose it is.
    pub(super) fn extension(&self, id: u64) -> Option<(&Tenant, &Extension)> {
        self.stored.tenants.iter().find_map(|tenant| Some((tenant, tenant.extension(id)?)))
    }

    /// Writes into the history what happened.
    pub(super) fn absorb(&mut self, emissions: &[Emission]) {
        for emission in emissions {
            if let Some(client_id) = self.extension(emission.extension_id).map(|(tenant, _)| tenant.client_id)
            {
                history::absorb(&mut self.stored.calls, client_id, emission);
            }
        }
    }

    /// Writes a request into the ledger; the number is for [`State::answered`].
    pub(super) fn arrived(&mut self, entry: Entry) -> usize {
        self.ledger.push(entry);
        self.ledger_cleared + self.ledger.len() - 1
    }

    /// Notes the answer of a request, unless the ledger was cleared meanwhile.
    pub(super) fn answered(&mut self, number: usize, status: u16) {
        let index = number.checked_sub(self.ledger_cleared);
        if let Some(entry) = index.and_then(|index| self.ledger.get_mut(index)) {
            entry.status = Some(status);
        }
    }

    pub(super) fn set_rate_limit(&mut self, client_id: u64, limit: u32) {
        self.rate_limits.insert(client_id, limit);
    }

    pub(super) fn rate_limit(&self, client_id: u64) -> u32 {
        self.rate_limits.get(&client_id).copied().unwrap_or(self.default_rate_limit)
    }

    /// Until when a client was told to send nothing, if that moment is still to come.
    pub(super) fn limited_until(&self, client_id: u64, now: i64) -> Option<i64> {
        self.usage.get(&client_id)?.limited_until.filter(|&until| now < until)
    }

    /// Counts one request of a client and says what is left of its hour.
    pub(super) fn count(&mut self, client_id: u64, now: i64) -> Quota {
        let limit = self.rate_limit(client_id);
        let usage = self.usage.entry(client_id).or_default();
        let hour = now.div_euclid(gmt::HOUR_MICROS);
        if usage.hour != hour {
            *usage = Usage { hour, used: 0, limited_until: None };
        }
        let exceeded = usage.used >= limit || usage.limited_until.is_some();
        if !exceeded {
            usage.used += 1;
        }
        let remaining = if exceeded { 0 } else { limit - usage.used };
        Quota { limit, remaining, reset: gmt::seconds_to_next_hour(now), exceeded }
    }

    /// Remembers that a client has been told to send nothing until the next hour.
    pub(super) fn limit_until_next_hour(&mut self, client_id: u64, now: i64) {
        let hour = now.div_euclid(gmt::HOUR_MICROS);
        let usage = self.usage.entry(client_id).or_default();
        if usage.hour != hour {
            *usage = Usage { hour, ..Usage::default() };
        }
        usage.limited_until = Some((hour + 1) * gmt::HOUR_MICROS);
    }
}

impl Stored {
    /// A PBX on which nothing has happened yet.
    pub(super) const fn fresh(tenants: Vec<Tenant>, seed: u64) -> Self {
        Self {
            tenants,
            handlers: BTreeMap::new(),
            agent_handlers: BTreeMap::new(),
            next_event_id: 880_101,
            calls: Vec::new(),
            rng: Rng::new(seed),
        }
    }

    /// What an earlier run left in the file, if it is there.
    pub(super) fn load(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the file whole or not at all.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let temporary = path.with_extension("tmp");
        fs::write(&temporary, serde_json::to_vec_pretty(self)?)?;
        fs::rename(&temporary, path)
    }

    /// The next handler id.
    pub(super) const fn event_id(&mut self) -> u64 {
        let id = self.next_event_id;
        self.next_event_id += 1;
        id
    }
}
