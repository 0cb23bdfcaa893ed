//! Connecting, step by step: the PBX, by consent or by an application's credentials; then the CRM. Each step says what it
//! found. Between the steps the credentials travel sealed in the form; nothing is stored before the last.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::SET_COOKIE;
use maud::{Markup, html};

use super::fields::Fields;
use super::layout::{self, Input};
use super::signed::OpenForm;
use super::voice::Voice;
use super::{connected, crm_fields};
use crate::flow::SettingsDeps;
use crate::flow::connection::account::Credentials;
use crate::flow::connection::connect::{self, ConnectError, Found, NewConnection};
use crate::flow::connection::consent::{self, Wish};
use crate::http::Problem;
use crate::http::api::{Knocker, Proving, Refusal, SettingsApi, Who, connections, oauth};
use crate::http::form::crm;
use crate::http::problem::FieldError;
use crate::model::connection::Origin;
use crate::model::ids::ConnectionId;
use crate::model::secret::{Sealed, Secret};
use crate::rules::limits::Door;
use crate::text::pages::{count, fill};

/// What the credentials between two steps are sealed as.
const BETWEEN: &str = "page.credentials";
/// The field in which they travel.
const SEALED: &str = "sealed";

pub(super) async fn show(State(api): State<SettingsApi>, voice: Voice) -> Response {
    pbx_step(&voice, &api.settings, &Fields::default(), &[])
}

/// The first step: which PBX, and how it is opened.
fn pbx_step(voice: &Voice, deps: &SettingsDeps, given: &Fields, errors: &[FieldError]) -> Response {
    let t = &voice.t.connect;
    let consents: Vec<_> =
        deps.pbx_hosts.iter().filter(|host| deps.public_app(host, None).is_some()).collect();
    let all: Vec<_> = deps.pbx_hosts.iter().collect();
    let value = |name: &str| given.get(name).unwrap_or_default().to_owned();
    // Which of the two forms was sent; what is wrong stands in that one, under the ids that the list of errors leads to.
    let by_app = consents.is_empty() || given.all().any(|(name, _)| name == "pbx.app_id");
    let name = |own: bool| {
        let (value, id) = (value("name"), if own { "name" } else { "other-name" });
        Input { name: "name", label: t.name, help: t.name_help, kind: "text", value: &value, optional: false }
            .show_as(id, voice, if own { errors } else { &[] })
    };
    let content = html! {
        p { (t.intro) }
        (layout::errors(voice, errors))
        @if !consents.is_empty() {
            h2 { (t.by_consent) }
            p { (t.by_consent_help) }
            form method="post" action=(voice.url("/connect/consent")) {
                (name(!by_app))
                (hosts(voice, &consents, &value("pbx.host"), !by_app, errors))
                button { (t.consent_button) }
            }
        }
        h2 { (t.by_app) }
        p { (t.by_app_help) }
        ul { @for host in &all {
            li { a href={ (host) "/app/register" } rel="noreferrer" { (host) "/app/register" } }
        } }
        form method="post" action=(voice.url("/connect/pbx")) {
            (name(by_app))
            (hosts(voice, &all, &value("pbx.host"), by_app, errors))
            (Input { name: "pbx.app_id", label: t.app_id, help: t.app_id_help, kind: "text", value: &value("pbx.app_id"), optional: false }.show(voice, errors))
            (Input { name: "pbx.app_secret", label: t.app_secret, help: t.app_secret_help, kind: "password", value: "", optional: false }.show(voice, errors))
            button { (t.check_pbx) }
        }
    };
    failed_if(layout::open(voice, t.title, &content), errors)
}

fn hosts(voice: &Voice, hosts: &[&Origin], chosen: &str, own: bool, errors: &[FieldError]) -> Markup {
    let t = &voice.t.connect;
    let id = if own { "pbx.host" } else { "other-host" };
    let wrong = errors.iter().find(|error| own && error.path == "pbx.host");
    html! {
        div class="field" {
            label for=(id) { (t.host) }
            select id=(id) name="pbx.host" aria-describedby={ (id) "-help" } aria-invalid=[wrong.map(|_| "true")] {
                @for host in hosts { option value=(host) selected[host.as_str() == chosen] { (host.authority()) } }
            }
            small id={ (id) "-help" } { (t.host_help) }
            @if let Some(wrong) = wrong { p class="wrong" { (voice.say(&wrong.message)) } }
        }
    }
}

