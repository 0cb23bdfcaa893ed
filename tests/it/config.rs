//! The configuration refuses what would lose calls, and says what it wants instead.

use std::time::Duration;

use ringbridge::config::{Config, ConfigError};

fn with(name: &str, value: &str) -> Result<Config, ConfigError> {
    let pairs = [
        ("RINGBRIDGE_TABLE", "table"),
        ("RINGBRIDGE_QUEUE_URL", "https://queue.example/retry"),
        ("RINGBRIDGE_SEALING_KEY", "key"),
        ("RINGBRIDGE_PUBLIC_URL", "https://bridge.example"),
        ("RINGBRIDGE_PBX_HOSTS", "https://pbx.example"),
        (name, value),
    ];
    Config::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[test]
fn calls_are_kept_for_longer_than_they_are_tried() {
    for short in ["1h", "3d", "72h", "95h", "0d"] {
        let refused = with("RINGBRIDGE_KEEP_CALLS", short).unwrap_err().to_string();
        let wanted = "RINGBRIDGE_KEEP_CALLS must be 4d or more, since a record may be tried for three days";
        assert_eq!(refused, wanted, "{short}");
    }
    let kept = |text: &str| with("RINGBRIDGE_KEEP_CALLS", text).unwrap().keep_calls;
    assert_eq!(kept("4d"), kept("96h"));
    assert_eq!(kept(""), Duration::from_hours(30 * 24), "the default");
}

#[test]
fn queue_is_drained_by_the_schedule_or_by_an_event_source() {
    let drains = |text: &str| with("RINGBRIDGE_QUEUE_DRAINED_BY", text).map(|config| config.drains_queue);
    assert_eq!((drains(""), drains("schedule"), drains("event-source")), (Ok(true), Ok(true), Ok(false)));
    assert!(drains("nobody").is_err());
}

#[test]
fn bucket_of_recordings_has_a_name_that_can_be_a_host() {
    let bucket = |text: &str| with("RINGBRIDGE_RECORDING_BUCKET", text).map(|config| config.recording_bucket);
    assert_eq!((bucket(""), bucket("kept-1")), (Ok(None), Ok(Some("kept-1".to_owned()))));
    for bad in ["Kept", "kept.recordings", "k", "kept/recordings", "kept@host", &"k".repeat(64)] {
        assert!(bucket(bad).is_err(), "{bad}");
    }
}
