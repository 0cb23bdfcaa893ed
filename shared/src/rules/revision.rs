//! What becomes of a delivery whose record changed: told anew under the next revision, taken back, or left alone since
//! the CRM knows it already.

use super::delivery::{WITHDRAWN, tell_anew};
use crate::clock::Timestamp;
use crate::model::call::CallRecord;
use crate::model::delivery::{Content, Delivery, DeliveryState, Tells};
use crate::model::ids::CrmUserId;

/// What the events say now takes the place of what they said before. What may have been seen is never reused for
/// another content, and nothing goes out that says what the CRM was told last.
pub(super) fn revised(
    stored: Delivery,
    record: &CallRecord,
    user: Option<&CrmUserId>,
    now: Timestamp,
) -> Delivery {
    let same_place = stored.record.extension_id == record.extension_id;
    let user = if same_place { stored.crm_user.clone() } else { user.cloned() };
    let content = Content { record: record.clone(), crm_user: user };
    let before = Content { record: stored.record.clone(), crm_user: stored.crm_user.clone() };
    if !stored.is_withdrawn() && same(&before, &content) {
        // Fractions of seconds may differ: the log shows the latest.
        return Delivery { record: content.record, ..stored };
    }
    let mut delivery = stored;
    let Some(mut sent) = delivery.sent.take() else {
        delivery.record = content.record;
        delivery.crm_user = content.crm_user;
        return if delivery.state == DeliveryState::Waiting { delivery } else { tell_anew(delivery, now) };
    };
    let last = sent.other.take().map_or(before, |other| *other);
    delivery.tells = Tells::Record;
    let told_already = !sent.withdrawn && same(&last, &content);
    let recorded = sent.sure
        && !sent.withdrawn
        && last.crm_user == content.crm_user
        && last.record.tells_the_same(&content.record)
        && content.record.recording_id.is_some();
    delivery.record = content.record;
    delivery.crm_user = content.crm_user;
    if told_already {
        delivery.revision = sent.revision;
        if sent.sure {
            delivery.state = DeliveryState::Delivered;
            delivery.reason = None;
            delivery.next_attempt_at = None;
        }
        delivery.sent = Some(sent);
        return delivery;
    }
    delivery.tells = if recorded { Tells::Recording } else { Tells::Record };
    delivery.revision = sent.revision + 1;
    delivery.progress.done.clear();
    sent.other = Some(Box::new(last));
    delivery.sent = Some(sent);
    tell_anew(delivery, now)
}

/// Later events, or the history, took the record's ground away. One that nobody can have seen is dropped; of one
/// that was seen the CRM is told.
pub(super) fn withdrawn(mut delivery: Delivery, now: Timestamp) -> Option<Delivery> {
    if delivery.is_withdrawn() {
        return Some(delivery);
    }
    let mut sent = delivery.sent.take()?;
    if let Some(last) = sent.other.take() {
        delivery.record = last.record;
        delivery.crm_user = last.crm_user;
    }
    delivery.tells = Tells::Withdrawal;
    if sent.withdrawn {
        // It came back meanwhile, but the CRM never heard of that.
        delivery.revision = sent.revision;
        if sent.sure {
            delivery.state = DeliveryState::Delivered;
            delivery.reason = Some(WITHDRAWN.to_owned());
            delivery.next_attempt_at = None;
        }
        delivery.sent = Some(sent);
        return Some(delivery);
    }
    delivery.revision = sent.revision + 1;
    delivery.progress.done.clear();
    delivery.sent = Some(sent);
    let mut delivery = tell_anew(delivery, now);
    delivery.reason = Some(WITHDRAWN.to_owned());
    Some(delivery)
}

fn same(one: &Content, other: &Content) -> bool {
    one.crm_user == other.crm_user
        && one.record.tells_the_same(&other.record)
        && one.record.recording_id == other.record.recording_id
}
