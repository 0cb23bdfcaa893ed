//! The calls that are led step by step.

use maud::{Markup, html};

use super::posted::log_link;
use crate::pbx::gmt;
use crate::pbx::player::{LegState, LiveCall, LiveLeg};
use crate::pbx::tenant::Tenant;
use crate::pbx::world::Pbx;

/// The calls of a client, the newest first.
pub(super) fn section(pbx: &Pbx, tenant: &Tenant) -> Markup {
    let calls = pbx.with(|state| state.live.clone());
    let calls: Vec<_> = calls.iter().filter(|call| call.client_id() == tenant.client_id).rev().collect();
    html! {
        section id="calls" data-part {
            h2 { "Calls that you lead" }
            @if calls.is_empty() {
                p class="over" { "None yet. Press " b { "Call" } " at somebody above, and answer, hold, pass on and hang up when you like." }
            }
            @for call in calls { (one(pbx, call)) }
        }
    }
}

fn one(pbx: &Pbx, call: &LiveCall) -> Markup {
    let talking = call.talking();
    let menu = call.entered.as_ref().filter(|entered| entered.is_menu && !call.busy());
    let button = |step: &str, of: u64, text: &str, class: &str| {
        html! { button class={ (class) " small" } id={ "s-" (call.call_id) "-" (step) "-" (of) } name="step" value={ (step) " " (of) } { (text) } }
    };
    html! {
        form class="call" method="post" action="/desk/step" data-row={ "live-" (call.call_id) } {
            input type="hidden" name="client" value=(call.client_id());
            input type="hidden" name="call" value=(call.call_id);
            h3 { (call.outside) " · " (state(call)) }
            p { "began " (clock(call.began)) " · " (log_link(pbx, &call.call_id)) }
            @if let Some(entered) = &call.entered { p { "through " (entered.place.label) " " (entered.place.number) } }
            ul class="legs" {
                @for (at, leg) in (0_u64..).zip(&call.legs) {
                    li.(if leg.state == LegState::Over { "over" } else { "" }) {
                        span { (leg.phone.label) " " (leg.phone.number) }
                        (standing(leg, call.held))
                        @if leg.state == LegState::Rings && !call.over {
                            (button("answer", at, "Answer", ""))
                            (button("refuse", at, "Refuse", "second"))
                        }
                    }
                }
            }
            @if !call.over {
                div class="switches" {
                    @if menu.is_some() {
                        @for phone in call.phones() { (button("through", phone.id, &format!("Put through to {}", phone.label), "")) }
                    }
                    @if let Some(from) = talking {
                        (button("hold", 0, if call.held { "Take back" } else { "Hold" }, "second"))
                        @for phone in call.phones().iter().filter(|phone| phone.id != call.legs[from].phone.id) {
                            (button("transfer", phone.id, &format!("Transfer to {}", phone.label), "second"))
                        }
                    }
                    (button("hang-up", 0, "Hang up", "danger"))
                }
                @if call.held { p { "On hold. A PBX posts nothing of that, so Ringbridge sees one long talk." } }
            }
        }
    }
}

fn state(call: &LiveCall) -> &'static str {
    if call.over {
        return "over";
    }
    let rings = call.legs.iter().any(|leg| leg.state == LegState::Rings);
    match (call.talking(), rings, call.held) {
        (Some(_), _, true) => "on hold",
        (Some(_), _, false) => "talking",
        (None, true, _) => "ringing",
        (None, false, _) => "waiting in the queue or menu",
    }
}

fn standing(leg: &LiveLeg, held: bool) -> Markup {
    let (class, text) = match leg.state {
        LegState::Rings => ("tag hm", "rings"),
        LegState::Talks(_) if held => ("tag hm", "holds"),
        LegState::Talks(_) => ("tag ok", "talks"),
        LegState::Over => ("tag off", "over"),
    };
    html! { span class=(class) { (text) } }
}

/// The time of day in GMT.
pub(super) fn clock(micros: i64) -> String {
    gmt::text(micros).get(11..).unwrap_or_default().to_owned()
}
