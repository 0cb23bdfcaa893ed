//! What the layout promises (design §2, the house style): the arrow of dependency, pure rules, small files.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file below a folder, with its text.
fn files(folder: &str) -> Vec<(String, String)> {
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

#[test]
fn dependencies_point_one_way() {
    let above_rules = ["crate::flow", "crate::http::", "crate::wiring"];
    let adapters = ["crate::storage", "crate::queue", "crate::pbx", "crate::crm", "crate::alert"];
    has_none("shared/src/rules", &above_rules);
    has_none("shared/src/rules", &adapters);
    has_none("shared/src/flow", &["crate::http::", "crate::wiring", "lambda", "aws_sdk"]);
    for adapter in ["storage", "queue", "pbx", "crm", "notify", "http_client"] {
        let folder = format!("shared/src/{adapter}");
        has_none(&folder, &above_rules);
        has_none(&folder, &["crate::rules"]);
    }
    has_none("shared/src/call", &[&above_rules[..], &adapters[..], &["crate::rules"]].concat());
}

#[test]
fn functions_only_wire() {
    for function in ["event-receiver", "settings-api", "retry-job"] {
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
