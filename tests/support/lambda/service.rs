//! The state of the small Lambda: what is invoked, who has asked for the next event, what came back.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ringbridge::clock::{Clock as _, SystemClock};
use serde_json::Value;
use tokio::sync::watch;

/// One invocation; its text is a UUID, as AWS's request ids are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InvocationId(u64);

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "8476a536-e9f4-11e8-9739-{:012x}", self.0)
    }
}

/// What the function made of an invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A response.
    Response(Value),
    /// An error.
    Error(Value),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Starting failed, says the function.
    InitFailed(String),
    /// The function was given an event.
    Invoked(InvocationId),
    /// The function answered.
    Answered(InvocationId),
    /// The function asked for the next event: AWS would freeze the process here.
    Ended(InvocationId),
}

/// What goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The first `next` is not asked for yet, or nothing is to be done.
    Idle,
    /// An invocation is open.
    Invoking(InvocationId),
}

/// An event on its way.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) id: InvocationId,
    pub(super) event: String,
    pub(super) deadline_ms: i64,
    time: Duration,
}

/// Everything the service knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) steps: Vec<Step>,
    asking: bool,
    given: Option<Invocation>,
    waiting: VecDeque<Invocation>,
    answers: BTreeMap<InvocationId, Answer>,
    invoked: u64,
}

impl State {
    pub(super) fn answer(&self, id: InvocationId) -> Option<Answer> {
        self.answers.get(&id).cloned()
    }

    pub(super) fn has_ended(&self, id: InvocationId) -> bool {
        self.steps.contains(&Step::Ended(id))
    }

    /// Takes an answer; false when nothing of that id is open.
    pub(super) fn take(&mut self, id: &str, answer: Answer) -> bool {
        let Stage::Invoking(open) = self.stage else { return false };
        if open.to_string() != id || self.answers.contains_key(&open) {
            return false;
        }
        self.answers.insert(open, answer);
        self.steps.push(Step::Answered(open));
        true
    }

    /// Whether the function asks for an event.
    pub(super) fn is_asking(&self) -> bool {
        self.asking
    }

    /// Ends the open invocation and begins the next one, if it was asked for.
    fn go_on(&mut self) {
        if !self.asking {
            return;
        }
        if let Stage::Invoking(open) = self.stage {
            self.steps.push(Step::Ended(open));
            self.stage = Stage::Idle;
        }
        let Some(mut next) = self.waiting.pop_front() else { return };
        next.deadline_ms = (SystemClock.now() + next.time).micros() / 1_000;
        self.stage = Stage::Invoking(next.id);
        self.steps.push(Step::Invoked(next.id));
        (self.asking, self.given) = (false, Some(next));
    }
}

/// The service: its state, and who waits for it to change.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: String,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    /// Whether whoever posts an answer waits for ours.
    held: watch::Sender<bool>,
}

impl Service {
    pub(super) fn new(name: &str) -> Self {
        let state = State {
            stage: Stage::Idle,
            steps: Vec::new(),
            asking: false,
            given: None,
            waiting: VecDeque::new(),
            answers: BTreeMap::new(),
            invoked: 0,
        };
        let (state, changed, held) = (Mutex::new(state), watch::Sender::new(()), watch::Sender::new(false));
        Self { name: name.to_owned(), state, changed, held }
    }

    pub(super) fn invoke(&self, event: String, time: Duration) -> InvocationId {
        self.change(|state| {
            state.invoked += 1;
            let id = InvocationId(state.invoked);
            state.waiting.push_back(Invocation { id, event, deadline_ms: 0, time });
            id
        })
    }

    /// Long-polls for the next event; `None` when there will be none.
    pub(super) async fn next(&self) -> Option<Invocation> {
        self.change(|state| state.asking = true);
        let mut changes = self.changed.subscribe();
        loop {
            // Not `change`: taking what is given wakes nobody.
            let given = self.state().given.take();
            if given.is_some() {
                return given;
            }
            changes.changed().await.ok()?;
        }
    }

    pub(super) fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Waits while answers are held.
    pub(super) async fn pass(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.held.subscribe().wait_for(|held| !held).await;
    }

    /// Waits until `find` finds something.
    pub(super) async fn wait<T>(&self, time: Duration, find: impl Fn(&State) -> Option<T>) -> Option<T> {
        let mut changes = self.changed.subscribe();
        let found = async {
            loop {
                if let Some(found) = self.look(&find) {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        tokio::time::timeout(time, found).await.ok().flatten()
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state())
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        state.go_on();
        drop(state);
        self.changed.send_replace(());
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
