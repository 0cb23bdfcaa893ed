//! What the inbox has been told, in a file beside the data of the local runner: one message a line, as it came, so that a
//! restart hears all of them again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::Mutex;

use ringbridge::clock::Timestamp;
use serde_json::{Value, json};

use super::state::State;

/// The file.
#[derive(Debug)]
pub(super) struct Kept(Mutex<File>);

impl Kept {
    /// Tells the inbox what the file knows, and opens it for more.
    pub(super) fn open(path: &Path, state: &mut State) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        for line in BufReader::new(&file).lines() {
            // The last line may be half of one, if the process was killed while it wrote.
            let Ok(said) = serde_json::from_str::<Value>(&line?) else { continue };
            let at = said["at"].as_i64().map(Timestamp::from_micros);
            state.take(said["id"].as_str().unwrap_or_default(), &said["body"], at);
        }
        // What was counted then is not of this start.
        state.counters = super::Counters::default();
        let kept = Self(Mutex::new(file));
        // Half a line is ended, so that the next one begins a line of its own.
        kept.write("\n");
        Ok(kept)
    }

    /// Keeps a message.
    pub(super) fn message(&self, id: &str, at: Option<Timestamp>, body: &Value) {
        let line = json!({ "id": id, "at": at.map(Timestamp::micros), "body": body });
        self.write(&format!("{line}\n"));
    }

    /// A full disk costs the page its memory, and no sender its answer.
    fn write(&self, text: &str) {
        if let Ok(mut file) = self.0.lock() {
            let _ = file.write_all(text.as_bytes());
        }
    }
}
