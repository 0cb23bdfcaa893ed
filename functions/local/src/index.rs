//! The page at `/` of the runner, which leads to all that runs here; and the way from each of those pages to the others.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use maud::html;
use simulators::look::{self, Link};
use simulators::pbx::{Desk, FakePbx};

use crate::stack::Stack;

/// A place, what it is called, and what it is for.
type Place = (Link, &'static str);

/// Everything that somebody may open.
fn places(stack: &Stack, own: &str) -> Vec<Place> {
    let mut places = vec![(
        ("Administrator's pages", format!("{own}/app/")),
        "Who has which phone, every call and what became of it; sign in with the admin key that the runner prints.",
    )];
    if let Some(pbx) = &stack.pbx {
        places.push((
            ("Simulated PBX", format!("{}/", pbx.origin())),
            "Ring somebody, play whole calls, let things go wrong, and see what is posted.",
        ));
    }
    match &stack.portal {
        Some(portal) => places.push((
            ("Bitrix24 portal", format!("{}/", portal.url())),
            "The simulated portal with the calls in its statistics.",
        )),
        None => places.push((
            ("CRM inbox", stack.inbox.page_url()),
            "The CRM of the demo: one row for each call, as it changes.",
        )),
    }
    places.push((
        ("API document", format!("{own}/api/openapi.json")),
        "OpenAPI 3.1, made from the code: settings, calls, keys.",
    ));
    places.push((("Health", format!("{own}/healthz")), "Whether the process answers."));
    places
}

/// Tells the simulators what stands beside them.
pub(crate) fn furnish(stack: &Stack, own: &str) {
    let links = |title: &str| {
        let index = std::iter::once(("All pages", format!("{own}/")));
        let places = places(stack, own).into_iter().map(|(link, _)| link);
        index.chain(places.filter(|(name, _)| *name != title)).collect::<Vec<_>>()
    };
    stack.inbox.furnish(links("CRM inbox"));
    if let Some(pbx) = &stack.pbx {
        pbx.furnish(Desk {
            links: links("Simulated PBX"),
            app: Some(format!("{own}/app")),
            crm: stack.portal.is_none().then(|| stack.inbox.switch()),
        });
    }
}

/// The page, before everything else that is served.
pub(crate) fn before(router: Router, stack: &Stack, own: &str) -> Router {
    let places = places(stack, own);
    let hosts = stack.pbx.as_ref().map(FakePbx::origin);
    let page = move || {
        let answer = page(&places, hosts.as_deref());
        async move { answer }
    };
    let asset = |axum::extract::Path(file): axum::extract::Path<String>| async move {
        look::asset(&format!("/look/{file}")).ok_or(http::StatusCode::NOT_FOUND)
    };
    Router::new().route("/", get(page)).route("/look/{file}", get(asset)).fallback_service(router)
}

fn page(places: &[Place], simulated: Option<&str>) -> Response {
    let content = html! {
        p { "Ringbridge on this machine: calls of a PBX become records of a CRM." }
        ul class="cards" {
            @for ((name, address), what) in places {
                li class="card" { h2 { a href=(address) { (name) } } p { (what) } small { (address) } }
            }
        }
        @if simulated.is_some() {
            h2 { "The first minute" }
            ol {
                li { "Open the simulated PBX and press " b { "Call" } " at a phone that somebody uses." }
                li { "Answer it there, talk, pass it on, hang up." }
                li { "See the row in the CRM change, and the call in the administrator's log." }
            }
        } @else {
            p { "Connect a PBX with " code { "POST /api/v1/connections" } " or on the administrator's pages." }
        }
    };
    look::page("What runs here", &[], None, &content)
}
