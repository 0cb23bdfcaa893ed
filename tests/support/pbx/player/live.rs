//! A call that somebody leads step by step, in their own time: it rings, is answered, held, passed on and hung up when
//! they say so, and each step posts at once what the PBX would post.

use super::calling::{Calling, Ringing};
use super::cast::{Cast, Party};
use super::emission::Emission;
use super::leg::Leg;
use super::scenario::Outcome;
use super::script::MOMENT;
use crate::pbx::random::Rng;

/// Where a call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Somebody outside calls this phone, queue or menu.
    Incoming(u64),
    /// This phone dials the number outside.
    Outgoing(u64),
}

/// What can be done to a call; a leg is meant by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The caller, who listens to a menu, is put through to a phone.
    PutThrough(u64),
    /// A ringing leg is answered.
    Answer(usize),
    /// A ringing phone refuses.
    Refuse(usize),
    /// The caller is kept waiting, or taken back; the PBX posts nothing of it (docs/pbx.md §4.2).
    Hold,
    /// Whoever talks passes the caller on to this phone.
    Transfer(u64),
    /// Everybody hangs up.
    HangUp,
}

/// How a leg stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegState {
    /// It rings.
    Rings,
    /// They talk since that moment.
    Talks(i64),
    /// It is over.
    Over,
}

/// A phone in a call.
#[derive(Clone, Debug)]
pub struct LiveLeg {
    /// Whose it is.
    pub phone: Party,
    /// How it stands.
    pub state: LegState,
    answered: bool,
    ringing: Ringing,
}

impl LiveLeg {
    const fn rings(phone: Party, ringing: Ringing) -> Self {
        Self { phone, state: LegState::Rings, answered: false, ringing }
    }
}

/// A queue or menu that the caller went through.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Which.
    pub place: Party,
    /// Whether it is a menu, where the caller waits to be put through.
    pub is_menu: bool,
    at: i64,
    ringing: Ringing,
}

/// A call in progress.
#[derive(Clone, Debug)]
pub struct LiveCall {
    /// Its `CallID`.
    pub call_id: String,
    /// When it began, in microseconds since the epoch.
    pub began: i64,
    /// Who is outside.
    pub outside: String,
    /// The queue or menu that it came through.
    pub entered: Option<Entered>,
    /// Its phones, in the order in which they came in.
    pub legs: Vec<LiveLeg>,
    /// Whether the caller is kept waiting.
    pub held: bool,
    /// Whether nobody is in it any more.
    pub over: bool,
    cast: Cast,
    call_api_id: String,
}

impl LiveCall {
    /// Begins a call; nothing, if the cast lacks whom it is for.
    pub fn begin(cast: Cast, begin: Begin, now: i64, rng: &mut Rng) -> Option<(Self, Vec<Emission>)> {
        let mut calling = Calling::new(&cast, rng);
        let find = |all: &[Party], id| all.iter().find(|party| party.id == id).cloned();
        let (mut legs, mut entered) = (Vec::new(), None);
        let outside = match begin {
            Begin::Outgoing(id) => {
                let phone = find(&cast.phones, id)?;
                let ringing = calling.dial(Leg::to_outside(&cast, &phone, &cast.dialled), now);
                legs.push(LiveLeg::rings(phone, ringing));
                cast.dialled.clone()
            }
            Begin::Incoming(id) => {
                if let Some(phone) = find(&cast.phones, id) {
                    let ringing = calling.dial(Leg::from_outside(&cast, &phone), now);
                    legs.push(LiveLeg::rings(phone, ringing));
                } else {
                    let queue = find(&cast.queues, id);
                    let is_menu = queue.is_none();
                    let place = queue.or_else(|| find(&cast.ivrs, id))?;
                    let ringing = calling.enter_entrance(Leg::from_outside(&cast, &place), now);
                    let phones = if is_menu { &[][..] } else { &cast.phones };
                    for (phone, at) in phones.iter().zip(now + 1..) {
                        let ringing = calling.dial(Leg::through(&cast, phone, &place), at);
                        legs.push(LiveLeg::rings(phone.clone(), ringing));
                    }
                    entered = Some(Entered { place, is_menu, at: now, ringing });
                }
                cast.outside.clone()
            }
        };
        let (call_id, call_api_id) = calling.ids();
        let emissions = calling.finish();
        let began = now;
        let call =
            Self { call_id, began, outside, entered, legs, held: false, over: false, cast, call_api_id };
        Some((call, emissions))
    }

