//! How it went, and who waits.

use crate::text::pages::page_texts;

page_texts! {
    /// How it went, and who waits.
    Overview {
        rings: "The phone rings now. Whoever picks it up is connected with the number.",
        week: "Last 7 days",
        cut: "Only the newest {} records are counted here.",
        no_calls: "No calls in the last seven days. New ones appear here by themselves.",
        waiting: "Missed callers, not called back yet",
        by_outcome: "Calls by outcome",
        by_outcome_help: "One bar for each outcome, of the last seven days.",
        by_hour: "Calls by hour",
        by_hour_help: "One column for each hour of the day, of the last seven days together.",
        talk: "Talk time by person",
        talk_help: "One bar for each person, of the last seven days.",
        no_talk: "Nobody has talked in the last seven days.",
        as_table: "The same as a table",
        outcome: "Outcome",
        number_of_calls: "Calls",
        hour: "Hour",
        person: "Person",
        pbx_ok: "The PBX answers.",
        pbx_refused: "The PBX refuses the stored credentials.",
        pbx_waiting: "The PBX's hourly limit is used up; work on it goes on when the hour is over.",
        pbx_failing: "The PBX fails at present; it is asked again by itself.",
        crm: "CRM:",
        to_crm: "To the CRM",
        notices: "notice needs you|notices need you",
        calls: "call|calls",
        answered: "Incoming, answered",
        reached: "Outgoing, talked",
        missed: "Missed",
        not_reached: "Outgoing, not reached",
        nobody_waits: "Everybody who was missed has been talked to or called back.",
        more_wait: "And {} more.",
        caller: "Caller",
        last_tried: "Last tried",
        call_back: "Call back",
        call: "Call",
        who_calls: "Who calls {}",
        times: "try|tries",
        withheld: "missed call with a withheld number: nobody can call back|missed calls with withheld numbers: nobody can call back",
        no_phones: "Map a phone first",
        not_dialled: "This number or person can't be used for a call.",
    }
}
