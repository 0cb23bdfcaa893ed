//! What can go wrong between the PBX and whoever listens to it: events lost, repeated or held back on the way, a
//! history that can't be read or is late. Asked for by tests and by people; [`Pbx::heal`] ends all of it.

use std::time::Duration;

use super::history::{HistoryAccess, View};
use super::player::{Delivery, Emission, Parcel};
use super::state::State;
use super::world::Pbx;

/// In place of a type: whatever comes next.
pub(super) const ANY: &str = "any";

/// What becomes of an event on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    Lost,
    Repeated,
    Held,
}

/// What is still to go wrong, and what is held back.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    mishaps: Vec<(String, Mishap)>,
    held: Vec<Parcel>,
    pub(super) access: HistoryAccess,
    view: View,
}

impl Trouble {
    /// How many deliveries are held back.
    pub(super) const fn held(&self) -> usize {
        self.held.len()
    }

    /// What is still to go wrong: the types of events, each with what becomes of it.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.mishaps.iter().map(|(kind, mishap)| {
            let what = match mishap {
                Mishap::Lost => "lost",
                Mishap::Repeated => "posted twice",
                Mishap::Held => "posted late",
            };
            (kind.as_str(), what)
        })
    }

    /// What is left of the deliveries of one event after its mishap, if it meets one.
    pub(super) fn meet(&mut self, event_type: &str, parcels: Vec<Parcel>) -> Vec<Parcel> {
        let due = self.mishaps.iter().position(|(kind, _)| kind == event_type || kind == ANY);
        let Some(index) = due.filter(|_| !parcels.is_empty()) else { return parcels };
        match self.mishaps.remove(index).1 {
            Mishap::Lost => Vec::new(),
            Mishap::Repeated => [parcels.clone(), parcels].concat(),
            Mishap::Held => {
                self.held.extend(parcels);
                Vec::new()
            }
        }
    }
}

impl State {
    /// How the history shows itself at this moment.
    pub(super) const fn view(&self, now: i64) -> View {
        View { now, ..self.trouble.view }
    }
}

impl Pbx {
    /// Loses the next `count` events of this type that somebody listens to; the history knows of them.
    pub fn lose_next(&self, event_type: &str, count: usize) {
        self.go_wrong(event_type, Mishap::Lost, count);
    }

    /// Posts the next `count` events of this type twice.
    pub fn repeat_next(&self, event_type: &str, count: usize) {
        self.go_wrong(event_type, Mishap::Repeated, count);
    }

    /// Holds the next `count` events of this type back until [`Pbx::post_held`].
    pub fn hold_next(&self, event_type: &str, count: usize) {
        self.go_wrong(event_type, Mishap::Held, count);
    }

    /// Posts what was held back, in the order in which it happened.
    pub async fn post_held(&self) -> Vec<Delivery> {
        let held = self.with(|state| std::mem::take(&mut state.trouble.held));
        self.held_back.send_replace(0);
        self.post(held).await
    }

    /// Waits until something is held back, and posts it so much later.
    pub(super) async fn post_when_held(&self, after: Duration) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.held_back.subscribe().wait_for(|count| *count > 0).await;
        tokio::time::sleep(after).await;
        self.post_held().await;
    }

    /// Writes into the history what happened, without posting any of it.
    pub fn happen(&self, emissions: &[Emission]) {
        self.change(|state| state.absorb(emissions));
    }

    /// Opens the history, or closes it in one way or another.
    pub fn set_history(&self, access: HistoryAccess) {
        self.with(|state| state.trouble.access = access);
    }

    /// Lets calls appear in the history only so long after their end.
    pub fn delay_history(&self, lag: Duration) {
        self.with(|state| state.trouble.view.lag = micros(lag));
    }

    /// Lets recordings appear, and be fetched, only so long after the end of their leg.
    pub fn delay_recordings(&self, lag: Duration) {
        self.with(|state| state.trouble.view.recordings_after = micros(lag));
    }

    /// Takes from the history's legs the fields about when they were bridged, which not every PBX may give.
    pub fn bare_history(&self, bare: bool) {
        self.with(|state| state.trouble.view.bare_legs = bare);
    }

    fn go_wrong(&self, event_type: &str, mishap: Mishap, count: usize) {
        let mishaps = std::iter::repeat_n((event_type.to_owned(), mishap), count);
        self.with(|state| state.trouble.mishaps.extend(mishaps));
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
