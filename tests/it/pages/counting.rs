//! What the records of some days come to, by a table.

use ringbridge::clock::Timestamp;
use ringbridge::model::call::{CallRecord, Direction, Outcome, RecordId, RecordKind};
use ringbridge::model::ids::{CallId, ConnectionId, CrmUserId, ExtensionId};
use ringbridge::model::number::PhoneNumber;
use ringbridge::rules::overview;

const HOUR: i64 = 3_600;

/// A record: `i` came in, `o` went out, `m` was missed, `n` was called in vain.
fn record(what: char, call: &str, number: &str, hour: i64, talk: u64) -> CallRecord {
    let call_id = CallId::parse(call).unwrap();
    let (direction, outcome, kind) = match what {
        'i' => (Direction::Inbound, Outcome::Answered, RecordKind::Ended),
        'o' => (Direction::Outbound, Outcome::Answered, RecordKind::Ended),
        'm' => (Direction::Inbound, Outcome::Missed, RecordKind::Missed),
        _ => (Direction::Outbound, Outcome::Busy, RecordKind::Ended),
    };
    CallRecord {
        record_id: RecordId::of_missed(ConnectionId::from_bytes([0; 16]), &call_id),
        call_id,
        leg_id: None,
        kind,
        direction,
        outcome: Some(outcome),
        external_number: (!number.is_empty()).then(|| PhoneNumber::new(number)),
        internal_number: None,
        extension_id: ExtensionId::new(1).unwrap(),
        did: None,
        started_at: Timestamp::from_secs(hour * HOUR),
        answered_at: None,
        ended_at: None,
        talk_micros: talk * 1_000_000,
        recording_id: None,
        via: Vec::new(),
        transferred: false,
    }
}

/// What happened, as calls of a kind with a number, and how many callers wait.
type Case<'a> = (&'a str, &'a [(char, &'a str)], usize);

#[test]
fn a_caller_waits_until_they_were_talked_to_or_called() {
    let (plus, national) = ("+442079460555", "02079460555");
    let cases: &[Case] = &[
        ("missed", &[('m', plus)], 1),
        ("missed twice, in two spellings", &[('m', plus), ('m', national)], 1),
        ("talked to later", &[('m', plus), ('i', national)], 0),
        ("called later", &[('m', plus), ('o', national)], 0),
        ("called later in vain", &[('m', plus), ('n', plus)], 0),
        ("talked to before", &[('i', plus), ('m', plus)], 1),
        ("somebody else was called", &[('m', plus), ('o', "+442079460556")], 1),
        ("missed again after a call back", &[('m', plus), ('o', plus), ('m', plus)], 1),
        ("withheld", &[('m', "")], 0),
    ];
    for (name, calls, waiting) in cases {
        let records: Vec<_> = (0..)
            .zip(*calls)
            .map(|(hour, (what, number))| record(*what, &format!("c{hour}"), number, hour, 0))
            .collect();
        let owned: Vec<_> = records.iter().rev().map(|record| (record, None)).collect();
        let counted = overview::count(&owned, Timestamp::default(), |_| 0);
        assert_eq!(counted.waiting.len(), *waiting, "{name}");
    }
}

#[test]
fn calls_are_counted_once_by_day_hour_and_person() {
    let (mary, john) = (CrmUserId::parse("u1").unwrap(), CrmUserId::parse("u2").unwrap());
    let records = [
        (record('i', "a", "+442079460555", 1, 60), Some(&mary)),
        // Transferred: one call of two records.
        (record('i', "a", "+442079460555", 2, 30), Some(&john)),
        (record('m', "b", "", 25, 0), None),
        (record('n', "c", "+442079460556", 26, 0), Some(&john)),
        (record('o', "d", "+442079460556", 26, 45), Some(&john)),
    ];
    let owned: Vec<_> = records.iter().map(|(record, user)| (record, *user)).collect();
    let hour = |at: Timestamp| usize::try_from(at.secs() / HOUR % 24).unwrap();
    let counted = overview::count(&owned, Timestamp::from_secs(24 * HOUR), hour);
    assert_eq!((counted.week, counted.today), ([1, 1, 1, 1], [0, 1, 1, 1]));
    assert_eq!((counted.hours[1], counted.hours[2]), ([1, 0, 1, 0], [0, 1, 0, 1]));
    let talk: Vec<_> = counted.talk.iter().map(|(user, talk)| (*user, talk.calls, talk.seconds)).collect();
    assert_eq!(talk, [(Some(&john), 2, 75), (Some(&mary), 1, 60)]);
    assert_eq!(counted.withheld, 1);
}
