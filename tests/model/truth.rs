//! The records that a story must leave in the CRM, and how they are compared with what is there.

use serde_json::Value;

use crate::site::Final;
use crate::site::cast::Extension;

/// Where a record belongs: number, user and extension go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) number: String,
    pub(super) user: Option<&'static str>,
    pub(super) extension: u64,
}

impl From<Extension> for Place {
    fn from(extension: Extension) -> Self {
        Self { number: extension.number(), user: extension.user, extension: extension.id }
    }
}

/// A record that must be there.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// The place of its leg in the story; none for a missed call.
    pub(super) leg: Option<usize>,
    /// The leg's id, unless any will do.
    pub(super) leg_id: Option<String>,
    pub(super) direction: &'static str,
    /// Any of these.
    pub(super) outcomes: Vec<&'static str>,
    /// The other party's number; none for one who withheld it.
    pub(super) number: Option<String>,
    /// Any of these.
    pub(super) places: Vec<Place>,
    pub(super) talk_seconds: i64,
    /// How far the talk may be off.
    pub(super) give: i64,
    /// The public number that was called, where it is sure.
    pub(super) did: Option<&'static str>,
    /// Whether it may be lacking: where events were lost of what the history does not tell.
    pub(super) doubtful: bool,
}

impl Expected {
    fn kind(&self) -> &'static str {
        if self.leg.is_some() { "call.ended" } else { "call.missed" }
    }

    /// Whether a record is this one.
    pub(super) fn fits(&self, found: &Final) -> bool {
        let data = &found.data;
        let text = |key: &str| data[key].as_str();
        let place = |place: &Place| {
            text("internal_number") == Some(place.number.as_str())
                && text("crm_user") == place.user
                && data["extension_id"].as_u64() == Some(place.extension)
        };
        let leg = match (&self.leg, &self.leg_id) {
            (Some(_), Some(id)) => text("leg_id") == Some(id.as_str()),
            (Some(_), None) => text("leg_id").is_some(),
            (None, _) => data["leg_id"].is_null(),
        };
        found.kind == self.kind()
            && leg
            && text("direction") == Some(self.direction)
            && text("outcome").is_some_and(|outcome| self.outcomes.contains(&outcome))
            && text("external_number") == self.number.as_deref()
            && self.places.iter().any(place)
            && data["talk_seconds"].as_i64().is_some_and(|talk| (talk - self.talk_seconds).abs() <= self.give)
            && self.did.is_none_or(|did| text("did") == Some(did))
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let places: Vec<_> = self
            .places
            .iter()
            .map(|place| format!("{} {}", place.number, place.user.unwrap_or("nobody")))
            .collect();
        format!(
            "{} {} {} {} at {} for {} s{}{}",
            self.kind().trim_start_matches("call."),
            self.direction,
            self.outcomes.join("|"),
            self.number.as_deref().unwrap_or("withheld"),
            places.join("|"),
            self.talk_seconds,
            self.leg_id.as_ref().map(|id| format!(", leg {id}")).unwrap_or_default(),
            self.did.map(|did| format!(", did {did}")).unwrap_or_default(),
        )
    }
}

/// The same for a record that is there.
pub(super) fn text(found: &Final) -> String {
    let text = |key: &str| match &found.data[key] {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    };
    format!(
        "{} {} {} {} at {} {} ({}) for {} s, leg {}, did {}, revision {}",
        found.kind.trim_start_matches("call."),
        text("direction"),
        text("outcome"),
        text("external_number"),
        text("internal_number"),
        text("crm_user"),
        text("extension_id"),
        text("talk_seconds"),
        text("leg_id"),
        text("did"),
        text("revision"),
    )
}

/// What is missing of the expected records and what is there beside them.
pub(super) fn differences<'a>(
    expected: &'a [Expected],
    found: &'a [Final],
) -> (Vec<&'a Expected>, Vec<&'a Final>) {
    let mut rest: Vec<&Final> = found.iter().collect();
    let mut missing = Vec::new();
    // Those that are sure first: one that may be lacking takes what is left.
    let (sure, doubtful): (Vec<_>, Vec<_>) = expected.iter().partition(|one| !one.doubtful);
    for wanted in sure.into_iter().chain(doubtful) {
        match rest.iter().position(|one| wanted.fits(one)) {
            Some(place) => drop(rest.remove(place)),
            None if wanted.doubtful => {}
            None => missing.push(wanted),
        }
    }
    (missing, rest)
}
