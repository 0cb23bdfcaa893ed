//! A connection, as it is shown: how it is, and what may be changed about it.

use std::collections::BTreeMap;

use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::crm::{Connectors, FieldKind};
use crate::flow::connection::connect::Connected as Made;
use crate::flow::connection::crm_account::Addresses;
use crate::flow::connection::{PbxHealth, pbx_health};
use crate::model::connection::{Connection as Stored, PauseReason};
use crate::seal::Sealer;
use crate::storage::PbxState;
use crate::view::notify::Notify;
use crate::view::policy::Policy;

/// A connection that was just made.
#[derive(Clone, Serialize, ToSchema)]
pub struct Connected {
    /// Its id.
    pub id: String,
    /// Its first key, shown this once.
    pub admin_key: String,
    /// What the PBX said of the customer.
    pub pbx: Customer,
    /// Where one consents in the CRM, if its kind needs that, and where it posts, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub crm: Option<CrmAddresses>,
}

/// The addresses of a CRM in which somebody must consent, or which posts by itself.
#[derive(Clone, Serialize, ToSchema)]
pub struct CrmAddresses {
    /// For the browser of somebody who may consent, within the hour; where that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub authorize_url: Option<String>,
    /// For the CRM: where its application posts its installation and its events. Whoever knows it may post.
    #[schema(format = "uri")]
    pub event_url: String,
}

impl From<&Addresses> for CrmAddresses {
    fn from(addresses: &Addresses) -> Self {
        Self {
            authorize_url: addresses.authorise.as_ref().map(Url::to_string),
            event_url: addresses.events.to_string(),
        }
    }
}

/// A customer of the PBX.
#[derive(Clone, Serialize, ToSchema)]
pub struct Customer {
    /// Their id there.
    pub client_id: u64,
    /// The prefix of their extensions' numbers.
    pub prefix: String,
    /// The digits of a short number.
    pub extension_len: u8,
}

impl Connected {
    /// What is shown of it, this once.
    pub fn of(made: &Made, crm: Option<&Addresses>) -> Self {
        Self {
            crm: crm.map(CrmAddresses::from),
            id: made.id.to_string(),
            admin_key: made.admin_key.reveal().to_owned(),
            pbx: Customer {
                client_id: made.client_id.get(),
                prefix: made.numbers.prefix().to_owned(),
                extension_len: made.numbers.extension_len(),
            },
        }
    }
}

/// A connection.
#[derive(Clone, Serialize, ToSchema)]
pub struct Connection {
    /// Its id.
    pub id: String,
    /// What the administrator calls it.
    pub name: String,
    /// Whether deliveries go on.
    pub state: ConnectionState,
    /// Why they don't.
    #[schema(required)]
    pub pause: Option<Pause>,
    /// How its ends are.
    pub health: Health,
    /// The PBX.
    pub pbx: Pbx,
    /// The CRM.
    pub crm: Crm,
    /// How calls are logged.
    pub policy: Policy,
    /// Who is told of notices.
    pub notify: Notify,
    /// The version of its mapping.
    pub mapping_version: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Whether deliveries go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// They do.
    Active,
    /// They wait until somebody acts.
    Paused,
}

/// Why deliveries wait.
#[derive(Clone, Serialize, ToSchema)]
pub struct Pause {
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
    /// What happened.
    pub reason: PauseReason,
}

/// How a connection's ends are.
#[derive(Clone, Serialize, ToSchema)]
pub struct Health {
    /// The PBX.
    pub pbx: PbxHealth,
    /// The CRM.
    pub crm: CrmHealth,
    /// Notices that stand.
    pub notices: usize,
    /// Requests that the PBX grants in this hour, as far as it said.
    #[schema(required)]
    pub pbx_requests: Option<Budget>,
}

/// How the CRM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrmHealth {
    /// Deliveries go on.
    Ok,
    /// They wait until somebody acts.
    Paused,
}

/// Requests that the PBX grants in an hour.
#[derive(Clone, Serialize, ToSchema)]
pub struct Budget {
    /// How many, if it was told.
    #[schema(required)]
    pub limit: Option<u32>,
    /// How many are left.
    pub remaining: u32,
    /// When the hour ends.
    #[schema(format = DateTime)]
    pub resets_at: String,
}

