//! How the pages of the simulated PBX and of the inbox look: the administrator's own style and a little more, one small
//! script that keeps what is alive up to date, and a policy that lets nothing in from elsewhere.

use axum::response::{Html, IntoResponse as _, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use maud::{DOCTYPE, Markup, html};

/// Nothing from elsewhere, no script or style in the page itself, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Style, script and icon, by their addresses.
const ASSETS: [(&str, &str, &str); 4] = [
    (
        "/look/app.css",
        "text/css; charset=utf-8",
        include_str!("../../../shared/src/http/pages/assets/app.css"),
    ),
    ("/look/look.css", "text/css; charset=utf-8", include_str!("look.css")),
    ("/look/alive.js", "text/javascript; charset=utf-8", include_str!("alive.js")),
    ("/look/icon.svg", "image/svg+xml", include_str!("../../../shared/src/http/pages/assets/icon.svg")),
];

/// A place that a page leads to: its name and its address.
pub type Link = (&'static str, String);

/// One of the files that pages need.
pub fn asset(path: &str) -> Option<Response> {
    let (_, kind, text) = ASSETS.iter().find(|(known, _, _)| *known == path)?;
    let about = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, "no-cache"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Some((about, *text).into_response())
}

/// A whole page. `alive` is where its parts are asked for again, each by the id that it has in the page.
pub fn page(title: &str, links: &[Link], alive: Option<&str>, content: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Ringbridge" }
                link rel="icon" href="/look/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/look/app.css";
                link rel="stylesheet" href="/look/look.css";
                script src="/look/alive.js" defer {}
            }
            body data-alive=[alive] {
                a class="skip" href="#content" { "To the content" }
                header {
                    span class="brand" { "Ringbridge" }
                    @if !links.is_empty() {
                        nav aria-label="Pages of the runner" {
                            ul { @for (name, address) in links { li { a href=(address) { (name) } } } }
                        }
                    }
                }
                main id="content" tabindex="-1" {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    written(&markup)
}

/// Parts of a page that are alive.
pub fn written(markup: &Markup) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (StatusCode::OK, headers, Html(markup.0.clone())).into_response()
}

/// Whether a form was sent by a page of another site, as browsers say.
pub fn from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}
