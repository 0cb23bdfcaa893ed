//! What people see of the inbox: one row for each call, from its first ringing to its end, with what every message changed.
//! It is read again by itself where there is a script, and works without one.

use axum::response::Response;
use maud::{Markup, html};
use ringbridge::clock::Timestamp;
use serde_json::Value;

use super::record::Change;
use super::{Record, State};
use crate::look::{self, Link};

/// How many calls are shown.
const SHOWN: usize = 200;

/// The records, the one that changed last first.
pub(super) fn newest_first(state: &State) -> Vec<&Record> {
    let mut records: Vec<_> = state.records.iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.changed));
    records
}

/// The whole page.
pub(super) fn whole(state: &State, links: &[Link], hook: &str) -> Response {
    let content = html! {
        p { "A CRM that keeps what Ringbridge tells it. Each call is one row; a message changes it, and only a later revision does." }
        (alive(state))
        p class="over" { "Signed messages are posted to " code { (hook) } "; the records as JSON: " a href="/records" { "/records" } "." }
    };
    look::page("CRM inbox", links, Some("/parts"), &content)
}

/// The part that changes by itself.
pub(super) fn parts(state: &State) -> Response {
    look::written(&alive(state))
}

fn alive(state: &State) -> Markup {
    let counters = state.counters;
    let calls = calls(state);
    html! {
        section id="inbox" data-part {
            p {
                (state.records.len()) " records, " (state.standing().count()) " of them stand · " (counters.accepted) " messages taken · "
                (counters.repeats) " came again · " (counters.refused) " refused · " (counters.failed) " failed on purpose"
            }
            @if calls.is_empty() {
                p { "No call has been recorded yet." }
            } @else {
                table class="stack" {
                    thead { tr { th { "Call" } th { "Outside" } th { "Now" } th { "Records" } th { "Messages" } } }
                    tbody { @for (id, records) in calls.iter().take(SHOWN) { (row(id, records)) } }
                }
                @if calls.len() > SHOWN { p class="over" { "Older calls are not shown." } }
            }
        }
    }
}

/// The calls, that one first which was heard of last; so a row keeps its place while it changes.
fn calls(state: &State) -> Vec<(&str, Vec<&Record>)> {
    let mut calls: Vec<(&str, Vec<&Record>)> = Vec::new();
    for record in &state.records {
        let id = record.data["call_id"].as_str().unwrap_or(&record.record_id);
        match calls.iter_mut().find(|(known, _)| *known == id) {
            Some((_, records)) => records.push(record),
            None => calls.push((id, vec![record])),
        }
    }
    calls.reverse();
    calls
}

fn row(id: &str, records: &[&Record]) -> Markup {
    let shown = records.iter().find(|record| record.stands()).or(records.first());
    let text = |name: &str| shown.map(|record| written(&record.data[name])).unwrap_or_default();
    let (class, words) = standing(records);
    let mut messages: Vec<_> = records.iter().flat_map(|record| &record.changes).collect();
    messages.sort_by_key(|change| change.order);
    html! {
        tr.(class) data-row=(id) {
            td data-label="Call" class="keep" { code class="id" { (id) } }
            td data-label="Outside" { span { span class="number" { (text("external_number")) } " " small { (text("direction")) } } }
            td data-label="Now" class="keep" { (words) }
            td data-label="Records" class="keep" { ul class="changes" { @for record in records { (place(record)) } } }
            td data-label="Messages" class="keep" {
                details id={ "m-" (id) } {
                    summary { (messages.len()) @if messages.len() == 1 { " message" } @else { " messages" } span class="skip" { " about " (id) } }
                    ol class="changes" { @for change in messages { (said(change)) } }
                }
            }
        }
    }
}

/// What a call is now, in a word.
fn standing(records: &[&Record]) -> (&'static str, Markup) {
    let is = |kind: &str| records.iter().any(|record| record.kind == kind);
    let tag = |class: &str, text: &str| html! { span.tag.(class) { (text) } };
    if is("call.ended") {
        let answered = records.iter().any(|record| record.stands() && record.data["outcome"] == "answered");
        return ("logged", tag(if answered { "ok" } else { "hm" }, "ended"));
    }
    if is("call.missed") {
        return ("logged", tag("no", "missed"));
    }
    if is("call.answered") {
        return ("signal", tag("ok", "talks"));
    }
    if is("call.ringing") {
        return ("signal", tag("hm", "rings"));
    }
    if is("call.withdrawn") {
        ("withdrawn", tag("off", "withdrawn"))
    } else {
        ("signal", tag("off", "stopped"))
    }
}

/// A record: where, who, what came of it; struck out if it was taken back.
fn place(record: &Record) -> Markup {
    let text = |name: &str| written(&record.data[name]);
    let kind = record.kind.strip_prefix("call.").unwrap_or(&record.kind);
    let outcome = record.data["outcome"].as_str().unwrap_or(kind);
    let class = if record.is_withdrawn() { "withdrawn" } else { "" };
    html! {
        li.(class) {
            span.struck {
                (text("internal_number")) " · " (text("crm_user")) " · " (outcome)
                @if record.stands() && record.data["talk_seconds"].as_u64().is_some_and(|talk| talk > 0) { " " (text("talk_seconds")) " s" }
            }
            " " small { "revision " (record.revision) }
            @if record.is_withdrawn() { " " small { "withdrawn" } }
            @if let Some(by) = record.data["answered_by"].as_str() { " " small { "taken by " (by) } }
            @if let Some(address) = record.data["recording_url"].as_str().filter(|address| address.starts_with("http")) {
                " " a href=(address) rel="noreferrer" { "listen" }
            }
        }
    }
}

fn said(change: &Change) -> Markup {
    let at = change.at.map(Timestamp::rfc3339).unwrap_or_default();
    html! {
        li {
            @if let Some(time) = at.get(11..19) { span class="number" { (time) } " " }
            b { (change.kind) } " at " (change.place) ", revision " (change.revision)
            @if !change.counted { " " small { "came late, changes nothing" } }
            @if !change.fields.is_empty() { ": " (change.fields.join(", ")) }
        }
    }
}

/// A value as people read it.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "–".to_owned(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}
