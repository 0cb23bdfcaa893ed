//! What BottleCRM answers, as far as it is read. Without `Debug`, since people stand in it.

use serde::{Deserialize, Deserializer};

/// An id that BottleCRM gave: it becomes a part of paths, so it holds nothing that means something there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id(String);

impl Id {
    /// Reads one; `None` for what can't be an id.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an id"))
    }
}

/// Something was made.
#[derive(Deserialize)]
pub(super) struct Created {
    pub(super) id: Id,
}

/// `POST /api/contacts/duplicates/` and the same for leads.
#[derive(Deserialize)]
pub(super) struct Duplicates {
    pub(super) duplicates: Vec<Duplicate>,
}

/// Somebody whose number is like the one that was asked for.
#[derive(Deserialize)]
pub(super) struct Duplicate {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) phone: Option<String>,
}

/// `GET /api/contacts/{id}/` or `GET /api/leads/{id}/`.
#[derive(Deserialize)]
pub(super) struct Details {
    #[serde(alias = "contact_obj", alias = "lead_obj")]
    pub(super) record: Record,
}

/// A contact or a lead.
#[derive(Deserialize)]
pub(super) struct Record {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) updated_at: String,
    #[serde(default)]
    pub(super) assigned_to: Vec<Created>,
}

/// `GET /api/interactions/`, the latest first.
#[derive(Deserialize)]
pub(super) struct Interactions {
    pub(super) interactions: Vec<Interaction>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct Interaction {
    pub(super) id: Id,
    pub(super) kind: String,
    pub(super) occurred_at: String,
    #[serde(default)]
    pub(super) body: String,
}

/// `GET /api/users/`.
#[derive(Deserialize)]
pub(super) struct Users {
    pub(super) active_users: ActiveUsers,
}

/// A page of it.
#[derive(Deserialize)]
pub(super) struct ActiveUsers {
    pub(super) active_users_count: usize,
    pub(super) active_users: Vec<Profile>,
}

/// Somebody who works with BottleCRM.
#[derive(Deserialize)]
pub(super) struct Profile {
    pub(super) id: Id,
    pub(super) user_details: UserDetails,
    #[serde(default)]
    pub(super) phone: Option<String>,
}

/// Their account.
#[derive(Deserialize)]
pub(super) struct UserDetails {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) email: Option<String>,
}
