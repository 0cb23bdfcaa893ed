//! Calls and their posts: generated from the seed, in mixed orders, repeated, concurrent; a post without a 200 is
//! made again, as a PBX would that repeats.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use integration_tests::pbx::player::{Cast, Emission, NAMED, script};
use integration_tests::pbx::{FakePbx, Rng, Tenant};
use ringbridge::clock::{Clock as _, SystemClock};
use tokio::sync::Mutex;

use crate::oracle::{self, Expected};

/// Where the posts go, and what was seen of them.
pub(crate) struct Traffic {
    client: reqwest::Client,
    /// By extension and type of event.
    urls: BTreeMap<(u64, String), String>,
    /// Posts that got a 200.
    pub(crate) events: AtomicU64,
    /// Posts that got something else, or nothing.
    pub(crate) repeated: AtomicU64,
    /// Milliseconds from each post to its 200.
    pub(crate) answers: Mutex<Vec<f64>>,
    /// When the hangup of each leg was first posted, in microseconds.
    pub(crate) hangups: Mutex<BTreeMap<String, i64>>,
}

/// One generated call.
pub(crate) struct Call {
    emissions: Vec<Emission>,
    /// What must come of it.
    pub(crate) expected: Vec<Expected>,
    concurrent: bool,
}

/// All calls of a run.
pub(crate) fn calls(count: usize, seed: u64) -> Vec<Call> {
    let cast = Cast::of(&Tenant::demo().with_second_queue().with_unheard_phone());
    let mut random = Rng::new(seed);
    let now = SystemClock.now().micros();
    let playable: Vec<_> = NAMED.iter().filter(|named| named.scenario.playable(&cast)).collect();
    (0..count)
        .map(|place| {
            let scenario = &playable[place % playable.len()].scenario;
            let mut emissions = script(scenario, &cast, now, &mut random);
            emissions.retain(|emission| !emission.untold);
            let expected = oracle::records(scenario, &cast, &emissions);
            if random.coin() {
                random.shuffle(&mut emissions);
            }
            let copies: Vec<_> = emissions.iter().filter(|_| random.below(8) == 0).cloned().collect();
            emissions.extend(copies);
            Call { emissions, expected, concurrent: random.coin() }
        })
        .collect()
}

impl Traffic {
    /// Reads the event URLs from the PBX.
    pub(crate) fn new(client: reqwest::Client, pbx: &FakePbx) -> Arc<Self> {
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
        })
    }

    /// Posts the events of a call until each is taken; false when one never was.
    pub(crate) async fn play(&self, call: &Call) -> bool {
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
        let Some(url) = self.urls.get(&(emission.extension_id, emission.event_type.clone())) else {
            return true;
        };
        if emission.event_type == "hangup" {
            let leg = emission.get("SubCallID").unwrap_or_default().to_owned();
            self.hangups.lock().await.entry(leg).or_insert_with(|| SystemClock.now().micros());
        }
        for _ in 0..600 {
            let began = SystemClock.now();
            let form = ("content-type", "application/x-www-form-urlencoded");
            let answer = self.client.post(url).header(form.0, form.1).body(emission.wire()).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
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
}
