//! The PBX client against a stub: exact requests, tolerant reading, one classification of failures (R8 to R10).

mod failures;
mod requests;
mod stub;

use std::time::Duration;

use ringbridge::clock::Timestamp;
use ringbridge::model::agent::{AgentKind, AgentStatus};
use ringbridge::model::extension::{ExtensionKind, Label, SubscribedKind};
use ringbridge::model::handler::Method;
use ringbridge::model::history::{CallResult, HistoryFlow};
use ringbridge::model::ids::{AgentId, CallId, ExtensionId, PbxClientId};
use ringbridge::model::number::PhoneNumber;
use ringbridge::pbx::{Access, ExtensionsPage, another_page};

use stub::{Reply, Stub};

fn extension(n: u64) -> ExtensionId {
    ExtensionId::new(n).unwrap_or_else(|| panic!("zero is no id"))
}

fn call_id() -> CallId {
    CallId::parse("0C5E00112233445566778899AABBCCDD").unwrap_or_else(|| panic!("no call id"))
}

#[tokio::test]
async fn user_of_one_extension_is_told_from_an_administrator() {
    let administrator = r#"{"id":7,"access":"full","client_id":"90417","extension_id":null,"admin":false}"#;
    let user = r#"{"id":"8","access":"read_only","client_id":90417,"extension_id":731205}"#;
    let stub = Stub::answering(vec![Reply::json(200, administrator), Reply::json(200, user)]);
    let session = stub.session();
    let first = session.user().await.expect("read");
    assert!(first.is_account_wide());
    assert_eq!((first.access, first.client_id.map(PbxClientId::get)), (Access::Full, Some(90_417)));
    let second = session.user().await.expect("read");
    assert!(!second.is_account_wide());
    assert_eq!(second.access, Access::ReadOnly);
}

