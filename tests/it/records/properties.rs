//! P2: records depend on the set of events alone. Generated calls are permuted, repeated and thinned out.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ringbridge::clock::Timestamp;
use ringbridge::model::call::{
    ArrivedEvent, CallEvent, Leg, LegExtension, MalformedEvent, Outcome, RecordKind,
};
use ringbridge::model::connection::Policy;
use ringbridge::model::extension::ExtensionKind;
use ringbridge::model::ids::{ExtensionId, LegId};
use ringbridge::model::number::ExtensionNumber;
use ringbridge::model::secret::Digest;
use simulators::pbx::player::{Cast, NAMED, encode, script};
use simulators::pbx::{Rng, Tenant};

use super::{Posted, records};

/// The wire bodies of one scenario, as the simulator makes them.
fn played(scenario: usize, seed: u64) -> Vec<Posted> {
    let tenant = Tenant::demo().with_second_queue().with_unheard_phone();
    let named = &NAMED[scenario % NAMED.len()];
    let emissions = script(&named.scenario, &Cast::of(&tenant), 1_788_264_000_000_000, &mut Rng::new(seed));
    let told = emissions.iter().filter(|emission| !emission.untold);
    told.map(|emission| (emission.extension_id, encode(&emission.fields))).collect()
}

fn shuffled(posted: &[Posted], seed: u64) -> Vec<Posted> {
    let mut all = posted.to_vec();
    let mut random = Rng::new(seed);
    for at in (1..all.len()).rev() {
        let other = usize::try_from(random.next_u64() % (at as u64 + 1)).unwrap();
        all.swap(at, other);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn order_and_repeats_change_nothing(scenario in 0..64_usize, seed: u64, order: u64, repeats in 0..6_usize) {
        let posted = played(scenario, seed);
        let mut again = posted.clone();
        again.extend(posted.iter().cycle().skip(usize::try_from(order % 7).unwrap()).take(repeats).cloned());
        let policy = Policy::default();
        prop_assert_eq!(records(&posted, &policy), records(&shuffled(&again, order), &policy));
    }

    #[test]
    fn any_part_of_a_call_gives_no_false_success_and_no_second_record_of_a_leg(
        scenario in 0..64_usize,
        seed: u64,
        kept: u64,
        order: u64,
    ) {
        let all = played(scenario, seed);
        let part = all.iter().enumerate().filter(|(i, _)| kept & (1 << (i % 64)) != 0);
        let part: Vec<Posted> = part.map(|(_, posted)| posted.clone()).collect();
        let policy = Policy::default();
        let found = records(&part, &policy);
        prop_assert_eq!(&found, &records(&shuffled(&part, order), &policy));
        let full = records(&all, &policy);
        for record in &found {
            let twins = found.iter().filter(|other| other.record_id == record.record_id);
            prop_assert_eq!(twins.count(), 1);
            if record.outcome == Some(Outcome::Answered) {
                // Whatever is called a success in part is one in full: nothing is invented.
                let whole = full.iter().find(|other| other.record_id == record.record_id);
                prop_assert_eq!(whole.and_then(|whole| whole.outcome), Some(Outcome::Answered));
            }
        }
        prop_assert!(found.iter().filter(|record| record.kind == RecordKind::Missed).count() <= 1);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = CallEvent::parse(&bytes);
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let wrapped = format!("EventType=hangup&CallID=x&{text}&Duration={text}&EventTime={text}");
        let _ = CallEvent::parse(wrapped.as_bytes());
    }

    #[test]
    fn stored_event_reads_back_as_itself(scenario in 0..64_usize, seed: u64) {
        for (_, body) in played(scenario, seed) {
            let event = CallEvent::parse(body.as_bytes()).unwrap();
            let stored = serde_json::to_string(&event).unwrap();
            let back: CallEvent = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(back.identity(), event.identity());
            prop_assert_eq!(back, event);
        }
    }

    #[test]
    fn whatever_is_form_encoded_is_read_as_it_was(
        values in proptest::collection::vec("[^\\p{Cc}]{1,24}", 0..12),
    ) {
        let mut form = form_urlencoded::Serializer::new("EventType=hangup&CallID=x".to_owned());
        let keys: Vec<_> = (0..values.len()).map(|nth| format!("Field {nth:02}")).collect();
        form.extend_pairs(keys.iter().zip(&values));
        let event = CallEvent::parse(form.finish().as_bytes()).unwrap();
        let read: Vec<_> = event.raw().filter(|(key, _)| key.starts_with("Field")).collect();
        let sent: Vec<_> = keys.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        prop_assert_eq!(read, sent);
    }

    /// Items of former releases are read by it.
    #[test]
    fn identity_is_of_all_fields_in_the_order_of_their_keys(
        extra in proptest::collection::vec((LATER_PART, "[ -~]{1,40}"), 0..12),
        order: u64,
        changed: usize,
    ) {
        let mut fields = vec![("EventType".to_owned(), "hangup".to_owned()), ("CallID".to_owned(), "x".to_owned())];
        fields.extend(extra.into_iter().map(|(key, value)| (format!("Called{key}"), value)));
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in &fields {
            first.entry(key.to_ascii_lowercase()).or_insert_with(|| value.clone());
        }
        let sized = |text: &String| format!("{}:{text}", text.len());
        let parts: Vec<_> = first.iter().flat_map(|(key, value)| [sized(key), sized(value)]).collect();
        let event = CallEvent::parse(encode(&fields).as_bytes()).unwrap();
        prop_assert_eq!(event.identity(), Digest::of(parts.concat().as_bytes()).short_hex(8));
        let permuted: BTreeMap<u64, _> =
            first.iter().enumerate().map(|(nth, field)| ((nth as u64 ^ order).wrapping_mul(0x9e37_79b9), field)).collect();
        let permuted: Vec<_> = permuted.into_values().map(|(key, value)| (key.clone(), value.clone())).collect();
        let again = CallEvent::parse(encode(&permuted).as_bytes()).unwrap();
        prop_assert_eq!(again.identity(), event.identity());
        // A leg has each event once, and takes none for another that differs in one field.
        let mut other = permuted;
        let changed = changed % other.len();
        other[changed].1.push('1');
        let other = CallEvent::parse(encode(&other).as_bytes()).unwrap();
        let now = Timestamp::from_micros(1_788_264_000_000_000);
        let arrived = [&event, &again, &other, &event].map(|event| ArrivedEvent::new(now, event.clone()));
        let extension = LegExtension {
            id: ExtensionId::new(731_205).unwrap(),
            kind: ExtensionKind::Phone,
            number: ExtensionNumber::parse("4821*205").unwrap(),
        };
        let id = LegId::only(extension.id, event.call_id());
        let leg = Leg::new(event.call_id().clone(), id, extension, None, arrived.to_vec());
        prop_assert_eq!(leg.events().len(), 2);
    }
}

#[test]
fn of_two_hangups_that_nothing_ranks_the_same_one_counts_in_any_order() {
    let first = played(0, 1);
    let (extension, hangup) = first.iter().find(|(_, body)| body.contains("EventType=hangup")).unwrap();
    let without =
        hangup.split('&').filter(|field| !field.starts_with("RecID=")).collect::<Vec<_>>().join("&");
    let hangups: Vec<_> = (0..8).map(|nth| (*extension, format!("{without}&RecID={nth}"))).collect();
    let begun: Vec<_> = first.iter().filter(|(_, body)| body != hangup).cloned().collect();
    let policy = Policy::default();
    let told = |hangups: Vec<Posted>| records(&[begun.clone(), hangups].concat(), &policy);
    let expected = told(hangups.clone());
    assert!(!expected.is_empty());
    for order in 1..20 {
        assert_eq!(told(shuffled(&hangups, order)), expected);
    }
}

/// Of a key: sometimes one that differs from another only at its end, or only in case.
const LATER_PART: &str = "[A-Za-z_]{1,24}|[Ee]xtensionI[abAB]{0,3}";

#[test]
fn spellings_of_one_value_are_read_alike_and_what_is_no_form_is_refused() {
    let parse = |field: &str| CallEvent::parse(format!("EventType=hangup&CallID=x&{field}").as_bytes());
    for (field, key, value) in [
        ("CallerIDNum=%2B442079460999", "CallerIDNum", "+442079460999"),
        ("CallerIDNum=%2b442079460999", "CallerIDNum", "+442079460999"),
        // A plus that was not encoded (docs/pbx.md §6.7).
        ("CallerIDNum=+442079460999", "CallerIDNum", "+442079460999"),
        ("calledDID=+442079460999", "calledDID", "+442079460999"),
        ("CallerIDName=Mary+Example", "CallerIDName", "Mary Example"),
        ("CallerIDName=Zo%C3%AB+%3B", "CallerIDName", "Zoë ;"),
        ("CallerIDName=Zoë", "CallerIDName", "Zoë"),
        ("Caller%49DName=a=b", "CallerIDName", "a=b"),
    ] {
        let event = parse(field).unwrap();
        assert!(
            event.raw().any(|read| read == (key, value)),
            "{field}: {:?}",
            event.raw().collect::<Vec<_>>()
        );
    }
    for (field, refused) in [
        ("a=%4", MalformedEvent::BrokenEncoding),
        ("a=%zz", MalformedEvent::BrokenEncoding),
        ("a=%2Bx%", MalformedEvent::BrokenEncoding),
        ("a=%FF", MalformedEvent::NotUtf8),
        ("a=%00", MalformedEvent::ControlCharacters),
        ("%0A=a", MalformedEvent::ControlCharacters),
    ] {
        assert_eq!(parse(field).err(), Some(refused), "{field}");
    }
}
