//! Plays told calls, many at a time in one site, and compares what the CRM holds with the truth.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::arrival::{Passage, Weather, allowing};
use super::random::Luck;
use super::tale::Tale;
use super::truth::{self, Expected};
use super::wire::Event;
use super::{history, kinds, wire};
use crate::site::{Final, HOLD, Item, Post, Site, Steps};

/// Calls that share a site.
const TOGETHER: u64 = 400;
/// They begin within this.
const BEGINNINGS: f64 = 420.0;
/// Streams of one call, at most.
const STREAMS: usize = 1_000;

/// What is played.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// From this all follows.
    pub seed: u64,
    /// The first call.
    pub first: u64,
    /// How many.
    pub calls: u64,
    /// What goes wrong.
    pub weather: Weather,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Calls that were played.
    pub calls: u64,
    /// Events that were posted.
    pub events: usize,
    /// Records that the CRM has at the end.
    pub records: usize,
    /// Wrong calls and all calls, by kind.
    pub kinds: BTreeMap<&'static str, (usize, usize)>,
    /// What was wrong, one text each.
    pub failures: Vec<String>,
}

struct Played {
    number: u64,
    tale: Tale,
    begin: i64,
    events: Vec<Event>,
    passage: Passage,
    /// What the CRM must hold, as far as can be said after the losses.
    wanted: Vec<Expected>,
    wrong: bool,
}

/// Plays a plan.
pub async fn run(plan: Plan) -> Report {
    let mut report = Report::default();
    let mut first = plan.first;
    while first < plan.first + plan.calls {
        let calls = TOGETHER.min(plan.first + plan.calls - first);
        batch(Plan { first, calls, ..plan }, &mut report).await;
        first += calls;
    }
    report
}

async fn batch(plan: Plan, report: &mut Report) {
    let site = Site::start(500).await;
    let base = site.clock.micros();
    let mut played: Vec<_> =
        (plan.first..plan.first + plan.calls).map(|call| prepare(plan, call, base)).collect();
    for one in &played {
        let brief = one.number % 3 == 0;
        site.pbx.remember([history::of(&one.tale, one.begin, brief)]);
    }
    if plan.weather.crm_faults > 0 {
        site.inbox.fail_at_random(plan.seed, plan.weather.crm_faults);
    }
    let items = played.iter().enumerate().flat_map(|(place, one)| one.items(place, base)).collect();
    let answers = site.play(base, items, Steps { busy: HOLD / 3, quiet: HOLD }).await;
    // Until all attempts that failed were made again.
    site.pass(Duration::from_mins(3), HOLD / 2).await;
    site.inbox.heal();
    site.pass(Duration::from_mins(2), HOLD / 2).await;
    let sure = |one: &Played| one.passage.lost.is_empty() && one.tale.told_by_events;
    check(plan, &site, &mut played, "before the history was read", sure, report);
    site.look_back().await;
    let late: Vec<_> = played.iter().enumerate().flat_map(|(place, one)| one.late(place)).collect();
    if !late.is_empty() {
        site.play(site.clock.micros(), late, Steps { busy: HOLD, quiet: HOLD * 4 }).await;
        site.look_back().await;
    }
    check(plan, &site, &mut played, "after the history was read", |_| true, report);
    for (lane, statuses) in answers {
        let one = &mut played[lane / STREAMS];
        one.wrong = true;
        report.failures.push(one.text(plan, &format!("an event was answered {}", statuses[0]), &[]));
    }
    for one in &played {
        let count = report.kinds.entry(one.tale.kind).or_default();
        count.1 += 1;
        count.0 += usize::from(one.wrong);
        report.events += one.passage.arrivals.len() + one.passage.late.len();
    }
    report.calls += plan.calls;
    report.records += site.finals().values().map(Vec::len).sum::<usize>();
}

fn prepare(plan: Plan, call: u64, base: i64) -> Played {
    let tale = kinds::tell(plan.seed, call);
    let mut luck = Luck::of(plan.seed ^ 0x5eed, call);
    let begin = base + luck.span(0.0, BEGINNINGS);
    let events = wire::events(&tale, begin, plan.weather.quirky, &mut luck);
    let passage = Passage::of(&tale, &events, plan.weather, &mut luck);
    let hangups = |leg| events.iter().filter(|event| event.leg == leg && event.kind == "hangup").count();
    let wanted = tale.truth.iter().map(|one| {
        let mut one = allowing(one, &tale, &events, &passage.lost);
        // Either of two hangups may be the end.
        if one.leg.is_some_and(|leg| hangups(leg) > 1) {
            one.give = one.give.max(1);
        }
        one
    });
    let wanted = wanted.collect();
    Played { number: call, tale, begin, events, passage, wanted, wrong: false }
}

