//! The guided try-out: one call, from its ring to the CRM.

use crate::text::pages::page_texts;

page_texts! {
    /// The guided try-out.
    Tryout {
        intro: "Follow one call from its ring to your CRM. At each station you see what happened, and what to do if nothing does.",
        ready: "Before you begin",
        mapped: "{} with a person",
        phones: "phone|phones",
        not_mapped: "No phone has a person yet, so no call can be followed. Map at least your own phone.",
        installing: "Events are still being installed on {}.",
        installed: "Events are installed on {}.",
        refused: "{} could not get its events: an extension takes 16, of all integrations together. Delete unused ones on the PBX, or ask for a higher limit.",
        paused: "The CRM is paused: {}",
        begin: "I am going to make a call",
        begin_help: "Then call one of these phones from outside, or call out from one:",
        play: "Play a call of the simulated PBX",
        play_help: "The simulator rings this phone, answers after a moment and hangs up; nobody's telephone rings.",
        again: "Once more",
        waiting: "Waiting for a call since {}.",
        hint: "Nothing yet? Does the phone that rings have a person? Does the call come from outside? Calls between extensions are not logged unless the settings say so.",
        rings: "The phone rings",
        rings_done: "{} rang, {}.",
        dialled_done: "{} dials, {}.",
        talks: "Somebody answers",
        talks_done: "Answered, {}.",
        not_taken: "Not answered.",
        ends: "The call ends",
        ends_done: "Ended, {}.",
        decided: "Ringbridge decides what it was",
        decided_wait: "A missed call is decided some seconds after the hangup, since a later event may show that somebody took it.",
        logged: "It is logged for {}.",
        not_logged: "It is not logged: {}",
        crm: "The CRM has it",
        crm_done: "Delivered, {} after the hangup.",
        crm_wait: "Not yet: {}",
        to_call: "See this call with everything that is known of it",
        simulated_only: "The simulator could not play it: {}",
    }
}
