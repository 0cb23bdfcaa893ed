//! Looking for calls in the delivery log: by number, by whose they are, by how they ended, where they stand and when they
//! began. The log is in order of time, so whatever else is asked for is looked for page by page, as far as one look goes; a
//! call's own id leads to it at once.

use crate::clock::Timestamp;
use crate::flow::connection::persons::Wanted;
use crate::model::call::{Outcome, RecordId};
use crate::model::delivery::{Delivery, DeliveryState};
use crate::model::ids::{CallId, ConnectionId, CrmUserId};
use crate::model::number::{ExtensionNumber, PhoneNumber};
use crate::storage::{CallItems, Listed, Page, Span, Store, StoreError};

/// Records of one page.
const PAGE: i32 = 50;
/// Pages that one look goes through; then the cursor is handed back, found or not.
const PAGES_SEARCHED: usize = 10;
/// So many are enough for one answer.
const ENOUGH: usize = 25;

/// What is looked for.
#[derive(Clone, Default)]
pub struct Filter {
    /// Calls that began then or later.
    pub from: Timestamp,
    /// Calls that began before.
    pub to: Timestamp,
    /// One call.
    pub call_id: Option<CallId>,
    /// The other party's number, or an extension's, in any spelling.
    pub number: Option<Wanted>,
    /// Whose they are.
    pub crm_user: Option<CrmUserId>,
    /// How they ended.
    pub outcome: Option<Outcome>,
    /// Where their records stand.
    pub state: Option<DeliveryState>,
}

impl Filter {
    fn holds(&self, delivery: &Delivery) -> bool {
        let record = &delivery.record;
        let external = record.external_number.as_ref().map(PhoneNumber::reveal);
        let internal = record.internal_number.as_ref().map(ExtensionNumber::as_str);
        self.state.is_none_or(|state| delivery.state == state)
            && self.fits(external, internal, delivery.crm_user.as_ref(), record.outcome)
    }

    /// Whether a call of these is looked for, wherever it stands.
    pub fn fits(
        &self,
        external: Option<&str>,
        internal: Option<&str>,
        crm_user: Option<&CrmUserId>,
        outcome: Option<Outcome>,
    ) -> bool {
        let parties = [external, internal];
        let number = self.number.as_ref();
        number.is_none_or(|wanted| parties.into_iter().flatten().any(|party| wanted.is(party)))
            && self.crm_user.as_ref().is_none_or(|user| crm_user == Some(user))
            && self.outcome.is_none_or(|wanted| outcome == Some(wanted))
    }

    /// Whether a moment is in the span that is looked through.
    pub fn spans(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.to
    }
}

/// Records that were looked for, newest first.
pub async fn find(
    store: &Store,
    connection: ConnectionId,
    filter: &Filter,
    cursor: Option<&str>,
) -> Result<Page<Listed>, StoreError> {
    if let Some(call) = &filter.call_id {
        let call = one(store, connection, call).await?;
        let legs = call.legs.into_iter().map(|leg| leg.record);
        let records = legs.chain(call.call.map(|call| call.record));
        let found = records.filter_map(|record| Some(Listed { id: record.id, delivery: record.delivery? }));
        let wanted = |listed: &Listed| {
            filter.spans(listed.delivery.record.started_at) && filter.holds(&listed.delivery)
        };
        return Ok(Page { items: found.filter(wanted).collect(), cursor: None });
    }
    let (mut items, mut cursor) = (Vec::new(), cursor.map(str::to_owned));
    for _ in 0..PAGES_SEARCHED {
        let span = Span { from: filter.from, to: filter.to, cursor: cursor.as_deref(), limit: PAGE };
        let page = store.records(connection, span).await?;
        items.extend(page.items.into_iter().filter(|listed| filter.holds(&listed.delivery)));
        cursor = page.cursor;
        if cursor.is_none() || items.len() >= ENOUGH {
            break;
        }
    }
    Ok(Page { items, cursor })
}

/// Everything of a call, by its id.
pub async fn one(store: &Store, connection: ConnectionId, call: &CallId) -> Result<CallItems, StoreError> {
    store.call(connection, RecordId::call_key(connection, call)).await
}