#[tokio::test]
async fn customer_is_read_with_either_type_of_length_and_a_prefix_that_starts_with_zero() {
    let bodies = [
        (r#"{"id":90417,"prefix":"0482","extension_len":"4","status":"active"}"#, "0482", 4, true),
        (r#"{"id":"90417","prefix":"4821","extension_len":3,"status":"blocked","new":{}}"#, "4821", 3, false),
        (r#"{"id":90417,"prefix":4821,"timezone":"Europe/London"}"#, "4821", 3, true),
    ];
    for (body, prefix, length, active) in bodies {
        let customer = Stub::answering(vec![Reply::json(200, body)]).session().client().await.expect("read");
        assert_eq!((customer.numbers.prefix(), customer.numbers.extension_len()), (prefix, length));
        assert_eq!(customer.active, active);
    }
}

#[tokio::test]
async fn event_limit_is_found_wherever_it_stands() {
    let bodies = [
        (r#"{"extension_event":24}"#, Some(24)),
        (r#"{"limits":{"events":{"used":3,"max":"32"}}}"#, Some(32)),
        (r#"{"event_count":5,"event_limit":20,"calls":100}"#, Some(20)),
        (r#"[{"max_events_per_extension":48}]"#, Some(48)),
        (r#"{"event":{"id":77,"limit":18}}"#, Some(18)),
        (r#"{"calls":100,"event_limit":null}"#, None),
        (r#"{"event_limit":0}"#, None),
    ];
    for (body, expected) in bodies {
        let limits = Stub::answering(vec![Reply::json(200, body)]).session().limits().await.expect("read");
        assert_eq!(limits.events, expected, "{body}");
    }
}

#[tokio::test]
async fn one_unreadable_extension_is_skipped_and_counted() {
    let body = r#"[
        {"id":"731205","name":"4821*205","type":"phone","status":"active","label":" Mary Example "},
        {"id":731801,"name":"4821*801@sip.pbx.example","type":"queue","status":"blocked","label":null},
        {"id":731099,"name":"4821*099","type":"ivr"},
        {"id":731300,"name":"4821*300","type":"robot"},
        {"id":0,"name":"4821*301","type":"phone"},
        {"id":731302,"type":"phone"},
        "nonsense", null, [1, 2]
    ]"#;
    let page =
        Stub::answering(vec![Reply::json(200, body)]).session().extensions_page(1).await.expect("read");
    assert_eq!((page.raw_count, page.skipped, page.first_id), (9, 5, Some(extension(731_205))));
    let read: Vec<_> = page.items.iter().map(|item| (item.number.as_str(), item.kind, item.active)).collect();
    assert_eq!(
        read,
        [
            ("4821*205", ExtensionKind::Phone, true),
            ("4821*801", ExtensionKind::Queue, false),
            ("4821*099", ExtensionKind::Ivr, true),
            ("4821*300", ExtensionKind::Fax, true),
        ]
    );
    assert_eq!(page.items[0].label.as_ref().map(Label::reveal), Some("Mary Example"));
    assert!(!format!("{page:?}").contains("Mary"));
}

#[test]
fn pages_end_with_a_short_one_or_one_that_comes_again() {
    let page = |raw_count, first| ExtensionsPage {
        items: Vec::new(),
        raw_count,
        first_id: ExtensionId::new(first),
        skipped: 0,
    };
    assert!(another_page(&page(100, 5), &[]));
    assert!(another_page(&page(100, 6), &[extension(5)]));
    assert!(!another_page(&page(99, 5), &[]));
    assert!(!another_page(&page(0, 0), &[extension(5)]));
    assert!(!another_page(&page(100, 5), &[extension(5)]));
    let many: Vec<_> = (1..=100).map(extension).collect();
    assert!(!another_page(&page(100, 500), &many));
}

#[tokio::test]
async fn agents_are_read_under_whatever_name_a_field_has() {
    let body = r#"[
        {"id":"5601","number":"+442079460188","status":"available","name":"Ann Away"},
        {"agent_id":5602,"agent_number":"442079460189","agent_status":"logged_out"},
        {"id":5603,"status":"active","label":null},
        {"name":"nobody"}
    ]"#;
    let stub = Stub::answering(vec![Reply::json(200, body)]);
    let page = stub.session().agents_page(AgentKind::Remote, 1).await.expect("read");
    assert_eq!((page.raw_count, page.skipped, page.first_id), (4, 1, AgentId::new(5601)));
    let read: Vec<_> = page
        .items
        .iter()
        .map(|(one, status)| (one.key.id.get(), one.number.as_ref().map(PhoneNumber::reveal), *status))
        .collect();
    assert_eq!(
        read,
        [
            (5601, Some("+442079460188"), Some(AgentStatus::Available)),
            (5602, Some("442079460189"), Some(AgentStatus::LoggedOut)),
            (5603, None, None),
        ]
    );
    let printed = format!("{page:?}");
    assert!(!printed.contains("Ann") && !printed.contains("20794601"), "{printed}");
}

#[tokio::test]
async fn handlers_of_all_kinds_are_listed_and_their_addresses_not_printed() {
    let body = r#"[
        {"id":880120,"url":"https://other.vendor.example/cb","event_type":"voicemail","method":"GET"},
        {"id":"880431","url":"https://hooks.example.net/ext-event/k1","event_type":"hangup","method":"POST"},
        {"id":880432},
        {"url":"https://hooks.example.net/ext-event/k2"}
    ]"#;
    let stub = Stub::answering(vec![Reply::json(200, body)]);
    let handlers = stub.session().handlers(extension(731_205)).await.expect("read");
    assert_eq!(handlers.unreadable, 1);
    let read: Vec<_> = handlers
        .items
        .iter()
        .map(|item| (item.id.get(), item.kind, item.method, item.url.reveal()))
        .collect();
    assert_eq!(
        read,
        [
            (880_120, None, Method::Get, "https://other.vendor.example/cb"),
            (880_431, Some(SubscribedKind::Hangup), Method::Post, "https://hooks.example.net/ext-event/k1"),
            (880_432, None, Method::Other, ""),
        ]
    );
    assert!(!format!("{handlers:?}").contains("http"));
}

#[tokio::test]
async fn call_of_the_history_is_read_with_its_legs() {
    let body = r#"{"call_uuid":"0C5E00112233445566778899AABBCCDD","flow":"out","result":"bridged",
        "init_time_gmt":"2026-09-01 12:10:00","bridged_time_gmt":"2026-09-01 12:10:11.76",
        "hangup_time_gmt":"2026-09-01 12:10:23,60","duration":23,"bridged":true,"bridged_duration":"11",
        "from_username":"4821*205","to_username":"+442079460777","extension_id":731205,"extension_type":"phone",
        "cdr":[{"flow":"transfer","result":"answered elsewhere","duration":11.5,"extension_id":"731205",
                "record_uuid":"731205-0C5E00112233445566778899AABBCCDD","application":"callcenter"}, 5]}"#;
    let stub = Stub::answering(vec![Reply::json(200, body)]);
    let call = stub.session().history_call(&call_id()).await.expect("read").expect("there");
    assert_eq!(call.call_id, call_id());
    assert_eq!((call.summary.flow, call.summary.result), (Some(HistoryFlow::Out), CallResult::Bridged));
    assert_eq!(call.summary.started_at.map(Timestamp::rfc3339).as_deref(), Some("2026-09-01T12:10:00Z"));
    assert_eq!(call.summary.ended_at.map(Timestamp::rfc3339).as_deref(), Some("2026-09-01T12:10:23Z"));
    assert_eq!(call.summary.bridged_duration, Duration::from_secs(11));
    assert_eq!(call.skipped, 1);
    let [leg] = call.legs.as_slice() else { panic!("one leg") };
    assert_eq!((leg.flow, leg.result), (Some(HistoryFlow::Transfer), CallResult::AnsweredElsewhere));
    assert_eq!(leg.recording_id.as_deref(), Some("731205-0C5E00112233445566778899AABBCCDD"));
    assert_eq!((leg.duration, leg.application.as_deref()), (Duration::from_secs(11), Some("callcenter")));
    assert!(!format!("{call:?}").contains("442079460777"));
}

#[tokio::test]
async fn call_or_recording_that_is_not_there_is_nothing() {
    let stub = Stub::answering(vec![Reply::json(404, r#"{"message":"Record not found"}"#)]);
    let session = stub.session();
    assert_eq!(session.history_call(&call_id()).await.expect("no error"), None);
    assert_eq!(session.recording_url("731205-0c5e").await.expect("no error"), None);
}

#[tokio::test]
async fn identifiers_that_could_lead_elsewhere_are_not_asked_for() {
    let stub = Stub::answering(vec![Reply::json(200, "{}")]);
    let session = stub.session();
    for id in ["..", "../../user", "a/b", "a?b", "a%2fb", "a#b", "a b"] {
        let call = CallId::parse(id).expect("a call id");
        assert_eq!(session.history_call(&call).await.expect("no error"), None);
        assert_eq!(session.recording_url(id).await.expect("no error"), None);
    }
    assert_eq!(stub.lines(), Vec::<String>::new());
}
