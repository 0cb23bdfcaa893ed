//! Who of the queues takes calls, and since when; up to date by itself.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::{self, Place};
use super::signed::Signed;
use super::time;
use crate::flow::connection::provision::ExtensionState;
use crate::http::api::{Refusal, SettingsApi};
use crate::model::agent::{AgentKind, AgentStatus};
use crate::text::pages::fill;
use crate::view::agents::{Agent, Agents};

pub(super) async fn show(State(api): State<SettingsApi>, signed: Signed) -> Result<Response, Refusal> {
    let agents = Agents::load(&api.settings.store, signed.connection.value.id).await?;
    let (voice, t) = (&signed.voice, &signed.voice.t.told);
    let ready = agents.items.iter().filter(|agent| agent.status == AgentStatus::Available).count();
    let content = html! {
        p { (t.agents_help) }
        section id="agents" class="steady" hx-get=(voice.url("/agents")) hx-trigger="every 5s" hx-select="#agents" hx-swap="outerHTML" {
            @if let Some(problem) = &agents.list.problem { p class="warn" { (fill(t.list_failed, &[&voice.say(problem)])) } }
            @else if agents.list.state == ExtensionState::Pending { p class="note" { (t.list_pending) } }
            @if agents.items.is_empty() { p { (t.no_agents) } } @else {
                p { b { (fill(t.ready_count, &[&ready.to_string(), &agents.items.len().to_string()])) } }
                table class="stack" {
                    thead { tr { @for head in [t.agent, t.place, t.status, t.since, voice.t.people.events] { th scope="col" { (head) } } } }
                    tbody { @for agent in &agents.items { (row(&signed, agent)) } }
                }
            }
        }
        noscript { p { a href=(voice.url("/agents")) { (voice.t.common.more_now) } } }
    };
    Ok(layout::page(&signed, Place::Agents, &content))
}

fn row(signed: &Signed, agent: &Agent) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.told);
    let (class, status) = match agent.status {
        AgentStatus::Available => ("tag ok", t.available),
        AgentStatus::LoggedOut => ("tag off", t.logged_out),
        AgentStatus::Unknown => ("tag hm", t.unknown),
    };
    let name = agent.label.as_deref().or(agent.crm_user.as_deref());
    let since =
        agent.since.as_deref().map(|since| time::moment(voice, &signed.zone, time::read(since), signed.now));
    html! {
        tr {
            td data-label=(t.agent) { (name.unwrap_or(voice.t.common.nobody)) }
            td data-label=(t.place) { span {
                span class="number" { (agent.number.as_deref().unwrap_or_default()) }
                @if agent.kind == AgentKind::Remote { " " small { (t.remote) } }
            } }
            td data-label=(t.status) { span class=(class) { (status) } }
            td data-label=(t.since) class="number" { (since.unwrap_or_default()) }
            td data-label=(voice.t.people.events) { (super::people::events(voice, &agent.events)) }
        }
    }
}