fn check(
    plan: Plan,
    site: &Site,
    played: &mut [Played],
    when: &str,
    applies: impl Fn(&Played) -> bool,
    report: &mut Report,
) {
    let finals = site.finals();
    for one in played.iter_mut().filter(|one| applies(one) && !one.wrong) {
        let found = finals.get(&one.tale.call_id).map(Vec::as_slice).unwrap_or_default();
        let (missing, extra) = truth::differences(&one.wanted, found);
        if missing.is_empty() && extra.is_empty() {
            continue;
        }
        let text = one.text(plan, when, found);
        one.wrong = true;
        report.failures.push(text);
    }
}

impl Played {
    fn items(&self, place: usize, base: i64) -> Vec<Item> {
        let arrivals = self.passage.arrivals.iter();
        let items = arrivals.map(|arrival| Item {
            at: self.begin - base + arrival.at,
            lane: place * STREAMS + arrival.stream,
            post: self.post(arrival.event),
            fault: None,
        });
        items.collect()
    }

    fn late(&self, place: usize) -> Vec<Item> {
        let events = self.passage.late.iter().zip(0..);
        let items = events.map(|(event, order)| Item {
            at: order * 3_000_000,
            lane: place * STREAMS,
            post: self.post(*event),
            fault: None,
        });
        items.collect()
    }

    fn post(&self, event: usize) -> Post {
        let event = &self.events[event];
        Post { extension: self.tale.legs[event.leg].extension.id, body: event.body.clone(), get: false }
    }

    /// All that somebody needs who looks for the reason.
    fn text(&self, plan: Plan, when: &str, found: &[Final]) -> String {
        let mut out = String::new();
        // Writing to a String can't fail.
        let _ = writeln!(
            out,
            "seed {}, call {}: {}; events {}; wrong {when}\n  call_id {}",
            plan.seed, self.number, self.tale.kind, self.passage.words, self.tale.call_id,
        );
        let mut part = |title: &str, lines: Vec<String>| {
            let _ = writeln!(out, "  {title}:");
            for line in lines {
                let _ = writeln!(out, "    {line}");
            }
        };
        part("what happened", self.tale.lines.clone());
        part("what arrived, and when", self.arrivals());
        let (missing, extra) = truth::differences(&self.wanted, found);
        part("expected", self.wanted.iter().map(Expected::text).collect());
        part("missing", missing.into_iter().map(Expected::text).collect());
        part("extra", extra.into_iter().map(truth::text).collect());
        out
    }

    fn arrivals(&self) -> Vec<String> {
        let words = |event: usize| {
            let event = &self.events[event];
            let leg = &self.tale.legs[event.leg];
            let word = match (event.kind, leg.is_phone()) {
                ("hangup", true) => format!(" {}", leg.status),
                ("hangup", false) => format!(" bridged={}", if leg.bridged { "yes" } else { "no" }),
                _ => String::new(),
            };
            format!(
                "{} {}{word} of {:.1} s, leg {}",
                leg.extension.name(),
                event.kind,
                secs(event.at),
                leg.id
            )
        };
        let came = self.passage.arrivals.iter();
        let mut lines: Vec<_> =
            came.map(|arrival| format!("{:7.1} s  {}", secs(arrival.at), words(arrival.event))).collect();
        for event in &self.passage.lost {
            let how = if self.passage.late.contains(event) { "at last" } else { "never" };
            lines.push(format!("  {how:>7}  {}", words(*event)));
        }
        lines
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn secs(micros: i64) -> f64 {
    micros as f64 / 1e6
}

impl Report {
    /// What was wrong of each kind, and the first failures in full.
    pub fn text(&self, most: usize) -> String {
        let mut out = format!(
            "{} calls, {} events, {} records: {} calls wrong\n",
            self.calls,
            self.events,
            self.records,
            self.failures.len()
        );
        for (kind, (wrong, all)) in self.kinds.iter().filter(|(_, (wrong, _))| *wrong > 0) {
            let _ = writeln!(out, "  {wrong:5} of {all:5}  {kind}");
        }
        for failure in self.failures.iter().take(most) {
            let _ = write!(out, "\n{failure}");
        }
        out
    }
}
