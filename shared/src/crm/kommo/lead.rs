//! A stranger's call as an incoming lead, which Kommo logs the call with by itself (docs/kommo.md §6).

use serde_json::{Value, json};

use super::contact::{Bound, Kind, Stranger, phone};
use super::fields::SOURCE;
use super::request::Api;
use super::wire::Incoming;
use crate::crm::{CrmError, Message};

/// What names us among an account's sources.
const SOURCE_UID: &str = "ringbridge";
/// What incoming leads are listed by, the latest first.
const LATEST: [(&str, &str); 3] =
    [("filter[category][]", "sip"), ("order[created_at]", "desc"), ("limit", "250")];
const PATH: &str = "v4/leads/unsorted";

/// What came of a stranger's call.
pub(super) struct Came {
    /// The lead, on which later calls of theirs are logged until somebody accepts it.
    pub(super) lead: Bound,
    /// The contact that comes with it.
    pub(super) contact: Option<u64>,
}

impl Came {
    fn of(incoming: &Incoming) -> Option<Self> {
        let lead = Bound { kind: Kind::Lead, id: incoming.lead()? };
        Some(Self { lead, contact: incoming.contact() })
    }
}

/// Makes it. Kommo logs the call in the same breath.
pub(super) async fn make(
    api: &Api<'_>,
    message: &Message<'_>,
    mut stranger: Stranger<'_>,
    user: Option<u64>,
    uniq: &str,
) -> Result<Came, CrmError> {
    let number = stranger.number().e164().to_owned();
    let made: Incoming =
        api.make("v4/leads/unsorted/sip", incoming(message, &number, user, uniq), "unsorted").await?;
    let came = Came::of(&made).ok_or(CrmError::Unreadable { status: 200 })?;
    stranger.became(api, came.lead).await?;
    Ok(came)
}

/// The incoming lead of this call, if it is there and nobody has accepted or declined it.
pub(super) async fn look(api: &Api<'_>, uniq: &str) -> Result<Option<Came>, CrmError> {
    let latest: Vec<Incoming> = api.list(PATH, &LATEST, "unsorted").await?;
    Ok(latest.iter().find(|one| one.uniq() == Some(uniq)).and_then(Came::of))
}

fn incoming(message: &Message<'_>, number: &str, user: Option<u64>, uniq: &str) -> Value {
    let record = message.record;
    let line = record.did.as_ref().map_or("", |did| did.reveal());
    let mut metadata = json!({
        "is_call_event_needed": true,
        "uniq": uniq,
        "duration": record.talk_seconds(),
        "service_code": SOURCE_UID,
        "phone": line,
        "from": number,
        "called_at": record.started_at.secs(),
    });
    if let Some(link) = message.recording_url {
        metadata["link"] = json!(link);
    }
    if let Some(user) = user {
        metadata["call_responsible"] = json!(user);
    }
    json!({
        "source_name": SOURCE,
        "source_uid": SOURCE_UID,
        "created_at": record.started_at.secs(),
        "metadata": metadata,
        "_embedded": {
            "leads": [{ "name": number }],
            "contacts": [{ "name": number, "custom_fields_values": [phone(number)] }],
        },
    })
}
