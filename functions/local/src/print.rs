//! What a person at the terminal reads. Logs go to standard error; this is the program's own voice.

use std::io::Write as _;

/// A line on standard output. A closed pipe is nobody's loss.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Why the program ends.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "ringbridge-local: {text}");
}
