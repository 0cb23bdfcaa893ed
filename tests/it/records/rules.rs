//! Rules beside the scenarios: what is internal (R12), where a call went on, bundles.

use ringbridge::model::connection::Policy;
use simulators::posting::Posting;

use super::{Posted, fixture, lines, records, with, without};

fn answered() -> Vec<Posted> {
    fixture(include_str!("../../fixtures/calls/answered.txt"))
}

fn queue_one_answers() -> Vec<Posted> {
    fixture(include_str!("../../fixtures/calls/queue_one_answers.txt"))
}

fn queue_missed() -> Vec<Posted> {
    fixture(include_str!("../../fixtures/calls/queue_missed_behind_menu.txt"))
}

fn each(posted: Vec<Posted>, change: impl Fn(&str) -> String) -> Vec<Posted> {
    posted.into_iter().map(|(extension, body)| (extension, change(&body))).collect()
}

#[test]
fn both_numbers_in_extension_format_are_internal_even_of_another_prefix() {
    for caller in ["4821%2A207", "999%2A12", "123456%2A9999", "4821%2A207@sip.pbx.example", "207"] {
        let posted = each(answered(), |body| with(body, "CallerIDNum", caller));
        assert_eq!(lines(&posted, &Policy::default()), [""; 0], "{caller}");
    }
    // Not whole matches, or short numbers that are not in the list: outside.
    for caller in ["12%2A207", "1234567%2A207", "4821%2A20755", "208", "%2B4821207"] {
        let posted = each(answered(), |body| with(body, "CallerIDNum", caller));
        assert_eq!(lines(&posted, &Policy::default()).len(), 1, "{caller}");
    }
}

#[test]
fn remote_number_makes_a_call_external() {
    let internal = each(answered(), |body| with(body, "CallerIDNum", "4821%2A207"));
    let external = each(internal, |body| with(body, "RemoteNumber", "%2B447700900321"));
    let found = records(&external, &Policy::default());
    assert_eq!(found[0].external_number.as_ref().unwrap().reveal(), "+447700900321");
    let inside = each(external, |body| with(body, "RemoteNumber", "4821%2A206"));
    assert!(records(&inside, &Policy::default()).is_empty());
}

#[test]
fn forwarding_between_extensions_is_internal() {
    let forwarded = each(fixture(include_str!("../../fixtures/calls/forwarded_to_mobile.txt")), |body| {
        with(&with(body, "CalledExtensionID", "731206"), "CalledNumber", "4821%2A206")
    });
    assert!(records(&forwarded, &Policy::default()).is_empty());
    // Without the called extension's id it is still a dial-out to an own extension.
    let without_id = each(forwarded, |body| without(body, "CalledExtensionID"));
    assert!(records(&without_id, &Policy::default()).is_empty());
}

#[test]
fn bridged_place_is_never_missed() {
    let bridged = each(queue_missed(), |body| with(body, "Bridged", "yes"));
    assert!(records(&bridged, &Policy::default()).is_empty());
    // A phone's hangup doesn't ask the question, whatever it says of Bridged.
    let phone = each(answered(), |body| with(body, "Bridged", "no"));
    assert_eq!(records(&phone, &Policy::default()).len(), 1);
    // Without the word nothing is known.
    let silent = each(queue_missed(), |body| without(body, "Bridged"));
    assert!(records(&silent, &Policy::default()).is_empty());
}

#[test]
fn later_queue_that_was_taken_outweighs_an_earlier_one_that_was_not() {
    let mut posted = queue_one_answers();
    let earlier = with(&posted[5].1, "SubCallID", "731802-97d473d92c353602e86671f069bb0ee8");
    let earlier = with(&with(&earlier, "EventTime", "1788264190000000"), "Bridged", "no");
    posted.push((731_802, with(&earlier, "CalledExtension", "4821%2A802@sip.pbx.example")));
    assert_eq!(lines(&posted, &Policy::default()).len(), 1);
    // The other way round: passed on to a second queue and lost there.
    let lost = with(&posted[6].1, "EventTime", "1788264290000000");
    posted[6].1 = lost;
    let found = lines(&posted, &Policy::default());
    assert_eq!(found.len(), 2);
    assert!(found[1].starts_with("call.missed Inbound Missed +442079460555 4821*802"), "{found:?}");
}

