//! Wire cases: small JSON files, each a call as the PBX posts it and the records that must be left at the end. They
//! are played as given and in other orders, with other pauses and with repeats, which must change nothing.

mod compare;
mod placeholders;
mod variant;

use std::collections::BTreeMap;
use std::path::Path;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use self::placeholders::Names;
pub use self::variant::{VARIANTS, Variant};
use crate::crm::CrmFault;
use crate::site::{Answers, Final, HOLD, Item, Message, Post, Remembered, Site, Steps, cast};

/// A case as its file has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    events: Vec<Event>,
    expect: Vec<Map<String, Value>>,
    /// Calls of the PBX's history; the final state is what they leave.
    #[serde(default)]
    history: Vec<Value>,
    /// Messages that must have come, when it is played as given.
    #[serde(default)]
    told: Vec<Map<String, Value>>,
    /// Messages that must not have come, when it is played as given.
    #[serde(default)]
    never: Vec<Map<String, Value>>,
    /// Whether 400 is a good answer too, which then leaves nothing.
    #[serde(default)]
    or_refused: bool,
    /// That no record has more messages with a revision than this, when it is played as given.
    #[serde(default)]
    revisions: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
struct Event {
    ext: String,
    #[serde(default)]
    fields: Map<String, Value>,
    raw: Option<String>,
    #[serde(default)]
    get: bool,
    /// Seconds before it, where a hold is one second.
    #[serde(default)]
    pause: f64,
    /// Seconds after the beginning instead, by the clock of the events.
    at: Option<f64>,
    times: Option<usize>,
    /// The statuses that it may be answered with.
    status: Option<Vec<u16>>,
    /// What the CRM does to its next requests: a status, `reset`, or `lost` (taken, and the answer lost).
    crm: Option<String>,
    crm_times: Option<usize>,
}

/// The cases of a folder, by name.
#[expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a case that can't be read is a test that fails"
)]
pub fn read(folder: &Path) -> Vec<Case> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    paths.sort();
    let cases = paths.iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let case: Case =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Case { name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), ..case }
    });
    cases.collect()
}

/// A case in one of its variants.
#[derive(Debug)]
struct Play<'a> {
    case: &'a Case,
    variant: Variant,
    names: Names,
    lane: usize,
    faults: bool,
}

/// Plays cases in all variants, all at once, and says what was wrong, one line each. A case in which the CRM fails is
/// played once more by itself, so that no other meets its faults.
pub async fn play(cases: &[Case]) -> Vec<String> {
    let mut wrong = Findings::new();
    play_in(cases, VARIANTS, false, &mut wrong).await;
    for case in cases.iter().filter(|case| case.events.iter().any(|event| event.crm.is_some())) {
        play_in(std::slice::from_ref(case), &[Variant::AsGiven], true, &mut wrong).await;
    }
    let lines = wrong.into_iter().map(|((case, line), variants)| match variants.len() {
        all if all == VARIANTS.len() => format!("{case}: {line}"),
        _ => format!("{case} ({}): {line}", variants.join("; ")),
    });
    lines.collect()
}

async fn play_in(cases: &[Case], variants: &[Variant], faults: bool, wrong: &mut Findings) {
    let site = Site::start(200).await;
    let begin = site.clock.micros();
    let mut plays = Vec::new();
    for case in cases {
        for variant in variants {
            let lane = plays.len();
            let shift = if variant.in_the_past() { case.span() } else { 0 };
            let names = Names::new(&format!("{}/{variant:?}", case.name), begin - shift);
            plays.push(Play { case, variant: *variant, names, lane, faults });
        }
    }
    for play in &plays {
        site.pbx.remember(play.history());
    }
    let (later, now): (Vec<_>, Vec<_>) =
        plays.iter().flat_map(Play::items).partition(|item| item.at > 20 * 60_000_000);
    let steps = Steps { busy: HOLD / 5, quiet: HOLD };
    let mut answers = site.play(begin, now, steps).await;
    site.pass(HOLD * 15, HOLD / 2).await;
    check(&site, plays.iter().filter(|play| !play.case.needs_history()), &answers, wrong);
    site.look_back().await;
    let from = site.clock.micros() - later.iter().map(|item| item.at).min().unwrap_or_default();
    answers.extend(site.play(from, later, Steps { busy: HOLD, quiet: HOLD * 4 }).await);
    site.look_back().await;
    check(&site, plays.iter(), &answers, wrong);
    let messages = site.messages();
    for play in plays.iter().filter(|play| play.variant == Variant::AsGiven) {
        play.told(&messages).into_iter().for_each(|line| add(wrong, play, line));
    }
    for play in &plays {
        play.refused(&answers).into_iter().for_each(|line| add(wrong, play, line));
    }
}

/// Case and what is wrong with it, and in which variants.
type Findings = BTreeMap<(String, String), Vec<String>>;

fn add(wrong: &mut Findings, play: &Play<'_>, line: String) {
    let variants = wrong.entry((play.case.name.clone(), line)).or_default();
    if !variants.contains(&play.variant.words()) {
        variants.push(play.variant.words());
    }
}

