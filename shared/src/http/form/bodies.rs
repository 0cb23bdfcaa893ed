//! The bodies that the settings take, as the OpenAPI document describes them. They are read by [`super::Form`], which
//! names every field that is wrong at once.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::connection::{MissedResponsible, SeveralContacts, UnknownContact};

/// What connecting takes.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct NewConnection {
    /// What the connection is called.
    pub(in crate::http) name: &'static str,
    /// The application on the PBX.
    pub(in crate::http) pbx: Credentials,
    /// Where records go.
    pub(in crate::http) crm: NewCrm,
}

/// An application on the PBX.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Credentials {
    /// The PBX, one of the operator's list.
    pub(in crate::http) host: &'static str,
    /// App ID.
    pub(in crate::http) app_id: &'static str,
    /// App Secret.
    pub(in crate::http) app_secret: &'static str,
}

/// A CRM: its kind, and what that kind asks for.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct NewCrm {
    /// Its kind.
    pub(in crate::http) kind: &'static str,
    /// What that kind asks for, by name.
    #[serde(flatten)]
    pub(in crate::http) settings: BTreeMap<&'static str, &'static str>,
}

/// What click-to-call takes.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct NewCall {
    /// Who calls: the CRM's user, whose phone rings first.
    pub(in crate::http) crm_user: &'static str,
    /// Which number is dialled then.
    pub(in crate::http) number: &'static str,
}

/// What beginning a sign-in on a PBX takes.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct NewSignIn {
    /// What the connection is called.
    pub(in crate::http) name: &'static str,
    /// The PBX.
    pub(in crate::http) pbx: Host,
    /// Where records go.
    pub(in crate::http) crm: NewCrm,
}

/// A PBX.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Host {
    /// One of the operator's list.
    pub(in crate::http) host: &'static str,
}

/// What is to be changed of a connection; what is left out stays.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ConnectionChange {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) name: Option<&'static str>,
    /// Fields of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) policy: Option<PolicyChange>,
    /// Where records go.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) crm: Option<CrmChange>,
    /// The application on the PBX.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) pbx: Option<Credentials>,
    /// Who is told of notices.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) notify: Option<NotifyChange>,
}

/// What is to be changed of who is told of notices; what is left out stays.
#[derive(Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NotifyChange {
    /// Who gets e-mail; null or an empty list: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 5)]
    pub(in crate::http) email: Option<Vec<&'static str>>,
    /// A webhook that gets each; null: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) webhook: Option<NewHook>,
    /// Whether what stops no calls is told too, once a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) digest: Option<bool>,
    /// What they read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) language: Option<crate::text::Language>,
}

/// A webhook after the Standard Webhooks specification.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewHook {
    /// Where it is posted; https.
    pub(in crate::http) url: &'static str,
    /// What signs it; may be left out if one is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) secret: Option<&'static str>,
}

impl NotifyChange {
    pub(in crate::http) fn example() -> Self {
        let webhook = NewHook { url: "https://example.com/notices", secret: Some("whsec_…") };
        Self {
            email: Some(vec!["anna@example.com"]),
            webhook: Some(webhook),
            digest: Some(true),
            language: Some(crate::text::Language::English),
        }
    }
}

/// A CRM: its kind, and what that kind asks for, whole.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct CrmChange {
    /// Its kind.
    pub(in crate::http) kind: &'static str,
    /// Whether the secret before a new one is void at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) revoke_former: Option<bool>,
    /// What that kind asks for, by name.
    #[serde(flatten)]
    pub(in crate::http) settings: BTreeMap<&'static str, CrmSetting>,
}

/// A setting of a CRM. Languages whose maps have one type of values, TypeScript for one, need the switch beside the texts.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::http) enum CrmSetting {
    /// What a kind asks for.
    Text(&'static str),
    /// `revoke_former`.
    #[expect(dead_code, reason = "what a client may send; our example doesn't")]
    Switch(bool),
}

