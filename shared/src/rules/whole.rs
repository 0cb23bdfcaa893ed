//! A call as a whole: its legs, the words of its queues and IVRs, and what the history told, put together.

use super::leg::{LegReading, LegRecord, Rulebook};
use super::matching;
use crate::model::call::{CallRecord, Leg, LegExtension, RecordId};
use crate::model::history::{Evidence, ToldLeg};
use crate::model::ids::{CallId, LegId};

/// A call, understood leg by leg. Which records it gives follows from it alone.
#[derive(Debug)]
pub struct Whole<'a> {
    pub(super) call_id: &'a CallId,
    pub(super) readings: Vec<LegReading<'a>>,
    pub(super) evidence: Option<&'a Evidence>,
    /// Legs of the evidence of which no event came.
    pub(super) unheard: Vec<&'a ToldLeg>,
    pub(super) book: Rulebook<'a>,
    /// Names that records keep which the history made before their events came: by the place of the leg.
    names: Vec<Option<&'a LegId>>,
}

impl<'a> Whole<'a> {
    /// Reads a call.
    pub fn read(
        call_id: &'a CallId,
        legs: &[&'a Leg],
        evidence: Option<&'a Evidence>,
        book: Rulebook<'a>,
    ) -> Self {
        let pairs = evidence.map(|evidence| matching::pair(legs, evidence)).unwrap_or_default();
        let told_of = |at: usize| {
            let place = pairs.iter().position(|leg| *leg == Some(at))?;
            evidence?.legs.get(place)
        };
        let readings = legs.iter().enumerate();
        let readings = readings
            .map(|(at, leg)| LegReading::with_history(leg, told_of(at).map(|told| &told.told), book))
            .collect();
        let names = (0..legs.len()).map(|at| told_of(at)?.recovered_as.as_ref()).collect();
        let told = evidence.map(|evidence| evidence.legs.as_slice()).unwrap_or_default();
        let unheard =
            told.iter().zip(&pairs).filter(|(_, leg)| leg.is_none()).map(|(told, _)| told).collect();
        Self { call_id, readings, evidence, unheard, book, names }
    }

    /// The call.
    pub const fn call_id(&self) -> &'a CallId {
        self.call_id
    }

    /// Whether calls between extensions are logged.
    pub const fn logs_internal(&self) -> bool {
        self.book.policy.log_internal
    }

    /// How a leg reads here.
    pub fn reading(&self, leg: &Leg) -> Option<&LegReading<'a>> {
        self.readings.iter().find(|reading| reading.leg() == leg)
    }

    /// The record that a leg gives under its own name. None under it if the history made its record before its
    /// events came: that one goes on under the name that the CRM knows.
    pub fn record_of(&self, leg: &Leg) -> LegRecord {
        let at = self.readings.iter().position(|reading| reading.leg() == leg);
        let joined = at.and_then(|at| *self.names.get(at)?).is_some_and(|name| *name != leg.leg_id);
        match at.and_then(|at| self.readings.get(at)) {
            Some(reading) if !joined => reading.record(),
            Some(_) | None => LegRecord::None,
        }
    }

    /// The records that the history made, or would make, of legs of which no event had come: each with the leg
    /// that names it, read from its events where they came after all.
    pub fn recovered(&self) -> Vec<Recovered> {
        let Some(evidence) = self.evidence else { return Vec::new() };
        let told = evidence.legs.iter().filter(|told| told.is_recovered());
        told.filter_map(|told| self.recover(told)).collect()
    }

    fn recover(&self, told: &ToldLeg) -> Option<Recovered> {
        let name = told.recovered_as.clone()?;
        let joined = self.names.iter().position(|other| *other == Some(&name));
        let extension = told.extension()?;
        let record = if let Some(reading) = joined.and_then(|at| self.readings.get(at)) {
            reading.record()
        } else {
            let (call, leg) = (self.call_id.clone(), name.clone());
            let leg = Leg::new(call, leg, extension.clone(), None, Vec::new());
            LegReading::with_history(&leg, Some(&told.told), self.book).record()
        };
        let id = RecordId::of_leg(self.book.connection, self.call_id, extension.id, &name);
        let named = |record: CallRecord| CallRecord { record_id: id, ..record };
        let record = match record {
            LegRecord::Logged(record) => LegRecord::Logged(named(record)),
            LegRecord::Unwanted(record) => LegRecord::Unwanted(named(record)),
            LegRecord::None => LegRecord::None,
        };
        Some(Recovered { id, leg: name, extension, record })
    }
}

/// A record that the history made.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// Its name.
    pub id: RecordId,
    /// The leg that names it.
    pub leg: LegId,
    /// The extension.
    pub extension: LegExtension,
    /// The record.
    pub record: LegRecord,
}