#[test]
fn phones_rung_by_a_queue_are_not_missed_directly() {
    // The losers of a ring, and a ring whose queue never said how it ended.
    let rung: Vec<_> =
        queue_one_answers().into_iter().filter(|(extension, _)| *extension == 731_206).collect();
    assert!(records(&rung, &Policy::default()).is_empty());
}

#[test]
fn caller_who_reached_another_phone_directly_missed_nobody() {
    let mut posted = fixture(include_str!("../../fixtures/calls/rang_in_vain.txt"));
    let call = (posted[0].0, posted[0].1.clone());
    let taken = answered();
    let taken = taken.iter().map(|(id, body)| Posting::from((*id, body.as_str())));
    posted.extend(taken.map(|one| one.in_call_of((call.0, &call.1)).on(206).posted()));
    let found = lines(&posted, &Policy::default());
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("Answered"));
}

#[test]
fn incoming_call_of_an_additional_extension_belongs_to_the_main_one() {
    let bundled = each(answered(), |body| with(body, "BundleInfo", "731206%3B4821%2A206%3B77"));
    let found = records(&bundled, &Policy::default());
    assert_eq!(found[0].extension_id.get(), 731_206);
    assert_eq!(found[0].internal_number.as_ref().unwrap().as_str(), "4821*206");
    let named = each(answered(), |body| with(body, "Whatever", "731206%3BMary%20Example%3B77"));
    let found = records(&named, &Policy::default());
    let own = (found[0].extension_id.get(), found[0].internal_number.as_ref().unwrap().as_str());
    assert_eq!(own, (731_205, "4821*205"), "a name is no number: number and id belong together");
    for other in ["731205%3B4821%2A206%3B77", "731801%3B4821%2A801%3Bra", "999999%3B4821%2A206%3B77"] {
        let found = records(&each(answered(), |body| with(body, "QueueInfo", other)), &Policy::default());
        let own = (found[0].extension_id.get(), found[0].internal_number.as_ref().unwrap().as_str());
        assert_eq!(own, (731_205, "4821*205"), "{other}");
    }
}

#[test]
fn same_phone_ringing_twice_within_a_call_is_two_legs() {
    let mut posted = queue_one_answers();
    let again = each(queue_one_answers(), |body| {
        body.replace("20a34d3bf164d8cb30dce66e45540a43", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
    });
    posted.extend(again.into_iter().filter(|(extension, _)| *extension == 731_205));
    assert_eq!(records(&posted, &Policy::default()).len(), 2);
}

#[test]
fn hangup_has_the_last_word_on_every_field_in_any_order() {
    let mut posted = answered();
    posted[0].1 = with(&posted[0].1, "CallerIDNum", "%2B440000000001");
    posted[1].1 = with(&posted[1].1, "CallerIDNum", "%2B440000000002");
    let number = |posted: &[Posted]| {
        let found = records(posted, &Policy::default());
        found[0].external_number.as_ref().unwrap().reveal().to_owned()
    };
    for _ in 0..3 {
        posted.rotate_left(1);
        assert_eq!(number(&posted), "+442079460555");
    }
    // Without the hangup's word, the answer's counts before the dial's.
    let last = posted.iter().position(|(_, body)| body.starts_with("EventType=hangup")).unwrap();
    posted[last].1 = without(&posted[last].1, "CallerIDNum");
    for _ in 0..3 {
        posted.rotate_left(1);
        assert_eq!(number(&posted), "+440000000002");
    }
}