/// The account on the PBX.
#[derive(Clone, Serialize, ToSchema)]
pub struct Pbx {
    /// Which PBX.
    pub host: String,
    /// App ID.
    pub app_id: String,
    /// The customer.
    #[serde(flatten)]
    pub customer: Customer,
}

/// The CRM: its kind and those of its settings that are no secret.
#[derive(Clone, Serialize, ToSchema)]
pub struct Crm {
    /// Its kind.
    pub kind: String,
    /// Until when a webhook's former secret signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub former_secret_until: Option<String>,
    /// Where one consents in it, if its kind needs that; within the hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub authorize_url: Option<String>,
    /// Where it posts its installation and its events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub event_url: Option<String>,
    /// The settings of its kind, by name.
    #[serde(flatten)]
    pub settings: BTreeMap<String, Option<String>>,
}

impl Connection {
    /// What is shown of a connection.
    pub fn of(
        connection: &Stored,
        pbx: &PbxState,
        mapping_version: u64,
        (notices, notify): (usize, Notify),
        (connectors, sealer, addresses): (&Connectors, &Sealer, Option<&Addresses>),
        now: Timestamp,
    ) -> Self {
        let paused = connection.pause.is_some();
        Self {
            id: connection.id.to_string(),
            name: connection.name.clone(),
            state: if paused { ConnectionState::Paused } else { ConnectionState::Active },
            pause: connection
                .pause
                .as_ref()
                .map(|pause| Pause { since: pause.since.rfc3339(), reason: pause.reason }),
            health: Health {
                pbx: pbx_health(connection, pbx, now),
                crm: if paused { CrmHealth::Paused } else { CrmHealth::Ok },
                notices,
                pbx_requests: pbx.budget.map(|budget| Budget {
                    limit: budget.limit,
                    remaining: budget.remaining,
                    resets_at: budget.resets_at.rfc3339(),
                }),
            },
            pbx: Pbx {
                host: connection.pbx.origin.as_str().to_owned(),
                app_id: connection.pbx.app_id.clone(),
                customer: Customer {
                    client_id: connection.pbx.client_id.get(),
                    prefix: connection.numbers.prefix().to_owned(),
                    extension_len: connection.numbers.extension_len(),
                },
            },
            crm: Crm::of(connection, (connectors, sealer, addresses), now),
            policy: Policy::from(&connection.policy),
            notify,
            mapping_version,
            created_at: connection.created_at.rfc3339(),
        }
    }
}

impl Crm {
    fn of(
        connection: &Stored,
        (connectors, sealer, addresses): (&Connectors, &Sealer, Option<&Addresses>),
        now: Timestamp,
    ) -> Self {
        let mut settings = BTreeMap::new();
        let open = Connectors::open(connection, sealer);
        if let (Ok(target), Ok(connector)) = (open, connectors.of(&connection.crm.kind)) {
            let visible = connector.about().fields.iter().filter(|field| field.kind != FieldKind::Secret);
            settings.extend(
                visible.map(|field| (field.name.to_owned(), target.text(field.name).map(str::to_owned))),
            );
        }
        let former = connection.crm.former.as_ref().filter(|former| now < former.until);
        Self {
            kind: connection.crm.kind.clone(),
            former_secret_until: former.map(|former| former.until.rfc3339()),
            authorize_url: addresses.and_then(|addresses| addresses.authorise.as_ref()).map(Url::to_string),
            event_url: addresses.map(|addresses| addresses.events.to_string()),
            settings,
        }
    }
}

/// A sign-in on the PBX that was begun.
#[derive(Clone, Serialize, ToSchema)]
pub struct SignIn {
    /// Where the browser goes.
    #[schema(format = "uri")]
    pub authorise_url: String,
    /// When it is too late.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// What was erased of a person.
#[derive(Clone, Serialize, ToSchema)]
pub struct Erasure {
    /// How much.
    pub erased: Erased,
    /// Where to go on; null: that was all.
    #[schema(required)]
    pub cursor: Option<String>,
}

/// How much was erased.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Erased {
    /// Calls.
    pub calls: u32,
    /// Records of them.
    pub records: u32,
}

/// That the process answers.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Alive {
    /// `ok`.
    pub status: &'static str,
}
