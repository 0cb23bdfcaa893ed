//! The table: scenario by scenario, the bodies of docs/pbx.md §11.12 and their records.

use std::time::Duration;

use ringbridge::model::connection::Policy;
use simulators::posting::Posting;

use super::{Posted, fixture, lines, with, without};

macro_rules! bodies {
    ($name:literal) => {
        fixture(include_str!(concat!("../../fixtures/calls/", $name, ".txt")))
    };
}

const ANSWERED: &str = "call.ended Inbound Answered +442079460555 4821*205 12:00:00-12:01:19 answered 12:00:06 talk 74 did 442079460100 recorded";

#[track_caller]
fn gives(posted: &[Posted], expected: &[&str]) {
    assert_eq!(lines(posted, &Policy::default()), expected);
}

fn shifted(posted: &[Posted], from: &str, to: &str) -> Vec<Posted> {
    posted.iter().map(|(extension, body)| (*extension, body.replace(from, to))).collect()
}

#[test]
fn answered_phone_gives_one_incoming_record() {
    gives(&bodies!("answered"), &[ANSWERED]);
}

#[test]
fn unanswered_phone_is_missed_there_whatever_its_status() {
    for status in ["NOANSWER", "CANCEL", "BUSY", "CHANUNAVAIL", "CONGESTION", "SOMETHING-NEW"] {
        let mut posted = bodies!("rang_in_vain");
        posted[1].1 = with(&posted[1].1, "CallStatus", status);
        let missed = "call.missed Inbound Missed +442079460555 4821*205 12:01:40-12:02:05 did 442079460100";
        gives(&posted, &[missed]);
        // An unregistered phone may send no dial-in at all.
        let missed = "call.missed Inbound Missed +442079460555 4821*205 12:02:05-12:02:05 did 442079460100";
        gives(&posted[1..], &[missed]);
    }
}

#[test]
fn unanswered_phone_gives_nothing_when_the_policy_says_so() {
    let policy = Policy { direct_missed: false, ..Policy::default() };
    assert_eq!(lines(&bodies!("rang_in_vain"), &policy), [""; 0]);
}

#[test]
fn ivr_before_an_answered_phone_adds_nothing() {
    let mut posted = bodies!("answered");
    let call = (posted[0].0, posted[0].1.clone());
    let menu = bodies!("hung_up_in_menu");
    let passed = menu.iter().map(|(id, body)| Posting::from((*id, body.as_str())));
    posted.extend(passed.map(|one| one.in_call_of((call.0, &call.1)).with("Bridged", "yes").posted()));
    gives(&posted, &[ANSWERED]);
}

#[test]
fn hung_up_in_the_ivr_is_missed_there() {
    let missed = "call.missed Inbound Missed +442079460555 4821*099 12:08:10-12:08:20 did 442079460100";
    gives(&bodies!("hung_up_in_menu"), &[missed]);
    let mut posted = bodies!("hung_up_in_menu");
    posted[0].1 = with(&posted[0].1, "CalledNumber", "442079460100");
    gives(&posted, &[missed]);
}

#[test]
fn answered_queue_gives_the_answering_leg_alone() {
    let answered = "call.ended Inbound Answered +442079460555 4821*205 12:03:20-12:04:19 answered 12:03:27 talk 52 did 442079460100 via 4821*801";
    gives(&bodies!("queue_one_answers"), &[answered]);
}

#[test]
fn missed_queue_beats_the_ivr() {
    let missed = "call.missed Inbound Missed +442079460555 4821*801 12:06:00-12:06:40 did 442079460100";
    gives(&bodies!("queue_missed_behind_menu"), &[missed]);
}

#[test]
fn last_queue_beats_the_earlier_one() {
    let mut posted = bodies!("queue_missed_behind_menu");
    let second = Posting::from((posted[1].0, posted[1].1.as_str())).on(802).later(Duration::from_millis(100));
    posted.insert(0, second.posted());
    let missed = "call.missed Inbound Missed +442079460555 4821*802 12:06:00-12:06:40 did 442079460100";
    gives(&posted, &[missed]);
}

#[test]
fn transfer_gives_one_record_for_each_leg() {
    let second = "call.ended Inbound Answered +442079460555 4821*206 12:15:30-12:16:31 answered 12:15:34 talk 58 did 442079460100 transferred recorded";
    let first = "call.ended Inbound Answered +442079460555 4821*205 12:14:10-12:15:29 answered 12:14:16 talk 74 did 442079460100 recorded";
    gives(&bodies!("transferred"), &[first, second]);
}

#[test]
fn outgoing_call_is_logged_for_its_phone() {
    let answered = "call.ended Outbound Answered +442079460777 4821*205 12:10:00-12:10:27 answered 12:10:11 talk 16 recorded";
    gives(&bodies!("called_out"), &[answered]);
}

