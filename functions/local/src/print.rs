//! What a person at the terminal reads. Logs go to standard error; this is the program's own voice.

use std::io::{IsTerminal as _, Write as _};

/// A line on standard output. A closed pipe is nobody's loss.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// A line in place of the one that was printed so before; where no terminal reads it, another line.
pub(crate) fn again(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = if out.is_terminal() { write!(out, "\r\x1b[K{text}") } else { writeln!(out, "{text}") };
    let _ = out.flush();
}

/// Ends such a line.
pub(crate) fn done() {
    if std::io::stdout().is_terminal() {
        line("");
    }
}

/// Why the program ends.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "ringbridge-local: {text}");
}
