//! The words of a call's queues and IVRs, in the order in which they count, and the talk that outranks a "no"
//! (docs/pbx.md §12.6).

use std::time::Duration;

use super::leg::LegReading;
use super::missed;
use super::scope::Scope;
use super::whole::Whole;
use crate::clock::Timestamp;
use crate::model::call::{ArrivedEvent, CallRecord, EventKind, LegExtension};
use crate::model::extension::ExtensionKind;
use crate::model::history::{CallResult, HistoryFlow, ToldLeg};
use crate::model::number::ExtensionNumber;

/// The history's times are whole seconds.
const COARSE: Duration = Duration::from_secs(2);

/// A queue or IVR that has said whether a phone took the call.
#[derive(Debug)]
pub(super) struct Word<'a> {
    pub(super) is_queue: bool,
    pub(super) time: Timestamp,
    pub(super) arrived: Timestamp,
    pub(super) bridged: bool,
    pub(super) number: &'a ExtensionNumber,
    pub(super) scope: Scope,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Leg(&'a LegReading<'a>, &'a ArrivedEvent),
    Told(&'a ToldLeg, LegExtension),
}

/// All words, the one that decides last: a queue's counts before an IVR's, a later one's before an earlier one's.
pub(super) fn words<'a>(whole: &'a Whole<'_>) -> Vec<Word<'a>> {
    let mut words: Vec<_> = whole.readings.iter().filter_map(Word::spoken).collect();
    let heard = |told: &ToldLeg| words.iter().any(|word| told.watched.as_ref() == Some(word.number));
    let unheard: Vec<_> = whole.unheard.iter().filter(|told| !heard(told)).collect();
    words.extend(unheard.into_iter().filter_map(|told| Word::told(told, whole)));
    words.sort_by(|a, b| a.order().cmp(&b.order()));
    words
}

/// The hold runs from the arrival of the hangup that raised the question; what comes within it raises none anew.
pub(super) fn held_until(words: &[Word<'_>], hold: Duration) -> Timestamp {
    let mut raised: Vec<_> = words.iter().filter(|word| !word.bridged).map(|word| word.arrived).collect();
    raised.sort_unstable();
    let first = raised.first().copied().unwrap_or_default();
    raised.into_iter().fold(first, |began, at| if at < began + hold { began } else { at }) + hold
}

/// A talk with the outside caller that a phone had.
pub(super) struct Talk {
    began: Timestamp,
    /// None while it goes on.
    pub(super) ended: Option<Timestamp>,
    from: From,
}

/// From where the phone was rung that talked.
enum From {
    /// Its events said so: from a queue or an IVR, or from none.
    Told(Option<ExtensionNumber>),
    /// No event came, and the history does not say.
    Unknown,
}

/// The talks with the outside caller, as far as events or the history tell of them.
pub(super) fn talks<'a>(whole: &'a Whole<'_>) -> impl Iterator<Item = Talk> + 'a {
    let ours = whole.readings.iter().filter(|reading| reading.is_inbound() && reading.answered);
    let ours = ours.map(|reading| Talk {
        began: reading.answered_at().unwrap_or_else(|| reading.started_at()),
        ended: reading.ended_at(),
        from: From::Told(reading.via()),
    });
    ours.chain(elsewhere(whole).map(|told| {
        let ended = told.told.ended_at;
        let began = told.told.answered_at().or(ended).unwrap_or_default();
        Talk { began, ended, from: From::Unknown }
    }))
}

/// What the history tells of talks of which no event came: on phones that we don't watch, or that say that another
/// phone was quicker.
pub(super) fn elsewhere<'a>(whole: &'a Whole<'_>) -> impl Iterator<Item = &'a ToldLeg> + 'a {
    let unheard = whole.unheard.iter().copied().filter(|told| {
        let towards_us = told.told.flow != Some(HistoryFlow::Out);
        let external = !matches!(missed::told_scope(told, whole), Scope::Internal(_));
        told.is_phone() && told.told.is_answered() && towards_us && external
    });
    let all = whole.evidence.map(|evidence| evidence.legs.as_slice()).unwrap_or_default();
    let quicker = all.iter().filter(|told| told.told.result == CallResult::AnsweredElsewhere);
    unheard.chain(quicker)
}

impl<'a> Word<'a> {
    fn spoken(reading: &'a LegReading<'_>) -> Option<Self> {
        let leg = reading.leg();
        if !matches!(leg.extension.kind, ExtensionKind::Queue | ExtensionKind::Ivr) {
            return None;
        }
        let hangups = leg.events().iter().filter(|arrived| arrived.event.kind() == EventKind::Hangup);
        let told = hangups.filter_map(|arrived| Some((arrived, arrived.event.bridged()?)));
        let (hangup, bridged) =
            told.max_by(|(a, _), (b, _)| a.time().cmp(&b.time()).then_with(|| a.tie(b)))?;
        Some(Self {
            is_queue: leg.extension.kind == ExtensionKind::Queue,
            time: hangup.time(),
            arrived: hangup.at,
            bridged,
            number: &leg.extension.number,
            scope: reading.scope.clone(),
            source: Source::Leg(reading, hangup),
        })
    }

    /// A queue or IVR whose own word was lost: the history tells whether somebody talked while the call was there.
    fn told(told: &'a ToldLeg, whole: &Whole<'_>) -> Option<Self> {
        let kind = told.told.extension_kind.filter(|_| told.told.flow != Some(HistoryFlow::Out))?;
        if !matches!(kind, ExtensionKind::Queue | ExtensionKind::Ivr) {
            return None;
        }
        let (began, ended) = (told.told.started_at?, told.told.ended_at?);
        let number = told.watched.as_ref()?;
        // Whoever talked before the call came here was not rung from here.
        let within = |talk: Talk| match talk.from {
            From::Told(from) => from.as_ref() == Some(number),
            From::Unknown => talk.began >= began && talk.ended.is_some_and(|talk| talk <= ended + COARSE),
        };
        let bridged =
            told.told.bridged || told.told.result == CallResult::Bridged || talks(whole).any(within);
        Some(Self {
            is_queue: kind == ExtensionKind::Queue,
            time: ended,
            arrived: ended,
            bridged,
            number,
            scope: missed::told_scope(told, whole),
            source: Source::Told(told, told.extension()?),
        })
    }

    fn order(&self) -> (bool, Timestamp, &str) {
        let name = match &self.source {
            Source::Leg(reading, _) => reading.leg().leg_id.as_str(),
            Source::Told(..) => self.number.as_str(),
        };
        (self.is_queue, self.time, name)
    }

    /// The record of a call that was lost here.
    pub(super) fn record(&self, whole: &Whole<'_>) -> CallRecord {
        match &self.source {
            Source::Leg(reading, hangup) => {
                let stay = hangup.event.duration().unwrap_or_default();
                missed::of_leg(reading, hangup.time(), stay, whole)
            }
            Source::Told(told, extension) => missed::of_told(told, extension, whole),
        }
    }
}
