//! Records as they look in the delivery log.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::flow::CallDeps;
use crate::model::call::{Direction, Flow, Outcome, RecordId, RecordKind};
use crate::model::connection::Connection;
use crate::model::delivery::{Delivery as Stored, DeliveryState};
use crate::model::number::PhoneNumber;
use crate::rules::leg::{LegReading, Rulebook};
use crate::rules::verdict::Verdicts;
use crate::rules::whole::Whole;
use crate::storage::{CallItems, LegItem, Resend};

/// A record in the log, or a leg that gave none.
#[derive(Clone, Serialize, ToSchema)]
pub struct Call {
    /// Its id.
    pub record_id: String,
    /// The call.
    pub call_id: String,
    /// The leg; null for a missed call, which is the call's as a whole.
    #[schema(required)]
    pub leg_id: Option<String>,
    /// What the CRM is told, or was told last; null for what is not logged.
    #[schema(required)]
    pub r#type: Option<RecordKind>,
    /// Which way.
    pub direction: Direction,
    /// How it ended.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// The outside party; null when withheld.
    #[schema(required)]
    pub external_number: Option<String>,
    /// The extension, or the place where it was missed.
    #[schema(required)]
    pub internal_number: Option<String>,
    /// Whose it is in the CRM.
    #[schema(required)]
    pub crm_user: Option<String>,
    /// When it began.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// How long was talked.
    pub talk_seconds: u64,
    /// Where it stands.
    pub delivery: Delivery,
}

/// Where a record stands.
#[derive(Clone, Serialize, ToSchema)]
pub struct Delivery {
    /// Its state.
    pub state: LogState,
    /// How often it was tried.
    pub attempts: usize,
    /// When it is tried next.
    #[schema(required, format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// Why it stands there.
    #[schema(required)]
    pub reason: Option<String>,
}

/// The state of a record in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogState {
    /// The CRM has it.
    Delivered,
    /// It will be tried.
    Waiting,
    /// Something must be changed first.
    Parked,
    /// The last attempt failed.
    GaveUp,
    /// A leg that gave no record.
    NotLogged,
}

impl From<DeliveryState> for LogState {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Waiting => Self::Waiting,
            DeliveryState::Parked => Self::Parked,
            DeliveryState::GaveUp => Self::GaveUp,
        }
    }
}

impl From<&Stored> for Call {
    fn from(delivery: &Stored) -> Self {
        let record = &delivery.record;
        Self {
            record_id: record.record_id.to_string(),
            call_id: record.call_id.as_str().to_owned(),
            leg_id: record.leg_id.as_ref().map(|leg| leg.as_str().to_owned()),
            r#type: Some(delivery.kind()),
            direction: record.direction,
            outcome: record.outcome,
            external_number: record.external_number.as_ref().map(|number| number.reveal().to_owned()),
            internal_number: record.internal_number.as_ref().map(|number| number.as_str().to_owned()),
            crm_user: delivery.crm_user.as_ref().map(|user| user.as_str().to_owned()),
            started_at: record.started_at.rfc3339(),
            talk_seconds: record.talk_seconds(),
            delivery: Delivery {
                state: delivery.state.into(),
                attempts: delivery.attempts.len(),
                next_attempt_at: delivery.next_attempt_at.map(Timestamp::rfc3339),
                reason: delivery.reason.clone(),
            },
        }
    }
}

impl Call {
    /// A leg that gave no record, in the same shape; its reason is the verdict on its last event.
    pub fn unlogged(
        call: &CallItems,
        id: RecordId,
        connection: &Connection,
        deps: &CallDeps,
    ) -> Option<Self> {
        let item = call.legs.iter().find(|item| item.record.id == id)?;
        let verdicts = verdicts(call, connection, deps)?;
        let reading = LegReading::new(&item.leg, book(connection));
        let last = item.leg.events().last()?;
        let other = reading.scope.other_party();
        Some(Self {
            record_id: id.to_string(),
            call_id: item.leg.call_id.as_str().to_owned(),
            leg_id: Some(item.leg.leg_id.as_str().to_owned()),
            r#type: None,
            direction: match reading.flow {
                Flow::In => Direction::Inbound,
                Flow::Out => Direction::Outbound,
            },
            outcome: None,
            external_number: other.as_ref().map(PhoneNumber::reveal).map(str::to_owned),
            internal_number: Some(item.leg.extension.number.as_str().to_owned()),
            crm_user: None,
            started_at: reading.started_at().rfc3339(),
            talk_seconds: 0,
            delivery: Delivery {
                state: LogState::NotLogged,
                attempts: 0,
                next_attempt_at: item.record.due_at.map(Timestamp::rfc3339),
                reason: Some(verdicts.on(&item.leg, last, is_given_up(item))),
            },
        })
    }
}

/// How far a request to resend many records has come.
#[derive(Clone, Serialize, ToSchema)]
pub struct Resending {
    /// Records that were sent again.
    pub resent: u64,
    /// Records that were looked at.
    pub looked_at: u64,
    /// Whether that was all.
    pub done: bool,
    /// Calls that began then or later.
    #[schema(format = DateTime)]
    pub from: String,
    /// Calls that began before.
    #[schema(format = DateTime)]
    pub to: String,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub begun_at: String,
}

impl From<&Resend> for Resending {
    fn from(resend: &Resend) -> Self {
        Self {
            resent: resend.resent,
            looked_at: resend.seen,
            done: resend.done,
            from: resend.from.rfc3339(),
            to: resend.to.rfc3339(),
            begun_at: resend.begun_at.rfc3339(),
        }
    }
}

/// Whether the end of a leg was waited for long enough: nothing is due of it any more.
pub(super) const fn is_given_up(item: &LegItem) -> bool {
    item.record.due_at.is_none()
}

pub(super) fn verdicts<'a>(
    call: &'a CallItems,
    connection: &'a Connection,
    deps: &CallDeps,
) -> Option<Verdicts<'a>> {
    let whole = Whole::read(call.call_id()?, &call.spoken(), call.evidence(), book(connection));
    Some(Verdicts::of(whole, deps.timing.hold, deps.clock.now()))
}

pub(super) const fn book(connection: &Connection) -> Rulebook<'_> {
    Rulebook { connection: connection.id, numbers: &connection.numbers, policy: &connection.policy }
}
