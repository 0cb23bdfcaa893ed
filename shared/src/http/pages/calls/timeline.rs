//! A call's legs on a line of time: a picture, and the same in words.

use maud::{Markup, html};

use crate::http::pages::people_kind;
use crate::http::pages::signed::Signed;
use crate::http::pages::time;
use crate::text::pages::fill;
use crate::view::timeline::LegLine;

/// The width of the picture's line.
const WIDTH: f64 = 400.0;

pub(super) fn show(signed: &Signed, legs: &[LegLine]) -> Markup {
    let t = &signed.voice.t.calls;
    let ends = legs.iter().flat_map(|leg| [Some(leg.at.0), leg.at.1, leg.at.2]).flatten();
    let scale = WIDTH / ends.fold(1.0, f64::max);
    let height = legs.len() * 26 + 4;
    let place = |seconds: f64| format!("{:.1}", 110.0 + seconds * scale);
    let width = |seconds: f64| format!("{:.1}", (seconds * scale).max(2.0));
    let last = |leg: &LegLine| leg.at.2.or(leg.at.1).unwrap_or(leg.at.0);
    html! {
        @if !legs.is_empty() {
            svg viewBox={ "0 0 520 " (height) } width="520" height=(height) role="img" aria-labelledby="line-t line-d" {
                title id="line-t" { (t.timeline) }
                desc id="line-d" { (t.timeline_help) }
                @for (at, leg) in legs.iter().enumerate() {
                    @let (ring, talk, end) = (leg.at.0, leg.at.1, last(leg));
                    text x="0" y=(at * 26 + 17) { (leg.number) }
                    rect class="b" x=(place(ring)) y=(at * 26 + 5) width=(width(talk.unwrap_or(end) - ring)) height="16" {}
                    @if let Some(talk) = talk { rect class="a" x=(place(talk)) y=(at * 26 + 5) width=(width(end - talk)) height="16" {} }
                }
            }
            ul class="legend" {
                li { svg viewBox="0 0 10 10" width="12" height="12" aria-hidden="true" { rect class="b" width="10" height="10" {} } " " (t.rings) }
                li { svg viewBox="0 0 10 10" width="12" height="12" aria-hidden="true" { rect class="a" width="10" height="10" {} } " " (t.talks) }
            }
            ol { @for leg in legs { li { (words(signed, leg)) } } }
        }
    }
}

fn words(signed: &Signed, leg: &LegLine) -> String {
    let (voice, t) = (&signed.voice, &signed.voice.t.calls);
    let clock = |text: &str| time::clock(&signed.zone, time::read(text));
    let began = if leg.inbound { t.leg_rang } else { t.leg_dialled };
    let kind = people_kind(voice, leg.extension_type);
    let mut parts = vec![fill(began, &[kind, &leg.number, &clock(&leg.started_at)])];
    parts.extend(leg.answered_at.as_deref().map(|at| fill(t.leg_answered, &[&clock(at)])));
    parts.push(match &leg.ended_at {
        Some(at) => fill(t.leg_ended, &[&clock(at)]),
        None => t.leg_open.to_owned(),
    });
    parts.join(", ")
}