    /// Takes a step; nothing, if it can't be taken now.
    pub fn take(&mut self, step: Step, now: i64, rng: &mut Rng) -> Option<Vec<Emission>> {
        if self.over {
            return None;
        }
        // Its own copy, since the legs are changed while it is read.
        let cast = self.cast.clone();
        let mut calling = Calling::resume(&cast, rng, (&self.call_id, &self.call_api_id));
        match step {
            Step::PutThrough(id) => {
                let menu = self.entered.as_ref().filter(|one| one.is_menu && !self.busy())?;
                let phone = cast.phones.iter().find(|phone| phone.id == id)?.clone();
                let ringing = calling.dial(Leg::through(&cast, &phone, &menu.place), now);
                self.legs.push(LiveLeg::rings(phone, ringing));
            }
            Step::Answer(at) => {
                let answered = self.legs.get_mut(at).filter(|leg| leg.state == LegState::Rings)?;
                calling.answer(&answered.ringing, now);
                (answered.state, answered.answered) = (LegState::Talks(now), true);
                for (leg, at) in
                    self.legs.iter_mut().filter(|leg| leg.state == LegState::Rings).zip(now + 1..)
                {
                    calling.give_up(&leg.ringing, Outcome::Cancel, at);
                    leg.state = LegState::Over;
                }
            }
            Step::Refuse(at) => {
                let refused = self.legs.get_mut(at).filter(|leg| leg.state == LegState::Rings)?;
                calling.give_up(&refused.ringing, Outcome::Busy, now);
                refused.state = LegState::Over;
                if self.entered.is_none() && !self.busy() {
                    self.over = true;
                }
            }
            Step::Hold => {
                self.talking()?;
                self.held = !self.held;
            }
            Step::Transfer(id) => {
                let to = cast.phones.iter().find(|phone| phone.id == id)?.clone();
                let from = self.talking()?;
                let LegState::Talks(since) = self.legs[from].state else { return None };
                let by = self.legs[from].phone.clone();
                if by.id == to.id {
                    return None;
                }
                calling.hang_up(&self.legs[from].ringing, since, now);
                self.legs[from].state = LegState::Over;
                self.held = false;
                let ringing = calling.dial(Leg::passed_on(&cast, &to, &by), now + 1);
                self.legs.push(LiveLeg::rings(to, ringing));
            }
            Step::HangUp => self.end(&mut calling, now),
        }
        Some(calling.finish())
    }

    /// Everybody hangs up, the phones before the queue or menu that they were reached through.
    fn end(&mut self, calling: &mut Calling<'_>, now: i64) {
        for (leg, at) in self.legs.iter_mut().zip(now..) {
            match leg.state {
                LegState::Rings => calling.give_up(&leg.ringing, Outcome::Cancel, at),
                LegState::Talks(since) => calling.hang_up(&leg.ringing, since, at),
                LegState::Over => {}
            }
        }
        let bridged = self.legs.iter().any(|leg| leg.answered);
        if let Some(entered) = &self.entered {
            calling.leave_entrance(&entered.ringing, entered.at, now + MOMENT, bridged);
        }
        self.legs.iter_mut().for_each(|leg| leg.state = LegState::Over);
        (self.held, self.over) = (false, true);
    }

    /// The phone that talks.
    pub fn talking(&self) -> Option<usize> {
        self.legs.iter().position(|leg| matches!(leg.state, LegState::Talks(_)))
    }

    /// Whether a phone rings or talks.
    pub fn busy(&self) -> bool {
        self.legs.iter().any(|leg| leg.state != LegState::Over)
    }

    /// The phones of the one who leads it.
    pub fn phones(&self) -> &[Party] {
        &self.cast.phones
    }

    /// Whose PBX it is on.
    pub const fn client_id(&self) -> u64 {
        self.cast.client_id
    }
}
