//! What the layout promises (docs/promises.md §2): the arrow of dependency, pure rules, small files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file below a folder, with its text.
pub(crate) fn files(folder: &str) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

#[track_caller]
fn has_none(folder: &str, words: &[&str]) {
    for (name, text) in files(folder) {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for (line, word) in code.flat_map(|line| words.iter().map(move |word| (line, word))) {
            assert!(!line.contains(word), "{name} has {word}: {line}");
        }
    }
}

#[test]
fn rules_are_pure() {
    let io = ["async ", ".await", "tokio", "reqwest", "aws_", "std::env", "std::fs", "SystemTime", "Instant"];
    has_none("shared/src/rules", &io);
    has_none("shared/src/rules", &["dyn Clock", "dyn Random", "tracing::"]);
}

/// Who may use whom: every arrow between the crate's rooms that there is. What is not here is refused, and what is not
/// used any more is to be taken out.
const ARROWS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("error", &[]),
    ("http_client", &[]),
    ("telemetry", &["clock"]),
    ("model", &["clock", "text"]),
    ("metrics", &["clock"]),
    ("recording", &["clock", "model"]),
    ("seal", &["model"]),
    ("rules", &["clock", "model"]),
    ("alert", &["aws", "clock", "error", "http_client", "model", "telemetry"]),
    ("aws", &["clock", "http_client", "model"]),
    ("bucket", &["aws", "clock", "error", "http_client", "model"]),
    ("crm", &["clock", "error", "http_client", "model", "seal"]),
    ("pbx", &["clock", "error", "http_client", "model"]),
    ("post", &["aws", "clock", "error", "model"]),
    ("queue", &["clock", "error", "model"]),
    ("storage", &["bucket", "clock", "error", "model", "seal"]),
    (
        "flow",
        &[
            "alert",
            "bucket",
            "clock",
            "crm",
            "error",
            "http_client",
            "metrics",
            "model",
            "pbx",
            "post",
            "queue",
            "recording",
            "rules",
            "seal",
            "storage",
            "telemetry",
            "text",
        ],
    ),
    ("text", &[]),
    ("config", &["http_client", "model"]),
    ("sdk", &["aws", "config", "error", "http_client", "model", "telemetry"]),
    (
        "http",
        &[
            "clock",
            "crm",
            "error",
            "flow",
            "http_client",
            "metrics",
            "model",
            "recording",
            "rules",
            "storage",
            "telemetry",
            "text",
            "view",
        ],
    ),
    ("view", &["clock", "crm", "flow", "model", "rules", "seal", "storage", "text"]),
    (
        "wiring",
        &[
            "alert",
            "aws",
            "bucket",
            "clock",
            "config",
            "crm",
            "error",
            "flow",
            "http",
            "http_client",
            "metrics",
            "model",
            "pbx",
            "post",
            "queue",
            "recording",
            "rules",
            "sdk",
            "seal",
            "storage",
            "telemetry",
        ],
    ),
];

/// The rooms that a line of code names.
fn named(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in line.split("crate::").skip(1) {
        let names = part.strip_prefix('{').map_or(part, |group| group.split('}').next().unwrap_or_default());
        let names = if part.starts_with('{') { names.split(',').collect() } else { vec![names] };
        for name in names {
            let name: String =
                name.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            found.push(name);
        }
    }
    found
}

#[test]
fn arrows_between_rooms_are_those_of_the_table() {
    let mut used = BTreeSet::new();
    for (name, text) in files("shared/src") {
        let place = name.trim_start_matches("shared/src/");
        let room = place.split('/').next().unwrap().trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for other in code.flat_map(named).filter(|other| other != room && !other.is_empty()) {
            used.insert((room.to_owned(), other));
        }
    }
    let allowed = ARROWS
        .iter()
        .flat_map(|(room, others)| others.iter().map(|other| ((*room).to_owned(), (*other).to_owned())));
    let allowed: BTreeSet<_> = allowed.collect();
    let more: Vec<_> = used.difference(&allowed).collect();
    assert!(more.is_empty(), "these arrows are not in the table: {more:?}");
    let fewer: Vec<_> = allowed.difference(&used).collect();
    assert!(fewer.is_empty(), "nothing uses these arrows of the table any more: {fewer:?}");
    has_none("shared/src/flow", &["lambda", "aws_sdk"]);
}

#[test]
fn functions_only_wire() {
    for function in ["event-receiver", "settings-api", "retry-job", "ops"] {
        let main = fs::read_to_string(root().join(format!("functions/{function}/src/main.rs"))).unwrap();
        assert!(main.lines().count() <= 40, "{function}");
    }
}

#[test]
fn files_are_small_and_say_what_they_are() {
    for (name, text) in ["shared", "functions", "tests"].into_iter().flat_map(files) {
        assert!(text.starts_with("//!") || text.starts_with("#!["), "{name} opens without a word");
        let production = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        assert!(production <= 350, "{name} has {production} lines");
    }
}
