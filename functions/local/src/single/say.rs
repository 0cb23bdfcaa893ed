//! What the program says to whoever runs it. Logs go to standard error; this is its own voice.

use std::io::Write as _;

/// A line on standard output. A closed pipe is nobody's loss.
pub(super) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Why the program ends.
pub(super) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "ringbridge: {text}");
}
