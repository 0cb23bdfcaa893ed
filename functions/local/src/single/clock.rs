//! A clock that is far off: it would make calls of the past of today's, or let everything expire at once.

use std::time::Duration;

use ringbridge::clock::Timestamp;

use super::Failure;
use super::folder::Folder;

/// Where the folder says when it was last used.
const CLOCK: &str = "clock";
/// A clock may have been set back by this.
const BACK: Duration = Duration::from_mins(5);
/// A folder may lie idle for this long; after it, what it holds would be about to expire.
const IDLE: Duration = Duration::from_hours(30 * 24);

/// Refuses a clock that is far from where the folder was last used.
pub(super) fn check(folder: &Folder, now: Timestamp) -> Result<(), Failure> {
    let last = folder.read(CLOCK)?;
    let Some(last) = last.as_deref().and_then(Timestamp::parse_rfc3339) else { return Ok(()) };
    let off = if last.since(now) > BACK {
        "behind"
    } else if now.since(last) > IDLE {
        "more than 30 days after"
    } else {
        return Ok(());
    };
    let (now, last) = (now.rfc3339(), last.rfc3339());
    Err(format!(
        "the clock says {now}, {off} {last}, when this folder was last used; set the clock, or say --accept-clock if it is right"
    )
    .into())
}

/// Remembers that the folder is in use now.
pub(super) fn keep(folder: &Folder, now: Timestamp) -> std::io::Result<()> {
    folder.write(CLOCK, &now.rfc3339())
}
