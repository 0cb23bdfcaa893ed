//! What a person should know, what to do about it, and where.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::html;

use super::layout::{self, Place};
use super::signed::{Signed, SignedForm};
use super::time;
use crate::http::api::{Refusal, SettingsApi};
use crate::model::notice::NoticeCause;
use crate::text::pages::{Texts, fill, forms};

/// Keys are short; longer ones can't be any.
const MAX_KEY: usize = 100;

pub(super) async fn show(State(api): State<SettingsApi>, signed: Signed) -> Result<Response, Refusal> {
    let notices = api.settings.store.notices(signed.connection.value.id).await?;
    let (voice, t) = (&signed.voice, &signed.voice.t.manage);
    let when = |moment| time::moment(voice, &signed.zone, moment, signed.now);
    let content = html! {
        p { a href=(voice.url("/told")) { (voice.t.told.who) } }
        @if notices.is_empty() { p class="good" { (t.no_notices) } }
        @else { p { (t.notices_help) } }
        @for notice in &notices {
            @let (page, link) = place(voice.t, &notice.cause);
            section class="card" {
                h2 { (voice.say(&notice.text)) }
                p { b { (t.what_to_do) ": " } (voice.say(&notice.advice)) }
                p { small {
                    (fill(forms(voice.language, notice.count, t.times), &[&notice.count.to_string()])) ", "
                    (fill(t.since, &[&when(notice.first_at), &when(notice.last_at)]))
                } }
                form class="row" method="post" action=(voice.url("/notices/dismiss")) {
                    (layout::proof(&signed))
                    input type="hidden" name="id" value=(notice.cause.key());
                    a class="button" href=(voice.url(page)) { (link) }
                    button class="second" { (t.dismiss) }
                }
            }
        }
    };
    Ok(layout::page(&signed, Place::Notices, &content))
}

/// The page where something can be done about a cause.
fn place(t: &Texts, cause: &NoticeCause) -> (&'static str, &'static str) {
    let (t, agents) = (&t.manage, t.common.agents);
    match cause {
        NoticeCause::CrmRefusedCredentials
        | NoticeCause::CrmUnpaid
        | NoticeCause::CrmEndpointDisabled
        | NoticeCause::PbxRefusedCredentials => ("/crm", t.to_crm),
        NoticeCause::RecordRefused => ("/calls?state=parked", t.to_calls),
        NoticeCause::GaveUp => ("/calls?state=gave_up", t.to_calls),
        NoticeCause::CallFull | NoticeCause::EndUnknown | NoticeCause::HistoryUnreadable => {
            ("/unlogged", t.to_calls)
        }
        NoticeCause::PbxDenied
        | NoticeCause::ExtensionProblem { .. }
        | NoticeCause::PbxBudget
        | NoticeCause::PbxFailing
        | NoticeCause::EventFlood { .. } => ("/people", t.to_people),
        NoticeCause::AgentFlood { .. } => ("/agents", agents),
        NoticeCause::TakenOver => ("/keys", t.audit),
    }
}

pub(super) async fn dismiss(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    if let Some(id) = fields.get("id").filter(|id| id.len() <= MAX_KEY) {
        api.settings.store.resolve_notice(signed.connection.value.id, id).await?;
    }
    Ok(Redirect::to(&signed.voice.url("/notices")).into_response())
}
