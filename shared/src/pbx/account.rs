//! Whose account it is: the user behind the token, the customer with its numbering, and its limits
//! (docs/pbx.md §1.6, §2, §9.3; R2).

use serde_json::Value;

use super::answer::object;
use super::error::PbxError;
use super::session::Session;
use super::wire::{self, Loose};
use crate::model::ids::{ExtensionId, PbxClientId};
use crate::model::number::NumberPlan;

/// Digits after the `*` when the PBX doesn't say (docs/pbx.md §2.2).
const DEFAULT_EXTENSION_LEN: u64 = 3;

/// No extension has more handlers than this; larger numbers mean something else.
const MOST_EVENTS: u32 = 10_000;

/// The PBX user behind a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What they may do.
    pub access: Access,
    /// The customer they belong to; absent for the provider's own users.
    pub client_id: Option<PbxClientId>,
    /// Set for users of one extension, who see only that one.
    pub extension_id: Option<ExtensionId>,
    /// Set for users of one group of extensions.
    pub extension_group_id: Option<u64>,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything their application may.
    Full,
    /// GET only: events can't be added.
    ReadOnly,
    /// Not told.
    Unknown,
}

impl User {
    /// Whether this is an administrator of a whole account, which is what an integration needs.
    pub const fn is_account_wide(&self) -> bool {
        self.client_id.is_some() && self.extension_id.is_none() && self.extension_group_id.is_none()
    }
}

/// The customer on the PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: PbxClientId,
    /// Its prefix and the length of its extension numbers.
    pub numbers: NumberPlan,
    /// Whether it is active, or blocked.
    pub active: bool,
    /// Its IANA time zone.
    pub timezone: Option<String>,
}

/// The account's limits, as far as they can be recognised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Events on one extension, all integrations together (R7).
    pub events: Option<u32>,
}

impl Session {
    /// The user behind the token.
    pub async fn user(&self) -> Result<User, PbxError> {
        object(self.get("user/", &[]).await?, |user: wire::User| {
            user.id.number()?;
            Some(User {
                access: match user.access.text() {
                    Some("full") => Access::Full,
                    Some("read_only") => Access::ReadOnly,
                    _ => Access::Unknown,
                },
                client_id: user.client_id.number().and_then(PbxClientId::new),
                extension_id: user.extension_id.number().and_then(ExtensionId::new),
                extension_group_id: user.extension_group_id.number().filter(|id| *id != 0),
            })
        })
    }

    /// The customer, by its documented path (docs/pbx.md §2.1).
    pub async fn client(&self) -> Result<Customer, PbxError> {
        object(self.get("client/@me/client/", &[]).await?, customer)
    }

    /// The customer, by the path to fall back on when the first is not found (docs/pbx.md §2.1).
    pub async fn client_info(&self) -> Result<Customer, PbxError> {
        object(self.get("client/client_info/@me/", &[]).await?, customer)
    }

    /// The account's limits. The fields are undocumented, so anything that reads like one of events is taken.
    pub async fn limits(&self) -> Result<Limits, PbxError> {
        let value = self.get("client/@me/limit/", &[]).await?;
        Ok(Limits { events: event_limit(&value) })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the wire struct ends here")]
fn customer(client: wire::Client) -> Option<Customer> {
    let length = client.extension_len.number().unwrap_or(DEFAULT_EXTENSION_LEN);
    Some(Customer {
        id: client.id.number().and_then(PbxClientId::new)?,
        numbers: NumberPlan::new(client.prefix.text()?, u8::try_from(length).ok()?)?,
        active: client.status.text() != Some("blocked"),
        timezone: client.timezone.text().map(str::to_owned),
    })
}

/// The number under a key that mentions events, at any depth: one that also says limit or maximum if there is one,
/// never one that counts what is used.
fn event_limit(value: &Value) -> Option<u32> {
    let mut found = Vec::new();
    collect(value, "", &mut found);
    found.sort_by_key(|(path, _)| !(path.contains("limit") || path.contains("max")));
    found.first().map(|(_, number)| *number)
}

fn collect(value: &Value, path: &str, found: &mut Vec<(String, u32)>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                collect(inner, &format!("{path}/{}", key.to_ascii_lowercase()), found);
            }
        }
        Value::Array(values) => values.iter().for_each(|inner| collect(inner, path, found)),
        Value::Number(_) | Value::String(_) => {
            let number = Loose::from(value).number().and_then(|number| u32::try_from(number).ok());
            let counts = ["used", "count", "current", "remain", "free", "_id"];
            let last = path.rsplit('/').next().unwrap_or_default();
            let fits =
                path.contains("event") && last != "id" && !counts.iter().any(|word| last.contains(word));
            if let Some(number) = number.filter(|number| fits && (1..=MOST_EVENTS).contains(number)) {
                found.push((path.to_owned(), number));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}
