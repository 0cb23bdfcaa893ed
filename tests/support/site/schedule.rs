//! Events that arrive by the clock, and a scheduler that runs the retry job between them. Events of one lane come one
//! after the other, those of different lanes at once, as from a PBX with several connections.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use http::StatusCode;

use super::{Site, micros};
use crate::crm::CrmFault;

/// What arrives within so many microseconds arrives together.
const TOGETHER: i64 = 100_000;
/// Lanes that are served side by side.
const SIDE_BY_SIDE: usize = 12;

/// One of so many moments has a retry run beside its events.
const BESIDE: u32 = 12;

/// An event on its way.
#[derive(Clone, Debug)]
pub struct Post {
    /// Whose event URL it goes to.
    pub extension: u64,
    /// The form.
    pub body: String,
    /// Whether it comes as the query of a GET.
    pub get: bool,
}

/// An event and when it arrives.
#[derive(Clone, Debug)]
pub struct Item {
    /// Microseconds after the beginning.
    pub at: i64,
    /// Events of one lane keep their order.
    pub lane: usize,
    /// The event.
    pub post: Post,
    /// What the CRM does to its next requests from then on.
    pub fault: Option<(usize, CrmFault)>,
}

/// How often the retry job runs.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// While events come.
    pub busy: Duration,
    /// When none came for a while.
    pub quiet: Duration,
}

/// Statuses other than 200, by lane.
pub type Answers = BTreeMap<usize, Vec<StatusCode>>;

impl Site {
    /// Lets events arrive. `base` is the moment from which they count.
    pub async fn play(&self, base: i64, mut items: Vec<Item>, steps: Steps) -> Answers {
        items.sort_by_key(|item| item.at);
        let mut answers = Answers::new();
        let mut run_at = base + micros(steps.busy);
        let mut rest = items.as_slice();
        let mut runs = 1_u32;
        while let Some(first) = rest.first() {
            let due = base + first.at;
            while run_at <= due {
                self.clock.reach(run_at);
                self.retry().await;
                let quiet = due - run_at > micros(steps.quiet) * 4;
                run_at += micros(if quiet { steps.quiet } else { steps.busy });
            }
            let together = rest.iter().take_while(|item| item.at <= first.at + TOGETHER).count();
            let (now, later) = rest.split_at(together);
            rest = later;
            self.clock.reach(base + now.last().map_or(first.at, |last| last.at));
            // Now and then a retry run goes on beside them.
            let refused = if runs.is_multiple_of(BESIDE) {
                futures_util::future::join(self.together(now), self.retry()).await.0
            } else {
                self.together(now).await
            };
            runs += 1;
            for (lane, status) in refused {
                answers.entry(lane).or_default().push(status);
            }
        }
        answers
    }

    async fn together(&self, items: &[Item]) -> Vec<(usize, StatusCode)> {
        let mut lanes: BTreeMap<usize, Vec<&Item>> = BTreeMap::new();
        for item in items {
            lanes.entry(item.lane).or_default().push(item);
        }
        let lanes = lanes.into_iter().map(async |(lane, items)| {
            let mut refused = Vec::new();
            for item in items {
                if let Some((count, fault)) = &item.fault {
                    self.inbox.fail_next(*count, fault);
                }
                let status = self.send(&item.post).await;
                if status != StatusCode::OK {
                    refused.push((lane, status));
                }
            }
            refused
        });
        futures_util::stream::iter(lanes).buffer_unordered(SIDE_BY_SIDE).concat().await
    }
}