#[test]
fn outgoing_call_is_logged_with_its_status() {
    for (status, outcome) in [
        ("BUSY", "Busy"),
        ("NOANSWER", "NoAnswer"),
        ("CANCEL", "Cancelled"),
        ("CONGESTION", "Failed"),
        ("CHANUNAVAIL", "Unavailable"),
        ("SOMETHING-NEW", "Failed"),
    ] {
        let mut posted = bodies!("called_out_busy");
        posted[1].1 = with(&posted[1].1, "CallStatus", status);
        gives(&posted, &[&format!("call.ended Outbound {outcome} +442079460777 4821*205 12:11:40-12:11:48")]);
    }
}

#[test]
fn forward_to_a_mobile_is_its_own_outgoing_record() {
    let forwarded = "call.ended Outbound Answered +447700900321 4821*205 12:16:40-12:17:24 answered 12:16:49 talk 36 transferred";
    gives(&bodies!("forwarded_to_mobile"), &[forwarded]);
    let from_extension: Vec<_> = bodies!("forwarded_to_mobile")
        .iter()
        .map(|(id, body)| (*id, with(body, "CallerIDNum", "4821%2A205")))
        .collect();
    gives(&from_extension, &[forwarded]);
}

#[test]
fn internal_call_is_not_logged() {
    gives(&bodies!("phone_to_phone"), &[]);
    // Numbers may come short, and some installations use the other spelling of the keys (R12).
    for (from, to) in
        [("4821%2A206&", "206&"), ("CalledNumber=", "CalledNum="), ("CallerIDNum=", "CallerNum=")]
    {
        gives(&shifted(&bodies!("phone_to_phone"), from, to), &[]);
    }
}

#[test]
fn internal_call_is_logged_when_the_policy_says_so() {
    let policy = Policy { log_internal: true, ..Policy::default() };
    let outgoing =
        "call.ended Outbound Answered 4821*206 4821*205 12:13:20-12:13:50 answered 12:13:25 talk 26";
    let incoming =
        "call.ended Inbound Answered 4821*205 4821*206 12:13:20-12:13:50 answered 12:13:25 talk 25";
    assert_eq!(lines(&bodies!("phone_to_phone"), &policy), [outgoing, incoming]);
}

#[test]
fn website_callback_lost_in_the_ivr_is_missed_although_the_call_began_answered() {
    let outgoing =
        "call.ended Outbound Answered +447700900321 4821*205 12:18:20-12:18:51 answered 12:18:27 talk 25";
    let missed = "call.missed Inbound Missed +447700900321 4821*099 12:18:27-12:18:51";
    gives(&bodies!("site_callback_lost_in_menu"), &[outgoing, missed]);
}

#[test]
fn lost_answer_event_is_made_up_for_by_the_hangup() {
    let mut posted = bodies!("answered");
    posted.remove(1);
    gives(&posted, &[ANSWERED]);
    // Without talk time the hangup alone is no evidence: it may be a loser's of a parallel ring.
    posted[1].1 = without(&posted[1].1, "Duration");
    let missed = "call.missed Inbound Missed +442079460555 4821*205 12:00:00-12:01:19 did 442079460100";
    gives(&posted, &[missed]);
}

#[test]
fn answered_leg_that_ends_badly_is_logged_and_is_no_success() {
    let mut posted = bodies!("answered");
    posted[2].1 = with(&posted[2].1, "CallStatus", "CONGESTION");
    let failed = "call.ended Inbound Failed +442079460555 4821*205 12:00:00-12:01:19 answered 12:00:06 talk 0 did 442079460100 recorded";
    gives(&posted, &[failed]);
}

#[test]
fn talk_shorter_than_half_a_second_is_answered_all_the_same() {
    let mut posted = bodies!("answered");
    posted[2].1 = with(&posted[2].1, "Duration", "300000");
    assert!(lines(&posted, &Policy::default())[0].contains("Answered"));
}

#[test]
fn withheld_number_is_an_outside_caller_without_a_number() {
    for withheld in ["anonymous", "", "unknown"] {
        let posted: Vec<_> =
            bodies!("answered").iter().map(|(id, body)| (*id, with(body, "CallerIDNum", withheld))).collect();
        gives(&posted, &[&ANSWERED.replace("+442079460555", "-")]);
    }
}

#[test]
fn ignored_number_is_not_logged() {
    let ignore_numbers =
        vec![ringbridge::model::number::PhoneNumber::new("0044 20 7946 0555".replacen("00", "+", 1))];
    let policy = Policy { ignore_numbers, ..Policy::default() };
    for posted in [
        bodies!("answered"),
        bodies!("rang_in_vain"),
        bodies!("hung_up_in_menu"),
        bodies!("queue_missed_behind_menu"),
    ] {
        assert_eq!(lines(&posted, &policy), [""; 0]);
    }
}