/// A page with errors is no success, for programs and tests that look at the status.
fn failed_if(mut response: Response, errors: &[FieldError]) -> Response {
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

/// Credentials were entered: whose account they open.
pub(super) async fn pbx(
    State(api): State<SettingsApi>,
    voice: Voice,
    knocker: Knocker,
    OpenForm(fields): OpenForm,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    let mut form = fields.form();
    let name = form.text("name", connections::MAX_NAME);
    let credentials = connections::credentials(&mut form, deps);
    let (name, credentials) = match form.finish(name.zip(credentials)) {
        Ok(read) => read,
        Err(problem) => return Ok(pbx_step(&voice, deps, &fields, &problem.errors)),
    };
    let proving = Proving::begin(deps, knocker, &credentials)?;
    let found = match connect::look(deps, &credentials).await {
        Ok(found) => found,
        Err(problem) => {
            let error = ConnectError::Account(problem);
            proving.refused(deps, &error).await;
            let Refusal::Problem(problem) = connections::refusal(error) else { return Err(too_late()) };
            return Ok(pbx_step(&voice, deps, &fields, &problem.errors));
        }
    };
    let begun = Begun { name, origin: credentials.origin.clone(), sealed: Some(seal(deps, &credentials)?) };
    let note = html! { p class="good" role="status" { (found_text(&voice, &found)) } };
    Ok(crm_step(&voice, deps, &begun, &note, &Fields::default(), &[]))
}

fn found_text(voice: &Voice, found: &Found) -> String {
    let t = &voice.t.connect;
    let phones = count(voice.language, found.phones, t.phones);
    let places = count(voice.language, found.places, t.places);
    fill(t.found_pbx, &[&found.client.to_string(), found.numbers.prefix(), &phones, &places])
}

/// Consent was chosen: the CRM comes first, since the browser does not come back here before everything is known.
pub(super) async fn by_consent(
    State(api): State<SettingsApi>,
    voice: Voice,
    OpenForm(fields): OpenForm,
) -> Response {
    let deps = &api.settings;
    let mut form = fields.form();
    let name = form.text("name", connections::MAX_NAME);
    let host = form.text("pbx.host", connections::MAX_NAME);
    let origin = host.and_then(|host| connections::listed(&mut form, deps, &host));
    match form.finish(name.zip(origin)) {
        Ok((name, origin)) => {
            let note = html! { p class="note" { (voice.t.connect.consent_next) } };
            crm_step(&voice, deps, &Begun { name, origin, sealed: None }, &note, &Fields::default(), &[])
        }
        Err(problem) => pbx_step(&voice, deps, &fields, &problem.errors),
    }
}

/// What the first step found out.
struct Begun {
    name: String,
    origin: Origin,
    /// The credentials, unless the consent gives them.
    sealed: Option<Sealed>,
}

/// The second step: which CRM, and what it asks for. Each kind has a form of its own.
fn crm_step(
    voice: &Voice,
    deps: &SettingsDeps,
    begun: &Begun,
    note: &Markup,
    given: &Fields,
    errors: &[FieldError],
) -> Response {
    let t = &voice.t.connect;
    let chosen = given.get("crm.kind");
    let content = html! {
        (note)
        (layout::errors(voice, errors))
        h2 { (t.choose_crm) }
        @for about in deps.connectors.about() {
            details name="kind" open[chosen == Some(about.kind)] {
                summary { (voice.say(about.title)) }
                form method="post" action=(voice.url("/connect/crm")) {
                    input type="hidden" name="name" value=(begun.name);
                    input type="hidden" name="pbx.host" value=(begun.origin);
                    @if let Some(sealed) = &begun.sealed { input type="hidden" name=(SEALED) value=(sealed.as_str()); }
                    @let wrong = if chosen == Some(about.kind) { errors } else { &[] };
                    (crm_fields::show(voice, about, wrong, |name| given.get(name).filter(|_| chosen == Some(about.kind))))
                    button { (t.finish) }
                }
            }
        }
    };
    failed_if(layout::open(voice, t.title, &content), errors)
}

/// The last step: the connection is made, or the browser goes to the PBX for the consent.
pub(super) async fn finish(
    State(api): State<SettingsApi>,
    voice: Voice,
    who: Who,
    knocker: Knocker,
    OpenForm(fields): OpenForm,
) -> Result<Response, Refusal> {
    let deps = &api.settings;
    let mut form = fields.form();
    let name = form.text("name", connections::MAX_NAME);
    let host = form.text("pbx.host", connections::MAX_NAME);
    let origin = host.and_then(|host| connections::listed(&mut form, deps, &host));
    let Some((name, origin)) = name.zip(origin) else { return Ok(begin_again(&voice)) };
    let crm = crm::read(&mut form, &deps.connectors, deps.targets);
    let begun = Begun { name, origin, sealed: fields.get(SEALED).map(Sealed::from_text) };
    let again = |errors: &[FieldError]| crm_step(&voice, deps, &begun, &html! {}, &fields, errors);
    let crm = match form.finish(crm) {
        Ok(crm) => crm,
        Err(problem) => return Ok(again(&problem.errors)),
    };
    let Some(sealed) = &begun.sealed else {
        knocker.may(deps, Door::Consents)?;
        knocker.failed(deps, Door::Consents).await;
        let wish = Wish { name: begun.name.clone(), origin: begun.origin.clone(), crm };
        return Ok(match consent::begin(deps, wish).await? {
            Some(consent) => go_to_pbx(&voice, deps, &begun.origin, &consent),
            None => again(&[wrong("pbx.host", voice.t.connect.no_public_app)]),
        });
    };
    let Some(pbx) = unseal(deps, &begun.origin, sealed) else { return Ok(begin_again(&voice)) };
    let proving = Proving::begin(deps, knocker, &pbx)?;
    let new = NewConnection { name: begun.name.clone(), pbx, crm };
    match connect::connect(deps, new, &who.0).await {
        Ok(made) => connected::welcome(&api, &voice, &made).await,
        Err(error) => {
            proving.refused(deps, &error).await;
            match connections::refusal(error) {
                Refusal::Problem(problem) if problem.errors.is_empty() => {
                    Ok(again(&[wrong("", &problem.detail)]))
                }
                Refusal::Problem(problem) => Ok(again(&problem.errors)),
                other @ (Refusal::Wait(_) | Refusal::Later(..) | Refusal::Store(_)) => Err(other),
            }
        }
    }
}

/// Where the browser goes for the consent; by itself, and by a link for whoever's does not.
fn go_to_pbx(voice: &Voice, deps: &SettingsDeps, origin: &Origin, begun: &consent::Begun) -> Response {
    let t = &voice.t.connect;
    let content = html! {
        p { (fill(t.go_pbx, &[origin.authority()])) }
        p { a class="button" id="go" href=(begun.authorise_url) rel="noreferrer" { (t.go_pbx_button) } }
    };
    let cookie = oauth::browser_cookie(deps, begun);
    let mut response = layout::open(voice, t.go_pbx_title, &content);
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn begin_again(voice: &Voice) -> Response {
    layout::sorry_stranger(voice, StatusCode::BAD_REQUEST, voice.t.connect.expired)
}

fn wrong(path: &str, message: &str) -> FieldError {
    FieldError { path: path.to_owned(), message: message.to_owned() }
}

fn too_late() -> Refusal {
    Problem::new(StatusCode::BAD_GATEWAY, "the PBX could not be asked; try again").into()
}

/// Seals credentials for the way to the next step; bound to their PBX.
fn seal(deps: &SettingsDeps, credentials: &Credentials) -> Result<Sealed, Refusal> {
    let text = format!("{}\n{}\n{}", credentials.origin, credentials.app_id, credentials.app_secret.reveal());
    let sealed = deps.sealer.seal(nobody(), BETWEEN, &Secret::new(text), deps.random.as_ref());
    sealed.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the form can't be sealed").into())
}

fn unseal(deps: &SettingsDeps, origin: &Origin, sealed: &Sealed) -> Option<Credentials> {
    let text = deps.sealer.open(nobody(), BETWEEN, sealed).ok()?;
    let mut parts = text.reveal().splitn(3, '\n');
    let same = parts.next() == Some(origin.as_str());
    let (app_id, app_secret) = (parts.next()?.to_owned(), Secret::new(parts.next()?));
    same.then(|| Credentials { origin: origin.clone(), app_id, app_secret })
}

/// There is no connection yet that they could be sealed for.
const fn nobody() -> ConnectionId {
    ConnectionId::from_bytes([0; 16])
}
