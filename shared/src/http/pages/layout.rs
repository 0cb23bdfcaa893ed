//! The frame of every page, and the parts that pages are made of.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use maud::{DOCTYPE, Markup, html};

use super::assets;
use super::signed::{CSRF, Signed};
use super::voice::Voice;
use crate::http::problem::FieldError;
use crate::text::Language;
use crate::text::pages::Texts;

/// Nothing from elsewhere, no script or style in the page itself, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What htmx is kept from: inline styles, which the policy refuses, and code in attributes.
const HTMX: &str =
    r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyEnabled":false}"#;

/// The pages that the menu leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Calls,
    Unlogged,
    Live,
    Agents,
    People,
    Notices,
    Try,
    Settings,
    Keys,
}

impl Place {
    const ALL: [Self; 10] = [
        Self::Overview,
        Self::Calls,
        Self::Unlogged,
        Self::Live,
        Self::Agents,
        Self::People,
        Self::Notices,
        Self::Try,
        Self::Settings,
        Self::Keys,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/overview",
            Self::Calls => "/calls",
            Self::Unlogged => "/unlogged",
            Self::Live => "/live",
            Self::Agents => "/agents",
            Self::People => "/people",
            Self::Notices => "/notices",
            Self::Try => "/try",
            Self::Settings => "/settings",
            Self::Keys => "/keys",
        }
    }

    const fn title(self, t: &Texts) -> &'static str {
        match self {
            Self::Overview => t.common.overview,
            Self::Calls => t.common.calls,
            Self::Unlogged => t.common.unlogged,
            Self::Live => t.common.live,
            Self::Agents => t.common.agents,
            Self::People => t.common.people,
            Self::Notices => t.common.notices,
            Self::Try => t.common.try_it,
            Self::Settings => t.common.settings,
            Self::Keys => t.common.keys,
        }
    }
}

/// A page of somebody who is signed in, under its own name in the menu.
pub(super) fn page(signed: &Signed, place: Place, content: &Markup) -> Response {
    titled(signed, Some(place), place.title(signed.voice.t), content)
}

/// The same under a title of its own.
pub(super) fn titled(signed: &Signed, place: Option<Place>, title: &str, content: &Markup) -> Response {
    let (voice, t) = (&signed.voice, signed.voice.t);
    let menu = html! {
        nav aria-label=(t.common.menu) {
            ul {
                @for one in Place::ALL {
                    li { a href=(voice.url(one.path())) aria-current=[(Some(one) == place).then_some("page")] { (one.title(t)) } }
                }
            }
        }
    };
    let out = html! {
        form class="out" method="post" action=(voice.url("/sign-out")) {
            (proof(signed))
            span class="who" { (signed.connection.value.name) }
            button class="plain" { (t.common.sign_out) }
        }
    };
    framed(voice, title, &(out, menu), content)
}

/// A page for whoever is not signed in.
pub(super) fn open(voice: &Voice, title: &str, content: &Markup) -> Response {
    framed(voice, title, &(html! {}, html! {}), content)
}

fn framed(voice: &Voice, title: &str, (out, menu): &(Markup, Markup), content: &Markup) -> Response {
    let t = voice.t;
    let body = html! {
        (DOCTYPE)
        html lang=(voice.language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · Ringbridge" }
                link rel="icon" href=(voice.url(&assets::path("icon.svg"))) type="image/svg+xml";
                link rel="stylesheet" href=(voice.url(&assets::path("app.css")));
                script src=(voice.url(&assets::path("htmx.min.js"))) defer {}
                script src=(voice.url(&assets::path("app.js"))) defer {}
            }
            body data-copied=(t.common.copied) {
                a class="skip" href="#content" { (t.common.skip) }
                header {
                    a class="brand" href=(voice.url("/overview")) { "Ringbridge" }
                    (out)
                    form class="language" method="post" action=(voice.url("/language")) {
                        @for language in Language::ALL {
                            button class="plain" name="language" value=(language.code()) lang=(language.code())
                                aria-pressed=(language == voice.language) { (language.name()) }
                        }
                    }
                    (menu)
                }
                main id="content" tabindex="-1" {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    (headers(), body.into_string()).into_response()
}

/// What every page is sent with.
fn headers() -> [(http::HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ]
}

/// That something can't be done, to somebody who is signed in.
pub(super) fn sorry(signed: &Signed, status: StatusCode, text: &str) -> Response {
    let t = signed.voice.t;
    let content = html! {
        p class="bad" role="alert" { (text) }
        p { a href=(signed.voice.url("/overview")) { (t.common.back) } }
    };
    let mut response = titled(signed, None, t.common.failed, &content);
    *response.status_mut() = status;
    response
}

/// The same to whoever is not.
pub(super) fn sorry_stranger(voice: &Voice, status: StatusCode, text: &str) -> Response {
    let content = html! {
        p class="bad" role="alert" { (text) }
        p { a href=(voice.url("/overview")) { (voice.t.common.back) } }
    };
    let mut response = open(voice, voice.t.common.failed, &content);
    *response.status_mut() = status;
    response
}

/// The field that every form of somebody who is signed in carries.
pub(super) fn proof(signed: &Signed) -> Markup {
    html! { input type="hidden" name=(CSRF) value=(signed.proof); }
}

/// What is wrong with a form, before its fields; a link leads to each.
pub(super) fn errors(voice: &Voice, errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div class="bad" role="alert" {
                p { (voice.t.common.fix_these) }
                ul { @for error in errors { li {
                    @if !error.path.is_empty() { a href={ "#" (error.path) } { (error.path) } ": " }
                    (voice.say(&error.message))
                } } }
            }
        }
    }
}

/// A line of text to fill in.
pub(super) struct Input<'a> {
    /// Its name, and its id.
    pub(super) name: &'a str,
    /// What it is called.
    pub(super) label: &'a str,
    /// What it is for.
    pub(super) help: &'a str,
    /// Its kind, as HTML has it.
    pub(super) kind: &'a str,
    /// What stands in it.
    pub(super) value: &'a str,
    /// Whether it may stay empty.
    pub(super) optional: bool,
}

