//! The committed figures that the guard compares with, and how far a figure may be from its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use simulators::outside::Failure;

/// Where they are.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/figures.json");

/// Figures of one kind, by name.
pub(crate) type Group = BTreeMap<String, f64>;

/// What is stable enough to be committed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// The architecture that sizes and instructions are of.
    pub(crate) architecture: String,
    /// Thousands of instructions of an event; none without Valgrind.
    pub(crate) instructions: Group,
    /// Requests and units of a call, exactly.
    pub(crate) requests: Group,
    /// Megabytes.
    pub(crate) zipped: Group,
}

impl Figures {
    /// The committed ones.
    pub(crate) fn read() -> Result<Self, Failure> {
        let text =
            std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}; --write makes it"))?;
        let all: Value = serde_json::from_str(&text)?;
        let group = |name: &str| -> Result<Group, Failure> {
            let group: &Map<String, Value> =
                all[name].as_object().ok_or(format!("figures.json has no {name}"))?;
            let numbers = group.iter().map(|(name, figure)| Some((name.clone(), figure.as_f64()?)));
            numbers.collect::<Option<_>>().ok_or_else(|| format!("{name} are not numbers").into())
        };
        Ok(Self {
            architecture: all["architecture"]
                .as_str()
                .ok_or("figures.json names no architecture")?
                .to_owned(),
            instructions: group("instructions")?,
            requests: group("requests")?,
            zipped: group("zipped")?,
        })
    }

    /// Commits these instead.
    pub(crate) fn write(&self) -> Result<PathBuf, Failure> {
        let rounded = |group: &Group, digits: f64| -> Group {
            group.iter().map(|(name, figure)| (name.clone(), (figure * digits).round() / digits)).collect()
        };
        let all = json!({
            "architecture": self.architecture,
            "instructions": rounded(&self.instructions, 1.0),
            "requests": self.requests,
            "zipped": rounded(&self.zipped, 1e3),
        });
        std::fs::write(FILE, format!("{}\n", serde_json::to_string_pretty(&all)?))?;
        Ok(FILE.into())
    }
}

/// How far apart two figures may be, as a share.
pub(crate) const NEAR: f64 = 0.05;

/// Whether they are as near as they must be.
pub(crate) fn is_near(found: f64, committed: f64, share: f64) -> bool {
    (found - committed).abs() <= committed.abs() * share
}
