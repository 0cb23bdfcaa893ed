//! What the flows work with. Built once per process; nothing of Lambda in it.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::alert::Operator;
use crate::bucket::Bucket;
use crate::clock::{Clock, Timestamp};
use crate::crm::Connectors;
use crate::flow::call::flood::Flood;
use crate::flow::call::gate::Gates;
use crate::flow::connection::limits::Limits;
use crate::flow::crm_access::CrmDeps;
use crate::http_client::Targets;
use crate::model::connection::Origin;
use crate::model::ids::Random;
use crate::model::public_app::PublicApp;
use crate::pbx::PbxClient;
use crate::post::Postman;
use crate::queue::{LONGEST_DELAY, Queue};
use crate::recording::RecordingLinks;
use crate::rules::retry::RetryPolicy;
use crate::seal::Sealer;
use crate::storage::Store;

/// What calls need on their way from event to CRM.
#[derive(Clone)]
pub struct CallDeps {
    /// The store.
    pub store: Store,
    /// The queue of reminders.
    pub queue: Queue,
    /// Opens CRM credentials.
    pub sealer: Arc<Sealer>,
    /// The CRMs.
    pub connectors: Arc<Connectors>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Links to recordings, for the CRM.
    pub recordings: Arc<RecordingLinks>,
    /// Where recordings are kept, if they are.
    pub bucket: Option<Arc<Bucket>>,
    /// How long things wait.
    pub timing: Timing,
    /// Who runs this installation.
    pub operator: Arc<dyn Operator>,
    /// How many deliveries each CRM has side by side, in this process.
    pub gates: Arc<Gates>,
    /// How many events each URL brings, in this process.
    pub flood: Arc<Flood>,
}

/// How long things wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// After failed deliveries.
    pub retry: RetryPolicy,
    /// For late events, before a call counts as missed.
    pub hold: Duration,
    /// How long an attempt may take, with its claim and its outcome: none is begun with less time left.
    pub attempt: Duration,
    /// How long a claim holds, longer than any attempt; an event whose invocation died is found by the sweep then.
    pub lease: Duration,
}

impl Timing {
    /// When the sweep finds what is due then. A message reminds of it before, if it is soon; the sweep is its second,
    /// and comes after it.
    pub fn swept_at(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        if due.since(now) <= LONGEST_DELAY { due + self.lease } else { due }
    }
}

impl CallDeps {
    /// What opening a CRM takes.
    pub fn crm(&self) -> CrmDeps<'_> {
        CrmDeps {
            store: &self.store,
            sealer: &self.sealer,
            connectors: &self.connectors,
            clock: self.clock.as_ref(),
            random: self.random.as_ref(),
        }
    }

    /// A number from -1 to 1, for jitter.
    pub fn jitter(&self) -> f64 {
        jitter(self.random.as_ref())
    }
}

/// What settings need: connecting, mapping, and our events on the PBX.
#[derive(Clone)]
pub struct SettingsDeps {
    /// The store.
    pub store: Store,
    /// The queue of reminders.
    pub queue: Queue,
    /// Seals and opens credentials.
    pub sealer: Arc<Sealer>,
    /// Speaks to PBXs.
    pub pbx: PbxClient,
    /// The CRMs.
    pub connectors: Arc<Connectors>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Where the PBX reaches us.
    pub public_url: Url,
    /// The PBXs that may be connected.
    pub pbx_hosts: Vec<Origin>,
    /// The operator's public applications.
    pub public_apps: Vec<PublicApp>,
    /// Events that one extension takes, unless the PBX says so (R7).
    pub event_limit: u32,
    /// Where CRMs may be.
    pub targets: Targets,
    /// Reads links to recordings.
    pub recordings: Arc<RecordingLinks>,
    /// Where recordings are kept, if they are.
    pub bucket: Option<Arc<Bucket>>,
    /// Waits after requests that failed.
    pub retry: RetryPolicy,
    /// Who runs this installation.
    pub operator: Arc<dyn Operator>,
    /// Sends e-mail, if this installation does.
    pub postman: Option<Arc<dyn Postman>>,
    /// Who failed too often.
    pub limits: Arc<Limits>,
}

impl SettingsDeps {
    /// The operator's public application on a PBX: that one, or any.
    pub fn public_app(&self, origin: &Origin, app_id: Option<&str>) -> Option<&PublicApp> {
        let meant = |app: &&PublicApp| app_id.is_none_or(|id| app.app_id == id);
        self.public_apps.iter().filter(meant).find(|app| app.origin == *origin)
    }

    /// What opening a CRM takes.
    pub fn crm(&self) -> CrmDeps<'_> {
        CrmDeps {
            store: &self.store,
            sealer: &self.sealer,
            connectors: &self.connectors,
            clock: self.clock.as_ref(),
            random: self.random.as_ref(),
        }
    }

    /// The wait after so many failures, give or take a tenth; `None` when no more is tried.
    pub fn delay_after(&self, failures: u32) -> Option<Duration> {
        let delay = self.retry.delays().get(usize::try_from(failures.checked_sub(1)?).ok()?)?;
        Some(delay.mul_f64(1.0 + 0.1 * jitter(self.random.as_ref())))
    }

    /// A short random name, for a lease or a request.
    pub fn random_id(&self) -> String {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}

/// What the retry job needs.
#[derive(Clone)]
pub struct RetryDeps {
    /// For calls.
    pub calls: CallDeps,
    /// For provisioning.
    pub settings: SettingsDeps,
    /// Whether a run takes messages off the queue; if not, something else brings them.
    pub drains_queue: bool,
    /// How long a run waits for messages before it takes the queue for empty.
    pub last_look: Duration,
}

/// A number from -1 to 1.
fn jitter(random: &dyn Random) -> f64 {
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    f64::from(i16::from_le_bytes(bytes)) / f64::from(i16::MAX)
}