fn check<'a>(
    site: &Site,
    plays: impl Iterator<Item = &'a Play<'a>>,
    answers: &Answers,
    wrong: &mut Findings,
) {
    let finals = site.finals();
    for play in plays {
        let none = Vec::new();
        let calls = play.calls();
        let found: Vec<&Final> = calls.iter().flat_map(|call| finals.get(call).unwrap_or(&none)).collect();
        let refused = play.case.or_refused && answers.contains_key(&play.lane);
        let expected = play.case.expect.iter().filter(|_| !refused);
        let expected: Vec<_> = expected.map(|one| (play.names.object(one), one)).collect();
        if let Some(line) = compare::differences(&expected, &found) {
            add(wrong, play, line);
        }
    }
}

impl Case {
    /// Whether its records follow from its events only after the history was read.
    fn needs_history(&self) -> bool {
        !self.history.is_empty() || self.events.iter().any(|event| event.at.is_some_and(|at| at > 1_200.0))
    }

    /// From its beginning to the last moment that an event names.
    fn span(&self) -> i64 {
        let texts = self.events.iter().flat_map(|event| event.fields.values().filter_map(Value::as_str));
        texts.filter_map(placeholders::after_beginning).max().unwrap_or_default()
    }
}

impl Play<'_> {
    fn items(&self) -> Vec<Item> {
        let arrivals = self.variant.arrivals(self.case.events.len(), |event| {
            let event = &self.case.events[event];
            (event.pause, event.at)
        });
        let mut items = Vec::new();
        for (index, at) in arrivals {
            let event = &self.case.events[index];
            let post = self.post(event);
            let times = event.times.unwrap_or(1) * self.variant.copies();
            for copy in 0..times {
                let fault = event.crm.as_deref().filter(|_| self.faults && copy == 0);
                let fault = fault.map(|kind| (event.crm_times.unwrap_or(1), fault_of(kind)));
                items.push(Item { at, lane: self.lane, post: post.clone(), fault });
            }
        }
        items
    }

    #[expect(clippy::expect_used, reason = "a case that names nobody is a test that fails")]
    fn post(&self, event: &Event) -> Post {
        let extension =
            cast::everybody().find(|one| one.name() == event.ext).expect("an extension of the cast");
        let body = event.raw.as_ref().map_or_else(
            || {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (key, value) in &event.fields {
                    form.append_pair(key, &self.names.text(value.as_str().unwrap_or_default()));
                }
                form.finish()
            },
            |raw| self.names.raw(raw),
        );
        Post { extension: extension.id, body, get: event.get }
    }

    fn history(&self) -> Vec<Remembered> {
        let calls = self.case.history.iter().map(|call| {
            let ended = call["hangup_time_gmt"].as_str().and_then(placeholders::after_beginning);
            Remembered {
                ended: self.names.beginning() + ended.unwrap_or_default(),
                json: self.names.value(call),
            }
        });
        calls.collect()
    }

    /// The calls that its events and its history name.
    fn calls(&self) -> Vec<String> {
        let fields = self.case.events.iter().filter_map(|event| event.fields.get("CallID")?.as_str());
        let history = self.case.history.iter().filter_map(|call| call["call_uuid"].as_str());
        let mut calls: Vec<_> = fields
            .chain(history)
            .map(|call| self.names.text(call))
            .flat_map(|call| [call.to_lowercase(), call.to_ascii_lowercase(), call])
            .collect();
        calls.sort();
        calls.dedup();
        calls
    }

    fn told(&self, messages: &[Message]) -> Vec<String> {
        let calls = self.calls();
        let own = messages
            .iter()
            .filter(|one| one.data["call_id"].as_str().is_some_and(|id| calls.iter().any(|call| call == id)));
        let own: Vec<_> = own.map(|one| Final { kind: one.kind.clone(), data: one.data.clone() }).collect();
        let came = |wanted: &Map<String, Value>| {
            let wanted = self.names.object(wanted);
            own.iter().any(|one| compare::fits(&wanted, one))
        };
        let text = |wanted: &Map<String, Value>| Value::Object(wanted.clone()).to_string();
        let missing = self.case.told.iter().filter(|wanted| !came(wanted));
        let mut lines: Vec<_> = missing.map(|wanted| format!("was not told {}", text(wanted))).collect();
        let unwanted = self.case.never.iter().filter(|wanted| came(wanted));
        lines.extend(unwanted.map(|wanted| format!("was told {}", text(wanted))));
        let revision = own.iter().filter_map(|one| one.data["revision"].as_u64()).max().unwrap_or_default();
        if let Some(most) = self.case.revisions.filter(|most| revision > *most) {
            lines.push(format!("has revision {revision}, and {most} were enough"));
        }
        lines
    }

    fn refused(&self, answers: &Answers) -> Vec<String> {
        let refused = answers.get(&self.lane).map(Vec::as_slice).unwrap_or_default();
        let may = |status: &StatusCode| {
            let mut lists = self.case.events.iter().filter_map(|event| event.status.as_ref());
            lists.any(|list| list.contains(&status.as_u16()))
        };
        refused.iter().filter(|status| !may(status)).map(|status| format!("answered {status}")).collect()
    }
}

fn fault_of(kind: &str) -> CrmFault {
    match kind {
        "reset" => CrmFault::Reset,
        "lost" => CrmFault::ResetAfterProcessing,
        status => CrmFault::Status(status.parse().unwrap_or(503), None),
    }
}
