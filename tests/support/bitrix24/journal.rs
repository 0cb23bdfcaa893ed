//! Requests on paper: each with what the portal knew, so that it can be sent again, alone, by another client, and be
//! answered the same. A fault that breaks off is left out: noted is what would have been answered.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::state::{Asked, State};
use super::{PortalFault, server};

/// Which portal of this process it is.
static PORTALS: AtomicU32 = AtomicU32::new(0);

/// The notes of one portal, a line each.
#[derive(Debug)]
pub(super) struct Journal(File);

impl Journal {
    /// In a file of its own.
    pub(super) fn in_folder(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let name = format!("{}-{}.jsonl", std::process::id(), PORTALS.fetch_add(1, Ordering::Relaxed));
        Ok(Self(File::create_new(folder.join(name))?))
    }

    /// Notes a request that a portal is about to answer.
    pub(super) fn note(
        &self,
        state: &State,
        fault: Option<PortalFault>,
        (method, body): (&str, &Value),
        now: Timestamp,
    ) -> io::Result<()> {
        let mut before = state.clone();
        before.asked.clear();
        before.faults.retain(|(_, fault)| matches!(fault, PortalFault::Inside(..) | PortalFault::NoLead));
        if let Some(fault @ PortalFault::Error(..)) = fault {
            before.faults.push((None, fault));
        }
        let mut after = before.clone();
        let (status, answer) = match after.fault(method) {
            Some(PortalFault::Error(status, code, words)) => server::failed(status, code, words),
            _ => server::act(&mut after, method, body.clone(), now),
        };
        let faults = before.faults.iter().map(|(of, fault)| json!([of, fault.noted()]));
        let faults: Value = faults.collect();
        let line = json!({ "at": now, "state": before, "faults": faults, "method": method, "body": body,
            "commands": commands(body), "status": status, "answer": answer, "asked": asked(&after) });
        (&self.0).write_all(format!("{line}\n").as_bytes())
    }
}

/// The commands of a batch, taken apart: key, method, parameters.
fn commands(body: &Value) -> Value {
    let params = body.as_object().cloned().unwrap_or_default();
    let apart = server::commands(&params)
        .map(|(name, method, query)| json!([name, method, server::unflatten(query, None)]));
    apart.collect()
}

/// What a portal understood.
pub(super) fn asked(state: &State) -> Value {
    state.asked.iter().map(|Asked { method, params, .. }| json!([method, params])).collect()
}

/// What a portal knew when it was asked that.
pub(super) fn state_of(note: &Value) -> io::Result<State> {
    let mut state: State = serde_json::from_value(note["state"].clone())?;
    for fault in note["faults"].as_array().into_iter().flatten() {
        let of = fault[0].as_str().map(super::fault::kept);
        let what = PortalFault::of_note(&fault[1]).ok_or(io::ErrorKind::InvalidData)?;
        state.faults.push((of, what));
    }
    Ok(state)
}
