//! What the process counts of itself, and as Prometheus reads it: the metrics that the functions write in AWS, by the same
//! names, and requests by the class of their answers. No label names a customer or a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringbridge::metrics::{self, Metric};

/// Upper bounds of how long something took, in milliseconds.
const BUCKETS: [u64; 10] = [5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000, 300_000];

/// One for the process, since metrics are written from everywhere in it.
static TALLY: Mutex<Tally> = Mutex::new(Tally {
    counts: BTreeMap::new(),
    gauges: BTreeMap::new(),
    times: BTreeMap::new(),
    answers: [0; 5],
});

/// Everything counted since the start.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    counts: BTreeMap<&'static str, u64>,
    gauges: BTreeMap<&'static str, Gauge>,
    times: BTreeMap<&'static str, Times>,
    answers: [u64; 5],
}

#[derive(Clone, Copy, Debug, Default)]
struct Gauge {
    last: u64,
    /// Since somebody looked.
    lowest: Option<u64>,
    highest: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    millis: u64,
}

/// The lowest and the highest of a number since it was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// The lowest.
    pub(super) lowest: Option<u64>,
    /// The highest.
    pub(super) highest: Option<u64>,
}

/// Begins counting.
pub(super) fn begin() {
    metrics::heard_by(hear);
}

/// Counts an answer.
pub(super) fn answered(status: u16) {
    let class = usize::from(status / 100).saturating_sub(1);
    if let Some(count) = lock().answers.get_mut(class) {
        *count += 1;
    }
}

/// All of it as it is now.
pub(super) fn now() -> Tally {
    lock().clone()
}

/// Looks at a number, so that the next look sees what came after.
pub(super) fn look(metric: Metric) -> Span {
    let mut tally = lock();
    let Some(gauge) = tally.gauges.get_mut(metric.name) else { return Span::default() };
    Span { lowest: gauge.lowest.take(), highest: gauge.highest.take() }
}

fn lock() -> MutexGuard<'static, Tally> {
    TALLY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hear(values: &[(Metric, u64)]) {
    let mut tally = lock();
    for (metric, value) in values {
        if is_gauge(*metric) {
            let gauge = tally.gauges.entry(metric.name).or_default();
            gauge.last = *value;
            gauge.lowest = Some(gauge.lowest.map_or(*value, |lowest| lowest.min(*value)));
            gauge.highest = Some(gauge.highest.map_or(*value, |highest| highest.max(*value)));
        } else if metric.unit == "Milliseconds" {
            let times = tally.times.entry(metric.name).or_default();
            times.count += 1;
            times.millis += value;
            for (bound, count) in BUCKETS.iter().zip(&mut times.buckets) {
                *count += u64::from(value <= bound);
            }
        } else {
            *tally.counts.entry(metric.name).or_default() += value;
        }
    }
}

/// A number that is read, not added up.
fn is_gauge(metric: Metric) -> bool {
    metric.unit == "Seconds" || [metrics::PBX_REQUESTS_LEFT, metrics::SECRETS_UNOPENABLE].contains(&metric)
}

impl Tally {
    /// How often it was counted.
    pub(super) fn count(&self, metric: Metric) -> u64 {
        self.counts.get(metric.name).copied().unwrap_or(0)
    }

    /// How many answers were 5xx.
    pub(super) const fn server_errors(&self) -> u64 {
        self.answers[4]
    }

    /// In the text format of Prometheus. Counters that have not begun are 0, so that a rate sees their first step.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for metric in metrics::ALL {
            let name = prometheus(metric.name);
            if is_gauge(*metric) {
                if let Some(gauge) = self.gauges.get(metric.name) {
                    value(&mut text, &name, "gauge", "", gauge.last);
                }
            } else if metric.unit == "Milliseconds" {
                self.times.get(metric.name).copied().unwrap_or_default().write(&mut text, &name);
            } else {
                value(&mut text, &format!("{name}_total"), "counter", "", self.count(*metric));
            }
        }
        let _ = writeln!(text, "# TYPE ringbridge_http_answers_total counter");
        for (class, count) in (1..).zip(self.answers) {
            let _ = writeln!(text, "ringbridge_http_answers_total{{class=\"{class}xx\"}} {count}");
        }
        text
    }
}

impl Times {
    fn write(&self, text: &mut String, name: &str) {
        let _ = writeln!(text, "# TYPE {name} histogram");
        for (bound, count) in BUCKETS.iter().zip(&self.buckets) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {count}", seconds(*bound));
        }
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {}", self.count);
        let _ = writeln!(text, "{name}_sum {}", seconds(self.millis));
        let _ = writeln!(text, "{name}_count {}", self.count);
    }
}

/// One value with its type.
pub(super) fn value(text: &mut String, name: &str, kind: &str, labels: &str, value: u64) {
    // Writing to a string can't fail.
    let _ = writeln!(text, "# TYPE {name} {kind}\n{name}{labels} {value}");
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

/// `EventToAnswerMillis` is `ringbridge_event_to_answer_seconds` there.
fn prometheus(name: &str) -> String {
    let mut words = "ringbridge".to_owned();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words.strip_suffix("_millis").map_or(words.clone(), |name| format!("{name}_seconds"))
}
