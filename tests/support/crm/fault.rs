//! How the inbox misbehaves when a test asks it to: a list for the next requests, then a seeded die.

use std::collections::VecDeque;
use std::time::Duration;

/// One way to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrmFault {
    /// Answers this status, with `Retry-After` if given, and keeps nothing.
    Status(u16, Option<String>),
    /// Breaks the connection off without an answer, and keeps nothing.
    Reset,
    /// Keeps the record, then breaks the connection off without an answer.
    ResetAfterProcessing,
    /// Never answers, and keeps nothing.
    Hang,
    /// Answers 307 to another path of its own, and keeps nothing.
    Redirect,
    /// Keeps the record and answers when [`super::Inbox::release`] is called.
    Held,
    /// Keeps the record and answers 200 with a body that never ends.
    EndlessBody,
    /// Keeps the record and answers so much later.
    Slow(Duration),
}

impl CrmFault {
    /// Whether the record is kept all the same.
    pub const fn keeps(&self) -> bool {
        match self {
            Self::ResetAfterProcessing | Self::EndlessBody | Self::Held | Self::Slow(_) => true,
            Self::Status(..) | Self::Reset | Self::Hang | Self::Redirect => false,
        }
    }
}

/// What goes wrong next.
#[derive(Debug, Default)]
pub(super) struct Faults {
    next: VecDeque<CrmFault>,
    /// What meets every request until it is taken back.
    standing: Option<CrmFault>,
    die: Option<Die>,
}

impl Faults {
    pub(super) fn push(&mut self, count: usize, fault: &CrmFault) {
        self.next.extend(std::iter::repeat_n(fault.clone(), count));
    }

    pub(super) const fn roll(&mut self, seed: u64, permille: u16) {
        self.die = Some(Die { state: seed, permille });
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn take(&mut self) -> Option<CrmFault> {
        let next = self.next.pop_front().or_else(|| self.standing.clone());
        next.or_else(|| self.die.as_mut().and_then(Die::throw))
    }

    pub(super) fn stand(&mut self, fault: Option<CrmFault>) {
        self.standing = fault;
    }

    pub(super) const fn standing(&self) -> Option<&CrmFault> {
        self.standing.as_ref()
    }
}

/// `SplitMix64`: equal seeds fail alike.
#[derive(Debug)]
struct Die {
    state: u64,
    permille: u16,
}

impl Die {
    /// Only faults that pass by themselves and don't wait for a timeout.
    fn throw(&mut self) -> Option<CrmFault> {
        if self.draw() % 1_000 >= u64::from(self.permille) {
            return None;
        }
        Some(match self.draw() % 5 {
            0 => CrmFault::Status(500, None),
            1 => CrmFault::Status(503, Some("30".to_owned())),
            2 => CrmFault::Status(429, Some("60".to_owned())),
            3 => CrmFault::Reset,
            _ => CrmFault::ResetAfterProcessing,
        })
    }

    const fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}
