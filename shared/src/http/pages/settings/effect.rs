//! What changed settings would have made of yesterday's calls.

use maud::{Markup, html};

use crate::flow::effect::{Effect, effect};
use crate::http::api::{Refusal, SettingsApi};
use crate::http::pages::signed::Signed;
use crate::http::pages::time;
use crate::model::connection::Policy;
use crate::model::ids::CrmUserId;
use crate::model::number::{ExtensionNumber, PhoneNumber};
use crate::rules::effect::{Change, Given};
use crate::text::pages::{count, fill};

/// Examples of each kind of change.
const EXAMPLES: usize = 10;

/// The effect, to stand above the form; nothing is saved.
pub(super) async fn section(api: &SettingsApi, signed: &Signed, policy: &Policy) -> Result<Markup, Refusal> {
    let span = (signed.zone.day_start(signed.now, 1), signed.zone.day_start(signed.now, 0));
    let effect = effect(&api.calls, &signed.connection.value, policy, span).await?;
    Ok(shown(signed, &effect))
}

fn shown(signed: &Signed, effect: &Effect) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.settings);
    let calls =
        count(voice.language, u64::try_from(effect.calls).unwrap_or_default(), voice.t.overview.calls);
    let (now, then) = (effect.now.to_string(), effect.then.to_string());
    html! {
        section id="effect" class="note" role="status" {
            h2 { (t.effect) }
            @if effect.calls == 0 { p { (t.effect_none) } } @else {
                p { (fill(t.effect_counts, &[&calls, &now, &then])) }
                @if effect.cut { p { (fill(t.effect_cut, &[&calls])) } }
                @if effect.changes.is_empty() { p { (t.effect_same) } }
            }
            (examples(signed, t.effect_new, effect, |one| matches!(one, Change::New(_))))
            (examples(signed, t.effect_gone, effect, |one| matches!(one, Change::Gone(_))))
            (examples(signed, t.effect_other, effect, |one| matches!(one, Change::Other(..))))
            p { small { (t.effect_unsaved) } }
        }
    }
}

fn examples(signed: &Signed, title: &str, effect: &Effect, of_kind: impl Fn(&Change) -> bool) -> Markup {
    let all: Vec<_> = effect.changes.iter().filter(|one| of_kind(one)).collect();
    html! {
        @if !all.is_empty() {
            h3 { (fill(title, &[&all.len().to_string()])) }
            ul { @for one in all.iter().take(EXAMPLES) { li { (words(signed, one)) } } }
        }
    }
}

fn words(signed: &Signed, change: &Change) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.settings);
    let nobody = |user: Option<&CrmUserId>| {
        user.map_or_else(|| voice.t.common.nobody.to_owned(), |user| user.as_str().to_owned())
    };
    let (given, was): (&Given, Option<String>) = match change {
        Change::New(given) | Change::Gone(given) => (given, None),
        Change::Other(given, was) => (given, Some(nobody(was.as_ref()))),
    };
    let record = &given.record;
    let number = record.external_number.as_ref().map_or(voice.t.common.withheld, PhoneNumber::reveal);
    let place = record.internal_number.as_ref().map(ExtensionNumber::as_str).unwrap_or_default();
    html! {
        (time::moment(voice, &signed.zone, record.started_at, signed.now)) ", "
        span class="number" { (number) } ", " (place)
        @if let Some(was) = was { ": " (fill(t.effect_from_to, &[&was, &nobody(given.crm_user.as_ref())])) }
    }
}
