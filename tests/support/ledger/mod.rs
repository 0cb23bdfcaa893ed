//! Simulated CRMs as whoever checks them from outside sees them: how one is connected, and which calls stand in it, each as
//! a line that can be compared with what a call must come to. Shares nothing with the connectors.

mod bitrix24;
mod bottlecrm;
mod hubspot;
mod kommo;
mod retailcrm;
mod template;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use ringbridge::clock::Clock;
use serde_json::Value;

pub use self::words::what_and_way;
use crate::bitrix24::Portal;
use crate::bottlecrm::BottleCrm;
use crate::hubspot::HubSpot;
use crate::kommo::Kommo;
use crate::outside::Expected;
use crate::retailcrm::RetailCrm;
use crate::template_crms::{Crm, TemplateCrm};

/// A call that stands in a CRM.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What no other call may have.
    pub mark: String,
    /// Who, how, and for how long, as far as this CRM keeps it.
    pub line: String,
}

/// A CRM that keeps calls.
pub trait Ledger: Send + Sync {
    /// Its address; requests come by a proxy before it.
    fn origin(&self) -> String;
    /// The `crm` of a connection, for requests by that address.
    fn settings(&self, proxy: &str) -> Value;
    /// What the runner is told of that address.
    fn variables(&self, _proxy: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// The code of a consent, where one is needed.
    fn code(&self) -> Option<&'static str> {
        None
    }
    /// Users for three phones; the first gets what nobody is mapped for.
    fn users(&self) -> [String; 3] {
        ["1", "2", "3"].map(str::to_owned)
    }
    /// Whether a call that was logged can be made another.
    fn changes(&self) -> bool {
        true
    }
    /// How a call must stand in it; nothing for one that it has no place for.
    fn wanted(&self, expected: &Expected) -> Option<String>;
    /// The calls that stand in it.
    fn entries(&self) -> Vec<Entry>;
    /// The numbers of its contacts.
    fn contacts(&self) -> Vec<String>;
}

/// The kinds that [`start`] knows.
pub const KINDS: &[&str] =
    &["bitrix24", "bottlecrm", "kommo", "hubspot", "retailcrm", "pipedrive", "zoho", "espocrm", "odoo"];

/// Starts a CRM of that kind, or none for an unknown one. To be called inside a Tokio runtime.
pub fn start(kind: &str, clock: Arc<dyn Clock>) -> io::Result<Option<Box<dyn Ledger>>> {
    Ok(Some(match kind {
        "bitrix24" => {
            let portal = Portal::start(0, clock)?;
            // Its limit is the same for everybody, and not what is looked at here.
            portal.state().budget = u32::MAX;
            Box::new(portal)
        }
        "bottlecrm" => {
            let crm = BottleCrm::start(0, clock)?;
            crm.state().rate = usize::MAX;
            Box::new(crm)
        }
        "kommo" => Box::new(Kommo::start(0, clock)?),
        "hubspot" => Box::new(HubSpot::start(0, clock)?),
        "retailcrm" => Box::new(RetailCrm::start(0)?),
        other => match Crm::ALL.into_iter().find(|(_, name)| *name == other) {
            Some((crm, _)) => Box::new(TemplateCrm::start(crm)?),
            None => return Ok(None),
        },
    }))
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Expected and found.
    pub right: usize,
    /// Expected and not found.
    pub lost: Vec<String>,
    /// Two calls with one mark, or two contacts with one number.
    pub doubled: Vec<String>,
    /// Found and not expected: a call too many, or one that says something wrong.
    pub wrong: Vec<String>,
}

impl Comparison {
    /// Whether there is nothing to complain of.
    pub fn is_clean(&self) -> bool {
        self.right > 0 && self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }
}

/// Compares what stands in a CRM with what the calls must come to. Numbers stand in the outcome: they are made up.
pub fn compare<'a>(ledger: &dyn Ledger, expected: impl Iterator<Item = &'a Expected>) -> Comparison {
    let mut found = Comparison::default();
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for line in expected.filter_map(|one| ledger.wanted(one)) {
        *left.entry(line).or_default() += 1;
    }
    let mut marks = BTreeSet::new();
    for Entry { mark, line } in ledger.entries() {
        if !marks.insert(mark.clone()) {
            found.doubled.push(format!("{mark} {line}"));
        } else if let Some(count) = left.get_mut(&line).filter(|count| **count > 0) {
            *count -= 1;
            found.right += 1;
        } else {
            found.wrong.push(line);
        }
    }
    found.lost.extend(left.into_iter().flat_map(|(line, count)| std::iter::repeat_n(line, count)));
    let mut numbers = BTreeSet::new();
    found.doubled.extend(ledger.contacts().into_iter().filter(|number| !numbers.insert(number.clone())));
    found
}
