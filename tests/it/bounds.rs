//! Calls that ask for more than their share: one that is decided anew again and again, and one of any size. What they
//! cost is bounded, and everybody else's record is on time.

use std::time::Duration;

use http::StatusCode;
use ringbridge::flow::RetryDeps;
use ringbridge::flow::retry::{self, Report};
use serde_json::{Value, json};
use simulators::crm::Record;
use simulators::proxy::{Proxies, Proxy};
use simulators::site::{Post, Remembered, Site, moment};
use simulators::world::World;

/// The call that asks for too much.
const CALL: &str = "0b0e0b0e0b0e0b0e0b0e0b0e0b0e0b0e";
/// Requests of a retry run that finds nothing due: one for each part of the index.
const EMPTY_SWEEP: usize = 16;

fn form(kind: &str, at: i64, call: &str, leg: &str, rest: &str) -> String {
    format!(
        "EventType={kind}&EventTime={at}&CallID={call}&SubCallID={leg}&CallFlow=in&CalledDID=442079460100&CallerIDNum=%2B442079460555&{rest}"
    )
}

mod storm {
    use super::*;

    /// Between two looks at the clock.
    const TICK: i64 = 20_000;
    /// Between two retry runs.
    const STEP: Duration = Duration::from_secs(10);
    const HALF_AN_HOUR: i64 = 1_800_000_000;
    const IVR: u64 = 731_090;
    const QUEUE: u64 = 731_801;
    const PHONE: u64 = 731_205;

    fn seconds(micros: i64) -> i64 {
        micros * 1_000_000
    }

    async fn post(site: &Site, extension: u64, body: String) {
        assert_eq!(site.send(&Post { extension, body, get: false }).await, StatusCode::OK);
    }

    /// A hangup that says "no".
    async fn no(site: &Site, extension: u64, short: &str, call: &str) {
        let number = format!("4821%2A{short}");
        let rest = format!(
            "CallStatus=ANSWER&CalledNumber={number}&CalledExtension={number}@sip.pbx.example&CalledExtensionID={extension}&Duration=9000000&Bridged=no"
        );
        let leg = format!("{extension}-{call}");
        post(site, extension, form("hangup", site.clock.micros(), call, &leg, &rest)).await;
    }

    /// Our phone rings, and nothing more is heard of it.
    async fn rings(site: &Site) {
        let rest = "CallStatus=CALLING&CalledNumber=4821%2A205&CalledExtension=4821%2A205@sip.pbx.example&CalledExtensionID=731205";
        post(site, PHONE, form("dial-in", site.clock.micros(), CALL, &format!("{PHONE}-{CALL}"), rest)).await;
    }

    /// What the history tells: the menu, the queue, and the phone that took the call, of which no event comes.
    fn history(began: i64) -> Remembered {
        let row = |id: u64, name: &str, kind: &str, result: &str, from: i64, to: i64| {
            json!({
                "flow": "in", "result": result, "extension_id": id, "extension_type": kind,
                "extension_name": format!("4821*{name}@sip.pbx.example"),
                "from_username": "+442079460555", "to_username": format!("4821*{name}"), "did_number": "442079460100",
                "init_time_gmt": moment(Some(began + seconds(from))), "start_time_gmt": moment(Some(began + seconds(from))),
                "bridged_time_gmt": (result == "answered").then(|| moment(Some(began + seconds(from + 5)))),
                "hangup_time_gmt": moment(Some(began + seconds(to))), "duration": to - from,
                "bridged": result == "answered", "bridged_duration": 0, "record_uuid": null, "application": null,
            })
        };
        let ended = began + seconds(200);
        let json = json!({
            "call_uuid": CALL.to_uppercase(), "flow": "in", "result": "bridged",
            "from_username": "+442079460555", "to_username": "4821*090", "did_number": "442079460100",
            "init_time_gmt": moment(Some(began)), "start_time_gmt": moment(Some(began)),
            "bridged_time_gmt": moment(Some(began + seconds(30))), "hangup_time_gmt": moment(Some(ended)),
            "duration": 200, "bridged": true, "bridged_duration": 170,
            "hangup_cause": "NORMAL_CLEARING", "hangup_disposition": "caller_bye",
            "cdr": [
                row(IVR, "090", "ivr", "not answered", 0, 9),
                row(QUEUE, "801", "queue", "not answered", 9, 20),
                row(731_212, "212", "phone", "answered", 22, 200),
            ],
        });
        Remembered { ended, json }
    }

