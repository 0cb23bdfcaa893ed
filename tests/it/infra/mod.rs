//! The template against the code: what it grants, what it creates and what it says must be what the code needs.

mod actions;
mod calls;
mod metrics;
mod queue;
mod runbook;
mod settings;
mod table;
mod template;

use std::path::{Path, PathBuf};

/// The functions: their resource in the template and their package.
const FUNCTIONS: [(&str, &str); 3] =
    [("EventReceiver", "event-receiver"), ("SettingsApi", "settings-api"), ("RetryJob", "retry-job")];

/// A place in the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
