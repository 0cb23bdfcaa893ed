//! Calls and their posts: as they happen, or generated from a seed, in mixed orders, repeated, concurrent; a post
//! without a 200 is made again, as a PBX would that repeats.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use ringbridge::clock::{Clock as _, SystemClock};
use tokio::sync::Mutex;

use super::oracle::{self, Expected};
use crate::pbx::player::{Cast, Emission, NAMED, Scenario, script};
use crate::pbx::{FakePbx, Rng, Tenant};

/// Where the posts go, and what was seen of them.
#[derive(Debug)]
pub struct Traffic {
    client: reqwest::Client,
    /// By extension and type of event.
    urls: BTreeMap<(u64, String), String>,
    /// Posts that got a 200.
    pub events: AtomicU64,
    /// Posts that got something else, or nothing.
    pub repeated: AtomicU64,
    /// Milliseconds from each post to its 200.
    pub answers: Mutex<Vec<f64>>,
    /// When the hangup of each leg was first posted, in microseconds.
    pub hangups: Mutex<BTreeMap<String, i64>>,
    /// When the hangup was first posted that raised the question whether a call was missed: the first "no" of a queue
    /// or IVR, else the last hangup of a phone.
    pub questions: Mutex<BTreeMap<String, Question>>,
}

/// When a question was raised, in microseconds, and whether by a queue or IVR.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// When.
    pub at: i64,
    of_place: bool,
}

/// One call.
#[derive(Debug)]
pub struct Call {
    emissions: Vec<Emission>,
    /// What must come of it.
    pub expected: Vec<Expected>,
    concurrent: bool,
}

impl Call {
    /// A call that begins now, its events in their order.
    pub fn now(scenario: &Scenario, cast: &Cast, random: &mut Rng) -> Self {
        Self::at(scenario, cast, SystemClock.now().micros(), random)
    }

    fn at(scenario: &Scenario, cast: &Cast, now: i64, random: &mut Rng) -> Self {
        let mut emissions = script(scenario, cast, now, random);
        emissions.retain(|emission| !emission.untold);
        let expected = oracle::records(scenario, cast, &emissions);
        Self { emissions, expected, concurrent: false }
    }

    /// Calls of all kinds, their events in mixed orders, some of them twice, some at once.
    pub fn mixed(count: usize, seed: u64) -> Vec<Self> {
        let cast = Cast::of(&Tenant::demo().with_second_queue().with_unheard_phone());
        Self::mixed_among(count, seed, |_| cast.clone())
    }

    /// The same, each call with a cast of its own; all casts have the same extensions.
    pub fn mixed_among(count: usize, seed: u64, cast: impl Fn(usize) -> Cast) -> Vec<Self> {
        Self::among(count, seed, cast, |call, random| {
            if random.coin() {
                random.shuffle(&mut call.emissions);
            }
            let copies: Vec<_> = call.emissions.iter().filter(|_| random.below(8) == 0).cloned().collect();
            call.emissions.extend(copies);
            call.concurrent = random.coin();
        })
    }

    /// Calls of all kinds, the events of each in their order and one after the other.
    pub fn orderly_among(count: usize, seed: u64, cast: impl Fn(usize) -> Cast) -> Vec<Self> {
        Self::among(count, seed, cast, |_, _| {})
    }

    fn among(
        count: usize,
        seed: u64,
        cast: impl Fn(usize) -> Cast,
        mix: impl Fn(&mut Self, &mut Rng),
    ) -> Vec<Self> {
        let everybody = cast(0);
        let mut random = Rng::new(seed);
        let now = SystemClock.now().micros();
        let playable: Vec<_> = NAMED.iter().filter(|named| named.scenario.playable(&everybody)).collect();
        (0..count)
            .map(|place| {
                let scenario = &playable[place % playable.len()].scenario;
                let mut call = Self::at(scenario, &cast(place), now, &mut random);
                mix(&mut call, &mut random);
                call
            })
            .collect()
    }

    /// The last hangup.
    pub fn hangup(&self) -> Option<&Emission> {
        self.emissions.iter().rfind(|emission| emission.event_type == "hangup")
    }
}

/// So many calls have parties of their own: there are four times as many made-up numbers, and the first are our own.
const OWN_NUMBERS: usize = 250;

/// A cast with parties of its own, so that its call can be told by its number.
pub fn with_own_parties(cast: &Cast, place: usize) -> Cast {
    let number = |from: usize| format!("+442079460{:03}", from + place % OWN_NUMBERS);
    let mut cast = cast.clone().with_caller(&number(OWN_NUMBERS));
    (cast.dialled, cast.mobile) = (number(2 * OWN_NUMBERS), number(3 * OWN_NUMBERS));
    cast
}

impl Traffic {
    /// Reads the event URLs from the PBX.
    pub fn new(client: reqwest::Client, pbx: &FakePbx) -> Arc<Self> {
        let extensions = pbx.tenants().into_iter().flat_map(|tenant| tenant.extensions);
        let handlers =
            extensions.flat_map(|one| pbx.events(one.id).into_iter().map(move |handler| (one.id, handler)));
        let urls = handlers.map(|(id, handler)| ((id, handler.event_type), handler.url)).collect();
        Arc::new(Self {
            client,
            urls,
            events: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            answers: Mutex::default(),
            hangups: Mutex::default(),
            questions: Mutex::default(),
        })
    }

    /// Posts the events of a call until each is taken; false when one never was.
    pub async fn play(&self, call: &Call) -> bool {
        let posts = call.emissions.iter().map(|emission| self.post(emission));
        if call.concurrent {
            return join_all(posts).await.into_iter().all(|taken| taken);
        }
        let mut all = true;
        for post in posts {
            all &= post.await;
        }
        all
    }

    async fn post(&self, emission: &Emission) -> bool {
        // What nobody subscribed to is not sent.
        if !self.urls.contains_key(&(emission.extension_id, emission.event_type.clone())) {
            return true;
        }
        if emission.event_type == "hangup" {
            self.remember(emission).await;
        }
        for _ in 0..600 {
            let began = SystemClock.now();
            if self.send(emission).await.is_some_and(|status| status.is_success()) {
                let took = SystemClock.now().since(began).as_secs_f64() * 1_000.0;
                self.answers.lock().await.push(took);
                self.events.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            self.repeated.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    async fn remember(&self, hangup: &Emission) {
        let now = SystemClock.now().micros();
        let text = |key: &str| hangup.get(key).unwrap_or_default().to_owned();
        self.hangups.lock().await.entry(text("SubCallID")).or_insert(now);
        let question = Question { at: now, of_place: hangup.get("Bridged") == Some("no") };
        let mut questions = self.questions.lock().await;
        match questions.get(&text("CallID")) {
            Some(before) if before.of_place => {}
            Some(_) | None => drop(questions.insert(text("CallID"), question)),
        }
    }

    /// Posts an event once; answers the status, if there was an answer.
    pub async fn send(&self, emission: &Emission) -> Option<StatusCode> {
        let url = self.urls.get(&(emission.extension_id, emission.event_type.clone()))?;
        let form = ("content-type", "application/x-www-form-urlencoded");
        let answer = self.client.post(url).header(form.0, form.1).body(emission.wire()).send().await;
        answer.ok().map(|answer| answer.status())
    }
}
