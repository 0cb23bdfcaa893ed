//! Arbitrary bytes as an event's body: `cargo +nightly fuzz run --fuzz-dir tests/fuzz call_event`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringbridge::model::call::CallEvent;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(event) = CallEvent::parse(bytes) {
        // Whatever is taken can be told apart and read again.
        let stored = serde_json::to_vec(&event).expect("an event can be stored");
        let read: CallEvent = serde_json::from_slice(&stored).expect("a stored event can be read");
        assert_eq!(read.identity(), event.identity());
    }
});
