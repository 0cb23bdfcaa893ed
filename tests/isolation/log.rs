//! The retry runs, as the runner's log tells of them.

use std::io;
use std::path::Path;
use std::time::Duration;

/// How long each retry run took.
pub(crate) fn runs(log: &Path) -> io::Result<Vec<Duration>> {
    let text = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
    let ended = text.lines().filter(|line| line.contains("retry run ended"));
    let millis = |line: &str| {
        let from = line.find("run.millis=")? + "run.millis=".len();
        line[from..].split_whitespace().next()?.parse().ok()
    };
    Ok(ended.filter_map(millis).map(Duration::from_millis).collect())
}
