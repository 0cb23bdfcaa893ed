//! Who is told of notices, by e-mail or webhook, and a test of it.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Map, json};

use super::fields::Fields;
use super::layout::{self, Input, Place};
use super::signed::{Signed, SignedForm};
use crate::flow::connection::update::{self, Change};
use crate::flow::notify::settings;
use crate::flow::notify::test::{self, NotTested};
use crate::http::api::{Refusal, SettingsApi, connection, connections};
use crate::http::form::{Form, notify};
use crate::http::problem::FieldError;
use crate::text::Language;
use crate::view::notify::{Notify, NotifySent, NotifyTest};

pub(super) async fn show(
    State(api): State<SettingsApi>,
    signed: Signed,
    query: Fields,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.told;
    let note = html! { @if query.ticked("saved") { p class="good" role="status" { (t.saved) } } };
    page(&api, &signed, &note, None, &[]).await
}

async fn page(
    api: &SettingsApi,
    signed: &Signed,
    note: &Markup,
    given: Option<&Fields>,
    errors: &[FieldError],
) -> Result<Response, Refusal> {
    let (voice, t) = (&signed.voice, &signed.voice.t.told);
    let stored = connection::view(api, &signed.connection.value).await?.notify;
    let Notify { email, webhook, digest, language, sends_email } = &stored;
    let typed = |name: &str, stored: String| {
        given.map_or(stored, |given| given.get(name).unwrap_or_default().to_owned())
    };
    let email = typed("notify.email", email.join("\n"));
    let url = typed("notify.webhook.url", webhook.as_ref().map(|hook| hook.url.clone()).unwrap_or_default());
    let digest = given.map_or(*digest, |given| given.ticked("notify.digest"));
    let language = typed("notify.language", language.code().to_owned());
    let languages = Language::ALL.map(|language| (language.code(), language.name()));
    let wrong_email: Vec<_> = errors.iter().filter(|error| error.path.starts_with("notify.email")).collect();
    let content = html! {
        (note)
        p { (t.intro) }
        (layout::errors(voice, errors))
        form method="post" action=(voice.url("/told")) data-watch="" {
            (layout::proof(signed))
            @if *sends_email {
                div class="field" {
                    label for="notify.email" { (t.email) }
                    textarea id="notify.email" name="notify.email" aria-describedby="email-help email-wrong" autocomplete="email"
                        aria-invalid=[(!wrong_email.is_empty()).then_some("true")] { (email) }
                    small id="email-help" { (t.email_help) }
                    div id="email-wrong" { @for wrong in wrong_email { p class="wrong" { (voice.say(&wrong.message)) } } }
                }
            } @else { p class="note" { (t.no_mail) } }
            (Input { name: "notify.webhook.url", label: t.webhook_url, help: t.webhook_url_help, kind: "url", value: &url, optional: true }.show(voice, errors))
            (Input { name: "notify.webhook.secret", label: t.webhook_secret, help: t.webhook_secret_help, kind: "password", value: "", optional: true }.show(voice, errors))
            (layout::tick("notify.digest", t.digest, t.digest_help, digest))
            (layout::choice("notify.language", t.language, t.language_help, &languages, &language))
            button { (voice.t.common.save) }
        }
        form method="post" action=(voice.url("/told/test")) { (layout::proof(signed)) button class="second" { (t.test) } }
        p { a href=(voice.url("/notices")) { (voice.t.common.notices) } }
    };
    let mut response = layout::titled(signed, Some(Place::Notices), t.title, &content);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The form as the settings take it.
fn body(fields: &Fields, sends_email: bool) -> Form {
    let lines = fields.get("notify.email").unwrap_or_default().lines();
    let emails: Vec<_> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    let secret = fields.get("notify.webhook.secret");
    let webhook = fields.get("notify.webhook.url").map(|url| json!({ "url": url, "secret": secret }));
    let mut notify = json!({
        "webhook": webhook,
        "digest": fields.ticked("notify.digest"),
        "language": fields.get("notify.language"),
    });
    if sends_email {
        notify["email"] = json!(emails);
    }
    Form::of(Map::from_iter([("notify".to_owned(), notify)]))
}

pub(super) async fn save(
    State(api): State<SettingsApi>,
    SignedForm { signed, fields }: SignedForm,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    let has_secret = settings::has_secret(deps, signed.connection.value.id).await?;
    let sends_email = deps.postman.is_some();
    let mut form = body(&fields, sends_email);
    let notify = notify::read(&mut form, deps.targets, (sends_email, has_secret));
    let change = match form.finish(notify) {
        Ok(notify) => Change { notify: Some(notify), ..Change::default() },
        Err(problem) => return page(&api, &signed, &html! {}, Some(&fields), &problem.errors).await,
    };
    match update::change(deps, signed.connection.clone(), change, &signed.by).await {
        Ok(_) => Ok(Redirect::to(&signed.voice.url("/told?saved=1")).into_response()),
        Err(error) => Err(connections::refusal(error)),
    }
}

pub(super) async fn send_test(
    State(api): State<SettingsApi>,
    SignedForm { signed, .. }: SignedForm,
) -> Result<Response, Refusal> {
    let t = &signed.voice.t.told;
    let note = match test::test(&api.settings, signed.connection.value.id).await {
        Ok(tested) => {
            let NotifyTest { email, webhook } = tested.into();
            html! { (came_of(&signed, t.test_email, email.as_ref())) (came_of(&signed, t.webhook_url, webhook.as_ref())) }
        }
        Err(NotTested::Store(error)) => return Err(error.into()),
        Err(NotTested::Nobody) => html! { p class="warn" role="alert" { (t.test_nobody) } },
        Err(NotTested::TooSoon(_)) => html! { p class="warn" role="alert" { (t.test_soon) } },
    };
    page(&api, &signed, &note, None, &[]).await
}

fn came_of(signed: &Signed, channel: &str, sent: Option<&NotifySent>) -> Markup {
    let (voice, t) = (&signed.voice, &signed.voice.t.told);
    html! {
        @if let Some(sent) = sent {
            @match &sent.problem {
                None => p class="good" role="status" { (channel) ": " (t.sent) },
                Some(problem) => p class="bad" role="alert" { (channel) ": " (voice.say(problem)) },
            }
        }
    }
}