/// What is to be changed of how calls are logged; what is left out stays.
#[derive(Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct PolicyChange {
    /// Log calls between extensions too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) log_internal: Option<bool>,
    /// Log a missed call that rang a phone directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) direct_missed: Option<bool>,
    /// Outside numbers whose calls are not to be logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 1000)]
    pub(in crate::http) ignore_numbers: Option<Vec<&'static str>>,
    /// ISO 3166 country, for reading national numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) country: Option<&'static str>,
    /// IANA time zone, for CRMs that want local times.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) timezone: Option<&'static str>,
    /// What to do when the CRM knows nobody with that number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) unknown_contact: Option<UnknownContact>,
    /// What to do when several contacts share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) several_contacts: Option<SeveralContacts>,
    /// Who is responsible for a missed call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) missed_responsible: Option<MissedResponsible>,
    /// Who is responsible when nobody else is; null: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) default_crm_user: Option<&'static str>,
}

/// A mapping that replaces the one before.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct NewMapping {
    /// Every user with their extensions; who is left out has none.
    pub(in crate::http) users: Vec<crate::view::mapping::MappedUser>,
    /// The version that the person saw; refused if another has been saved since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) version: Option<u64>,
}

/// What is to be changed of a mapping; who is left out stays as they are.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct MappingChange {
    /// Users with what is to be theirs.
    pub(in crate::http) users: Vec<UserChange>,
    /// The version that the person saw; refused if another has been saved since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) version: Option<u64>,
}

/// A user of the CRM, and what is to be theirs.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct UserChange {
    /// Their id in the CRM.
    pub(in crate::http) crm_user: &'static str,
    /// All their extensions from now on; null or an empty list: none.
    #[schema(required)]
    pub(in crate::http) extension_ids: Option<Vec<u64>>,
}

/// Users of the CRM who are to be matched.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Candidates {
    /// At most 2,000.
    #[schema(max_items = 2000)]
    pub(in crate::http) users: Vec<Candidate>,
}

/// A user of the CRM.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Candidate {
    /// Their id.
    pub(in crate::http) crm_user: &'static str,
    /// Their name.
    pub(in crate::http) name: Option<&'static str>,
    /// Their e-mail address.
    pub(in crate::http) email: Option<&'static str>,
}

/// A key that is to be made.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct KeyWish {
    /// What it is called.
    #[schema(max_length = 60)]
    pub(in crate::http) name: &'static str,
    /// What it may do; everything, if that is left out.
    pub(in crate::http) scope: Option<crate::model::keyring::Scope>,
    /// When it ends.
    #[schema(format = DateTime)]
    pub(in crate::http) expires_at: Option<&'static str>,
}

/// Which records are to be sent again: of calls that began then.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ResendSpan {
    /// Then or later.
    #[schema(format = DateTime)]
    pub(in crate::http) from: Option<&'static str>,
    /// Before.
    #[schema(format = DateTime)]
    pub(in crate::http) to: Option<&'static str>,
}

/// How a record is to be sent again.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ResendWish {
    /// Also if the CRM has it.
    pub(in crate::http) force: Option<bool>,
}

impl NewConnection {
    pub(in crate::http) fn example() -> Self {
        Self { name: "Example Ltd", pbx: Credentials::example(), crm: NewCrm::example() }
    }
}

impl Credentials {
    pub(in crate::http) const fn example() -> Self {
        Self { host: "https://pbx.example", app_id: "5d2c…", app_secret: "c0ff…" }
    }
}

impl NewCrm {
    pub(in crate::http) fn example() -> Self {
        let settings = [("url", "https://crm.example/hook"), ("secret", "whsec_…")];
        Self { kind: "webhook", settings: settings.into() }
    }
}

impl CrmChange {
    pub(in crate::http) fn example() -> Self {
        let NewCrm { kind, settings } = NewCrm::example();
        let settings = settings.into_iter().map(|(name, value)| (name, CrmSetting::Text(value)));
        Self { kind, revoke_former: None, settings: settings.collect() }
    }
}
