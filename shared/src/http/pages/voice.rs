//! How a page speaks to its reader: the language that they chose or their browser asks for, and where the pages are.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;

use crate::http::api::SettingsApi;
use crate::text::pages::{Texts, texts};
use crate::text::{Language, say};

/// The cookie with the language that somebody chose.
pub(super) const LANGUAGE: &str = "ringbridge_language";

/// See the module.
#[derive(Clone, Debug)]
pub(in crate::http) struct Voice {
    /// The reader's language.
    pub(super) language: Language,
    /// Its texts.
    pub(super) t: &'static Texts,
    base: String,
    secure: bool,
}

impl Voice {
    /// For whoever sent these headers.
    pub(in crate::http) fn of(headers: &HeaderMap, api: &SettingsApi) -> Self {
        let chosen = cookie(headers, LANGUAGE).and_then(|code| Language::parse(&code));
        let asked = || Language::accepted(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
        let language = chosen.or_else(asked).unwrap_or_default();
        let public = &api.settings.public_url;
        let base = public.path().trim_end_matches('/').to_owned();
        Self { language, t: texts(language), base, secure: public.scheme() == "https" }
    }

    /// The address of a page, such as `/people`.
    pub(super) fn url(&self, page: &str) -> String {
        format!("{}/app{page}", self.base)
    }

    /// A sentence of ours in the reader's language.
    pub(super) fn say<'a>(&self, english: &'a str) -> Cow<'a, str> {
        say(self.language, english)
    }

    /// A cookie of ours that no script reads and no other site sends along with a form.
    pub(super) fn cookie(&self, name: &str, value: &str, seconds: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}")
    }

    /// The name of the session's cookie. With the prefix, where https is spoken, no neighbour under the same domain can
    /// plant one.
    pub(super) const fn session_name(&self) -> &'static str {
        if self.secure { "__Host-ringbridge_session" } else { "ringbridge_session" }
    }
}

impl FromRequestParts<SettingsApi> for Voice {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &SettingsApi) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, api))
    }
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).map(|(_, value)| value.to_owned())
}