impl Input<'_> {
    /// The field with its label, its help, and what is wrong with it.
    pub(super) fn show(&self, voice: &Voice, errors: &[FieldError]) -> Markup {
        self.show_as(self.name, voice, errors)
    }

    /// The same with an id of its own, where two forms of a page ask for the same.
    pub(super) fn show_as(&self, id: &str, voice: &Voice, errors: &[FieldError]) -> Markup {
        let wrong = errors.iter().find(|error| error.path == self.name);
        let (help, problem) = (format!("{id}-help"), format!("{id}-wrong"));
        let described = if wrong.is_some() { format!("{help} {problem}") } else { help.clone() };
        html! {
            div class="field" {
                label for=(id) {
                    (self.label)
                    @if self.optional { " " small { "(" (voice.t.common.optional) ")" } }
                }
                input id=(id) name=(self.name) type=(self.kind) value=(self.value) required[!self.optional]
                    autocomplete=(if self.kind == "password" { "off" } else { "on" }) spellcheck="false"
                    aria-describedby=(described) aria-invalid=[wrong.map(|_| "true")];
                small id=(help) { (self.help) }
                @if let Some(wrong) = wrong { p class="wrong" id=(problem) { (voice.say(&wrong.message)) } }
            }
        }
    }
}

/// A text of many lines to fill in; what is wrong within it is named by its path.
pub(super) fn long(
    voice: &Voice,
    (name, label, help): (&str, &str, &str),
    value: &str,
    errors: &[FieldError],
) -> Markup {
    let wrong: Vec<_> = errors.iter().filter(|error| error.path.starts_with(name)).collect();
    html! {
        div class="field" {
            label for=(name) { (label) }
            textarea id=(name) name=(name) rows="16" spellcheck="false" required
                aria-describedby={ (name) "-help " (name) "-wrong" } aria-invalid=[(!wrong.is_empty()).then_some("true")] { (value) }
            small id={ (name) "-help" } { (help) }
            div id={ (name) "-wrong" } { @for wrong in wrong { p class="wrong" { (wrong.path) ": " (voice.say(&wrong.message)) } } }
        }
    }
}

/// One of a few to choose.
pub(super) fn choice(name: &str, label: &str, help: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        div class="field" {
            label for=(name) { (label) }
            select id=(name) name=(name) aria-describedby={ (name) "-help" } {
                @for (value, text) in options { option value=(value) selected[*value == chosen] { (text) } }
            }
            small id={ (name) "-help" } { (help) }
        }
    }
}

/// A box to tick.
pub(super) fn tick(name: &str, label: &str, help: &str, on: bool) -> Markup {
    html! {
        div class="field tick" {
            input id=(name) name=(name) type="checkbox" value="on" checked[on] aria-describedby={ (name) "-help" };
            label for=(name) { (label) }
            small id={ (name) "-help" } { (help) }
        }
    }
}

/// A text that one may want to take along, with a button for that.
pub(super) fn copyable(voice: &Voice, text: &str) -> Markup {
    html! {
        span class="copy" {
            code tabindex="0" { (text) }
            button type="button" class="plain" data-copy=(text) hidden { (voice.t.common.copy) }
        }
    }
}
