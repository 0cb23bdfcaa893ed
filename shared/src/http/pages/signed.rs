//! Who is signed in. Whoever is not is shown the way in, and keeps what they typed: the fields of a form whose session is
//! over travel through the sign-in and come back to be sent again.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::LOCATION;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::fields::Fields;
use super::time::Zone;
use super::voice::{Voice, cookie};
use super::{layout, sign_in};
use crate::clock::Timestamp;
use crate::flow::connection::sessions;
use crate::http::api::{Refusal, SettingsApi};
use crate::http::body::{self, Unread};
use crate::model::audit::Actor;
use crate::model::connection::Connection;
use crate::model::keyring::Scope;
use crate::model::secret::Digest;
use crate::model::source::Source;
use crate::storage::Stored;

/// The largest form: a mapping of some thousand extensions.
const MAX_FORM: usize = 256 * 1024;

/// The header of requests that a page makes by itself.
const HTMX: &str = "hx-request";

/// The field that proves that a form is one of ours.
pub(super) const CSRF: &str = "_proof";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// How they are spoken to.
    pub(super) voice: Voice,
    /// Their connection.
    pub(super) connection: Stored<Connection>,
    /// Who they are, for the audit trail.
    pub(super) by: Actor,
    /// Whether their key may change things.
    pub(super) may_change: bool,
    /// What their forms carry.
    pub(super) proof: String,
    /// The connection's time zone.
    pub(super) zone: Zone,
    /// The present moment.
    pub(super) now: Timestamp,
    /// Whether the page asks by itself, for a part of it to be up to date: every second, so the CRM is left alone.
    pub(super) polls: bool,
}

impl Signed {
    async fn of(parts: &Parts, api: &SettingsApi) -> Result<Option<Self>, Refusal> {
        let voice = Voice::of(&parts.headers, api);
        let Some(cookie) = cookie(&parts.headers, voice.session_name()) else { return Ok(None) };
        let Some((connection, key)) = sessions::find(&api.settings, &cookie).await? else { return Ok(None) };
        let from = parts.extensions.get::<Source>().map(Source::shortened);
        let now = api.settings.clock.now();
        Ok(Some(Self {
            proof: proof(&cookie),
            by: Actor { key: Some(key.id.clone()), from },
            may_change: key.scope == Scope::Full,
            zone: Zone::named(&connection.value.policy.timezone),
            polls: parts.headers.contains_key(HTMX),
            voice,
            connection,
            now,
        }))
    }
}

/// What a session's forms carry: nobody who can't read our pages knows it.
pub(super) fn proof(cookie: &str) -> String {
    Digest::of(format!("form\n{cookie}").as_bytes()).short_hex(16)
}

impl FromRequestParts<SettingsApi> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Response> {
        match Self::of(parts, api).await {
            // What is being removed has one page left.
            Ok(Some(signed)) if signed.connection.value.closing && parts.uri.path() != "/app/disconnect" => {
                Err(Redirect::to(&signed.voice.url("/disconnect")).into_response())
            }
            Ok(Some(signed)) => Ok(signed),
            Ok(None) => Err(way_in(parts, api)),
            Err(refusal) => Err(refusal.into_response()),
        }
    }
}

/// To the sign-in, and back to the page from there.
fn way_in(parts: &Parts, api: &SettingsApi) -> Response {
    let voice = Voice::of(&parts.headers, api);
    let page = parts.uri.path_and_query().map_or("", |whole| whole.as_str());
    let page = page.strip_prefix("/app").filter(|page| !page.is_empty()).unwrap_or("/overview");
    let next = form_urlencoded::byte_serialize(page.as_bytes()).collect::<String>();
    let address = voice.url(&format!("/sign-in?next={next}"));
    // A page that refreshes itself is led there whole.
    let name = if parts.headers.contains_key(HTMX) { "hx-redirect" } else { LOCATION.as_str() };
    let status = if name == LOCATION.as_str() { StatusCode::SEE_OTHER } else { StatusCode::OK };
    let address = HeaderValue::try_from(address).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (status, [(name, address)]).into_response()
}

/// A form of somebody who is signed in.
#[derive(Debug)]
pub(super) struct AnyForm {
    /// Who.
    pub(super) signed: Signed,
    /// What they sent.
    pub(super) fields: Fields,
}

impl FromRequest<SettingsApi> for AnyForm {
    type Rejection = Response;

    async fn from_request(request: Request, api: &SettingsApi) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let fields = read(body).await?;
        let signed = Signed::of(&parts, api).await.map_err(IntoResponse::into_response)?;
        let Some(signed) = signed else {
            let voice = Voice::of(&parts.headers, api);
            return Err(sign_in::keeping(&voice, parts.uri.path(), &fields));
        };
        if signed.connection.value.closing && parts.uri.path() != "/app/disconnect" {
            return Err(Redirect::to(&signed.voice.url("/disconnect")).into_response());
        }
        if fields.get(CSRF) != Some(signed.proof.as_str()) {
            return Err(layout::sorry(&signed, StatusCode::FORBIDDEN, signed.voice.t.common.stale));
        }
        Ok(Self { signed, fields })
    }
}

/// The same of somebody who may change things.
#[derive(Debug)]
pub(super) struct SignedForm {
    /// Who.
    pub(super) signed: Signed,
    /// What they sent.
    pub(super) fields: Fields,
}

impl FromRequest<SettingsApi> for SignedForm {
    type Rejection = Response;

    async fn from_request(request: Request, api: &SettingsApi) -> Result<Self, Response> {
        let AnyForm { signed, fields } = AnyForm::from_request(request, api).await?;
        if !signed.may_change {
            return Err(layout::sorry(&signed, StatusCode::FORBIDDEN, signed.voice.t.common.read_only));
        }
        Ok(Self { signed, fields })
    }
}

/// A form of somebody who needn't be signed in. A foreign page can't send one: browsers say where a form comes from.
#[derive(Debug)]
pub(super) struct OpenForm(pub(super) Fields);

impl FromRequest<SettingsApi> for OpenForm {
    type Rejection = Response;

    async fn from_request(request: Request, _: &SettingsApi) -> Result<Self, Response> {
        let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
        if site.is_some_and(|site| site != "same-origin" && site != "none") {
            return Err(StatusCode::FORBIDDEN.into_response());
        }
        read(request.into_body()).await.map(Self)
    }
}

async fn read(body: Body) -> Result<Fields, Response> {
    let bytes = body::read(body, MAX_FORM).await.map_err(|unread| match unread {
        Unread::TooLong => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Unread::TooSlow => StatusCode::REQUEST_TIMEOUT.into_response(),
    })?;
    Ok(Fields::parse(&bytes))
}