    /// Requests that are none of the sweep's, which reads the index, and messages sent.
    fn asked(proxies: &Proxies) -> (usize, usize) {
        let of_sweep = |(name, body): &(String, bytes::Bytes)| {
            name == "Query" && String::from_utf8_lossy(body).contains("due_shard")
        };
        let store = proxies.dynamodb.take_bodies().into_iter().filter(|request| !of_sweep(request)).count();
        let sent = proxies.sqs.take_bodies().into_iter().filter(|(name, _)| name == "SendMessage").count();
        (store, sent)
    }

    fn missed(site: &Site, call: &str) -> bool {
        site.messages().iter().any(|message| message.kind == "call.missed" && message.data["call_id"] == call)
    }

    /// Loses a stranger's call in a menu; answers how long after, in retry runs, it is in the CRM.
    async fn strangers_runs(site: &Site, call: &str) -> usize {
        no(site, IVR, "090", call).await;
        for run in 1..=40 {
            site.clock.advance(STEP);
            site.retry().await;
            if missed(site, call) {
                return run;
            }
        }
        panic!("a stranger's missed call never came");
    }

    async fn half_an_hour(ringing: bool) {
        let (site, proxies) = Site::behind_proxies(TICK).await;
        // What a stranger's call takes and costs, so that both are known when one comes amid the storm.
        asked(&proxies);
        let usual = strangers_runs(&site, "51").await;
        let stranger = asked(&proxies);
        let began = site.clock.micros();
        no(&site, IVR, "090", CALL).await;
        no(&site, QUEUE, "801", CALL).await;
        if ringing {
            rings(&site).await;
        }
        site.pbx.remember([history(began)]);
        let meanwhile = strangers_runs(&site, "52").await;
        while site.clock.micros() < began + HALF_AN_HOUR {
            site.clock.advance(STEP);
            site.retry().await;
        }
        let all = asked(&proxies);
        let own = (all.0.saturating_sub(stranger.0), all.1.saturating_sub(stranger.1));
        assert!(meanwhile <= usual + 1, "a stranger's call came after {meanwhile} runs instead of {usual}");
        // Its own writes, its looks and the history's one look together.
        assert!(own.0 <= 60, "{own:?}");
        assert!(own.1 <= 6, "{own:?}");
        // In the end the history's word stands: somebody took it.
        site.look_back().await;
        assert!(!site.finals().contains_key(CALL), "{:?}", site.finals().get(CALL));
        asked(&proxies);
        site.pass(Duration::from_mins(5), Duration::from_mins(1)).await;
        assert_eq!(asked(&proxies).1, 0, "nothing is left to remind of");
    }

    #[tokio::test]
    async fn call_that_a_silent_phone_takes_after_a_no_costs_little() {
        half_an_hour(false).await;
    }

    #[tokio::test]
    async fn call_that_also_rings_on_somewhere_costs_little() {
        half_an_hour(true).await;
    }
}

mod bomb {
    use super::*;

    /// Events of the bomb, and of how many bytes.
    const EVENTS: usize = 700;
    const BYTES: usize = 8 * 1024;
    const PHONE: u64 = 731_205;
    const QUEUE: u64 = 731_801;
    /// Events that are settled beside each other.
    const SIDE_BY_SIDE: usize = 20;
    /// What an event may cost: to find its sender, to store it, and to look at its call a few times.
    const REQUESTS_AN_EVENT: usize = 8;
    /// What a run may cost: the outcome of each leg that a look reads.
    const REQUESTS_A_RUN: usize = 1_500;
    const NOON: i64 = 1_788_264_000_000_000;

    #[derive(Clone, Copy, Debug)]
    struct Bomb {
        legs: bool,
        no: bool,
    }

    fn padded(mut body: String, bytes: usize) -> String {
        body.push_str("&Padding=");
        let missing = bytes.saturating_sub(body.len());
        body.extend(std::iter::repeat_n('x', missing));
        body
    }

    fn leg(number: usize) -> String {
        format!("{PHONE}-{number:032x}")
    }

    fn event(kind: &str, number: usize, leg: &str) -> String {
        let status = match kind {
            "dial-in" => "CALLING",
            _ => "ANSWER",
        };
        let rest = format!(
            "CallStatus={status}&CalledNumber=4821%2A205&CalledExtension=4821%2A205@sip.pbx.example&CalledExtensionID={PHONE}&Duration=1000000"
        );
        form(kind, NOON + i64::try_from(number).unwrap(), CALL, leg, &rest)
    }

    fn requests(proxy: &Proxy) -> usize {
        proxy.take_bodies().len()
    }

    async fn notices(world: &World) -> Vec<String> {
        let notices = world.deps.store.notices(world.connection).await.unwrap();
        notices.iter().map(|notice| notice.cause.key()).collect()
    }

