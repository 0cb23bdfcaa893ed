//! Every event as it was posted, call by call.

use maud::{Markup, html};

use super::calls::clock;
use crate::pbx::journal::{Answer, Posted};
use crate::pbx::tenant::Tenant;
use crate::pbx::world::Pbx;

/// How many calls are shown.
const SHOWN: usize = 20;

/// The last calls, that one first of which an event went out last.
pub(super) fn section(pbx: &Pbx, tenant: &Tenant) -> Markup {
    let mine = |entry: &Posted| {
        let agent = tenant.agents.iter().any(|agent| agent.id == entry.source_id);
        agent || tenant.extension(entry.source_id).is_some()
    };
    let entries: Vec<_> = pbx.journal().into_iter().filter(mine).collect();
    let mut calls: Vec<(Option<&str>, Vec<&Posted>)> = Vec::new();
    for entry in entries.iter().rev() {
        match calls.iter_mut().find(|(call, _)| *call == entry.call_id()) {
            Some((_, of)) => of.push(entry),
            None => calls.push((entry.call_id(), vec![entry])),
        }
    }
    html! {
        section id="posted" data-part {
            h2 { "What was posted" }
            @if calls.is_empty() { p class="over" { "Nothing yet." } }
            @for (call, of) in calls.iter().take(SHOWN) { (group(pbx, tenant, *call, of)) }
            @if calls.len() > SHOWN { p class="over" { "Older calls are not shown." } }
        }
    }
}

fn group(pbx: &Pbx, tenant: &Tenant, call: Option<&str>, newest_first: &[&Posted]) -> Markup {
    let id = call.unwrap_or("agents");
    html! {
        section class="call" data-row={ "posted-" (id) } {
            @match call {
                Some(call) => { h3 { "Call " code { (call) } } p { (log_link(pbx, call)) } }
                None => { h3 { "Agents of the queues" } }
            }
            table class="stack" {
                thead { tr { th { "Time" } th { "From" } th { "Event" } th { "Answer" } th { "Body" } } }
                tbody {
                    @for (at, entry) in newest_first.iter().rev().enumerate() {
                        tr {
                            td data-label="Time" class="number" { (clock(entry.at)) }
                            td data-label="From" { (source(tenant, entry.source_id)) }
                            td data-label="Event" { (entry.event_type) }
                            td data-label="Answer" { (answered(entry)) }
                            td data-label="Body" {
                                details id={ "b-" (id) "-" (at) } {
                                    summary { "as posted" span class="skip" { " by " (entry.event_type) " number " (at + 1) } }
                                    @if let Some(place) = &entry.place { div { code { "POST " (place) } } }
                                    pre class="form" tabindex="0" { (entry.form.replace('&', "\n&")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn source(tenant: &Tenant, id: u64) -> String {
    match tenant.extension(id) {
        Some(one) => format!("{} {}", one.label.as_deref().unwrap_or_default(), one.number),
        None => format!("agent {id}"),
    }
}

fn answered(entry: &Posted) -> Markup {
    let (class, text) = match &entry.answer {
        Answer::Status(status) if (200..300).contains(status) => ("tag ok", status.to_string()),
        Answer::Status(status) => ("tag no", status.to_string()),
        Answer::None(why) => ("tag no", format!("none: {why}")),
        Answer::Lost => ("tag hm", "lost on the way".to_owned()),
        Answer::Held => ("tag hm", "held back".to_owned()),
        Answer::Unheard => ("tag off", "nobody listens".to_owned()),
    };
    html! { span { span class=(class) { (text) } @if let Some(millis) = entry.millis { " " (millis) " ms" } } }
}

/// The way to a call's entry in Ringbridge's log.
pub(super) fn log_link(pbx: &Pbx, call_id: &str) -> Markup {
    let app = pbx.desk.get().and_then(|desk| desk.app.as_ref());
    html! {
        @match app {
            Some(app) => { a href={ (app) "/calls?call=" (call_id) } { "its entry in the log" } }
            None => { code { (call_id) } }
        }
    }
}
