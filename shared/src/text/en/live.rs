//! Calls that go on.

use crate::text::pages::page_texts;

page_texts! {
    /// Calls that go on.
    Live {
        intro: "Calls that ring or are talked on now, on phones that have a person.",
        quiet: "No call at this moment.",
        cut: "Only {} calls are looked at.",
        as_of: "As of {}; refreshed every three seconds.",
        again: "Look again",
        party: "Other party",
        direction: "Direction",
        phones: "Phones",
        lasts: "For",
        inbound: "incoming",
        outbound: "outgoing",
        talking: "talks",
        ringing: "rings",
    }
}
