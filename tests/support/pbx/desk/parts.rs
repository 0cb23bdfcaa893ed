//! Who is at the PBX, as cards, and the trouble that it is in.

use maud::{Markup, html};

use super::acts::{PBX_FAILS, crm_faults};
use crate::pbx::extension::{Extension, ExtensionKind};
use crate::pbx::tenant::Tenant;
use crate::pbx::trouble::ANY;
use crate::pbx::world::Pbx;

/// Phones, queues and menus; each can be called.
pub(super) fn people(pbx: &Pbx, tenant: &Tenant) -> Markup {
    let shown = |one: &&Extension| one.kind != ExtensionKind::Fax && Some(one.id) != tenant.unheard;
    let said = pbx.with(|state| state.said);
    html! {
        section id="people" data-part {
            h2 { (tenant.name) }
            @if let Some(said) = said { p class="warn" role="status" { (said) } }
            ul class="cards" {
                @for one in tenant.extensions.iter().filter(shown) { (card(pbx, tenant, one)) }
            }
        }
    }
}

fn card(pbx: &Pbx, tenant: &Tenant, one: &Extension) -> Markup {
    let listeners = pbx.events(one.id).len();
    let title = one.label.as_deref().unwrap_or("without a name");
    let kind = match one.kind {
        ExtensionKind::Phone => "phone",
        ExtensionKind::Ivr => "menu",
        ExtensionKind::Queue => "queue",
        ExtensionKind::Fax => "fax",
    };
    let agent = tenant.agents.iter().find(|agent| agent.extension_id() == Some(one.id));
    html! {
        li class="card" {
            h3 { (title) }
            div { (kind) " " (tenant.full_number(one)) }
            div {
                @if listeners == 0 { span class="tag off" { "nobody listens" } }
                @else { span class="tag ok" { "events go out" } }
                @if let Some(agent) = agent {
                    " " span.tag.(if agent.available { "ok" } else { "off" }) { "agent " (if agent.available { "ready" } else { "away" }) }
                }
            }
            div class="row" {
                button class="small" id={ "ring-" (one.id) } form="choices" formaction="/desk/ring" name="to" value=(one.id) aria-label={ "Call " (title) } { "Call" }
                @if one.kind == ExtensionKind::Phone {
                    button class="second small" id={ "dial-" (one.id) } form="choices" formaction="/desk/ring" name="from" value=(one.id) aria-label={ "Dial out from " (title) } { "Dial out" }
                }
                @if let Some(agent) = agent {
                    form method="post" action="/desk/agent" {
                        input type="hidden" name="client" value=(tenant.client_id);
                        input type="hidden" name="agent" value=(agent.id);
                        @let (change, word) = if agent.available { ("logout", "Log out") } else { ("login", "Log in") };
                        button class="second small" id={ "agent-" (agent.id) } name="change" value=(change) aria-label={ (word) " the agent at " (title) } { (word) }
                    }
                }
            }
        }
    }
}

/// What goes wrong, and what is to.
pub(super) fn trouble(pbx: &Pbx) -> Markup {
    let crm = pbx.desk.get().and_then(|desk| desk.crm.as_ref());
    let fault = crm.and_then(crate::crm::CrmSwitch::get);
    let (pbx_fails, waiting) = pbx.with(|state| {
        let waiting: Vec<_> = state.trouble.waiting().map(|(event, what)| (event.to_owned(), what)).collect();
        (state.faults.stands(), waiting)
    });
    html! {
        section id="trouble" data-part {
            h2 { "Trouble" }
            form method="post" action="/desk/fault" class="switches" {
                @if crm.is_some() {
                    @for (name, title, one) in crm_faults() {
                        button class="second small" id=(name) name="fault" value=(name) aria-pressed=(fault.as_ref() == Some(&one)) { (title) }
                    }
                }
                button class="second small" id=(PBX_FAILS) name="fault" value=(PBX_FAILS) aria-pressed=(pbx_fails) { "PBX answers 500" }
            }
            form method="post" action="/desk/next" class="row" {
                div class="field" {
                    label for="event" { "The next event of the type" }
                    select id="event" name="event" {
                        @for kind in [ANY, "dial-in", "dial-out", "answer", "hangup"] { option value=(kind) { (kind) } }
                    }
                }
                div class="switches" {
                    button class="second small" id="lose" name="mishap" value="lose" { "is lost" }
                    button class="second small" id="repeat" name="mishap" value="repeat" { "comes twice" }
                    button class="second small" id="delay" name="mishap" value="delay" { "comes 10 s late" }
                }
            }
            @if pbx_fails || fault.is_some() || !waiting.is_empty() {
                form method="post" action="/desk/heal" {
                    @for (event, what) in &waiting { p { "The next event of the type " b { (event) } " will be " (what) "." } }
                    button class="danger small" id="heal" { "End all trouble" }
                }
            } @else {
                p class="over" { "Nothing goes wrong." }
            }
        }
    }
}