    /// A sweep, later. Messages come by the machine's clock, if at all, so they are left alone.
    async fn sweep(world: &World, proxies: &Proxies, after: Duration) -> (Report, usize) {
        world.clock.advance(after);
        proxies.dynamodb.clear();
        let deps = RetryDeps { drains_queue: false, ..world.retry_deps() };
        let report = retry::run(&deps, Duration::from_mins(5)).await;
        (report, requests(&proxies.dynamodb))
    }

    async fn strike(bomb: Bomb) {
        let (world, proxies) = World::behind_proxies().await;
        if bomb.no {
            let number = "4821%2A801";
            let rest = format!(
                "CallStatus=ANSWER&CalledNumber={number}&CalledExtension={number}@sip.pbx.example&CalledExtensionID={QUEUE}&Duration=9000000&Bridged=no"
            );
            let body = form("hangup", NOON, CALL, &format!("{QUEUE}-{CALL}"), &rest);
            assert_eq!(world.post(QUEUE, body).await, StatusCode::OK);
            world.idle().await;
        }
        for number in 0..EVENTS {
            let kind = if number % 2 == 0 { "dial-in" } else { "hangup" };
            let leg = leg(if bomb.legs { number } else { 0 });
            let bytes = if number % 10 == 9 { BYTES + 1 } else { BYTES };
            let status = world.post(PHONE, padded(event(kind, number, &leg), bytes)).await;
            let wanted = if bytes > BYTES { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::OK };
            assert!(status == wanted || status == StatusCode::TOO_MANY_REQUESTS, "{number}: {status}");
            // Some are settled at once, so that each look finds that the call has changed.
            if number % SIDE_BY_SIDE == 0 {
                world.idle().await;
            }
        }
        world.idle().await;
        let posting = requests(&proxies.dynamodb);
        assert!(posting <= EVENTS * REQUESTS_AN_EVENT, "{posting} requests for the events");

        // A stranger's call is lost in a menu meanwhile.
        let (extension, body) =
            crate::calls::bodies(include_str!("../fixtures/calls/hung_up_in_menu.txt"))[0];
        assert_eq!(world.post(extension, body).await, StatusCode::OK);
        world.idle().await;
        let (report, asked) = sweep(&world, &proxies, crate::calls::AFTER_THE_HOLD).await;
        let stranger = |record: &Record| record.kind == "call.missed" && record.data["call_id"] != CALL;
        assert!(world.inbox.standing().iter().any(stranger));
        assert!(asked <= REQUESTS_A_RUN && !report.out_of_time, "{asked} requests: {report:?}");
        // Legs whose end never came are looked at half a day later; then nothing is due for ever.
        for hours in [1, 12, 1, 1, 1] {
            let (report, asked) = sweep(&world, &proxies, Duration::from_hours(hours)).await;
            assert!(asked <= REQUESTS_A_RUN && !report.out_of_time, "{asked} requests: {report:?}");
        }
        assert_eq!(notices(&world).await.iter().filter(|key| *key == "call-full").count(), 1);
        let (report, asked) = sweep(&world, &proxies, Duration::from_hours(1)).await;
        assert_eq!((report.swept, asked), (0, EMPTY_SWEEP), "due for ever: {report:?}");
    }

    #[tokio::test]
    async fn in_one_leg() {
        strike(Bomb { legs: false, no: false }).await;
    }

    #[tokio::test]
    async fn in_one_leg_after_a_no() {
        strike(Bomb { legs: false, no: true }).await;
    }

    #[tokio::test]
    async fn in_many_legs() {
        strike(Bomb { legs: true, no: false }).await;
    }

    #[tokio::test]
    async fn in_many_legs_after_a_no() {
        strike(Bomb { legs: true, no: true }).await;
    }

    #[tokio::test]
    async fn leg_at_its_bound_still_takes_its_hangup_and_is_delivered() {
        let world = World::start().await;
        let leg = leg(1);
        assert_eq!(world.post(PHONE, event("dial-in", 1, &leg)).await, StatusCode::OK);
        for number in 2..100 {
            assert_eq!(world.post(PHONE, padded(event("answer", number, &leg), BYTES)).await, StatusCode::OK);
            world.idle().await;
        }
        let told = world.deps.store.notices(world.connection).await.unwrap();
        let told: Vec<_> = told.iter().map(|notice| (notice.cause.key(), notice.count)).collect();
        assert_eq!(told, [("call-full".to_owned(), 1)], "not once for each event");
        assert_eq!(world.post(PHONE, padded(event("hangup", 100, &leg), BYTES)).await, StatusCode::OK);
        world.idle().await;
        let records: Vec<Value> = world.inbox.standing().into_iter().map(|record| record.data).collect();
        assert_eq!(records.len(), 1);
        assert_eq!((&records[0]["leg_id"], &records[0]["outcome"]), (&json!(leg), &json!("answered")));
    }
}
