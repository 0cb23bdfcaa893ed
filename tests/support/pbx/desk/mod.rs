//! The simulated PBX as a page: who is there, calls that are led step by step or played at a button, trouble by switch, and
//! every event as it was posted. It is no part of the vendor's API; its requests don't appear in the ledger.

mod acts;
mod calls;
mod parts;
mod posted;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::StatusCode;
use maud::{Markup, html};

use super::player::{Cast, NAMED};
use super::tenant::{AppKind, Tenant};
use super::world::Pbx;
use crate::crm::CrmSwitch;
use crate::look::{self, Link};

/// What stands beside the PBX.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Pages beside this one.
    pub links: Vec<Link>,
    /// Where Ringbridge's pages are, for the way from a call to its entry in the log.
    pub app: Option<String>,
    /// Lets the CRM fail.
    pub crm: Option<CrmSwitch>,
}

type Given = Query<HashMap<String, String>>;

pub(super) fn routes(pbx: &Arc<Pbx>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/parts", get(alive))
        .route("/look/{file}", get(asset))
        .route("/desk/ring", post(acts::ring))
        .route("/desk/step", post(acts::step))
        .route("/desk/play", post(acts::play))
        .route("/desk/agent", post(acts::agent))
        .route("/desk/fault", post(acts::fault))
        .route("/desk/next", post(acts::next))
        .route("/desk/heal", post(acts::heal))
        .with_state(Arc::clone(pbx))
}

async fn asset(Path(file): Path<String>) -> Response {
    look::asset(&format!("/look/{file}")).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// The client that a request names, or the first one.
fn client<'a>(tenants: &'a [Tenant], given: &HashMap<String, String>) -> Option<&'a Tenant> {
    let wanted = given.get("client").and_then(|text| text.parse::<u64>().ok());
    tenants.iter().find(|one| wanted.is_none_or(|wanted| one.client_id == wanted))
}

async fn page(State(pbx): State<Arc<Pbx>>, Query(given): Given) -> Response {
    let tenants = pbx.tenants();
    let Some(tenant) = client(&tenants, &given) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let cast = Cast::of(tenant);
    let links = pbx.desk.get().map(|desk| desk.links.clone()).unwrap_or_default();
    let content = html! {
        p { "A PBX with people at its phones, as Ringbridge sees a real one. Ring somebody, or have a whole call played, and see what it posts." }
        (clients(&tenants, tenant))
        (choices(tenant, &cast))
        (parts::people(&pbx, tenant))
        (calls::section(&pbx, tenant))
        h2 { "Play a whole call" }
        p { "Everything happens as the form above says: who calls, whose phone comes first, and when." }
        ul class="plays" {
            @for named in NAMED.iter().filter(|named| named.scenario.playable(&cast)) {
                li { button class="second small" form="choices" formaction="/desk/play" name="scenario" value=(named.name) { b { (named.name) } span { (named.what) } } }
            }
        }
        (parts::trouble(&pbx))
        (posted::section(&pbx, tenant))
        (credentials(&pbx, &tenants))
    };
    let alive = format!("/parts?client={}", tenant.client_id);
    look::page("Simulated PBX", &links, Some(&alive), &content)
}

/// The parts that change by themselves.
async fn alive(State(pbx): State<Arc<Pbx>>, Query(given): Given) -> Response {
    let tenants = pbx.tenants();
    let Some(tenant) = client(&tenants, &given) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    look::written(&html! {
        (parts::people(&pbx, tenant))
        (calls::section(&pbx, tenant))
        (parts::trouble(&pbx))
        (posted::section(&pbx, tenant))
    })
}

/// Whose phones are shown.
fn clients(tenants: &[Tenant], shown: &Tenant) -> Markup {
    html! {
        @if tenants.len() > 1 {
            nav aria-label="Clients of the PBX" {
                ul { @for one in tenants {
                    li { a href={ "/?client=" (one.client_id) } aria-current=[(one.client_id == shown.client_id).then_some("page")] { (one.name) } }
                } }
            }
        }
    }
}

/// What every button that begins a call goes by.
fn choices(tenant: &Tenant, cast: &Cast) -> Markup {
    html! {
        form id="choices" method="post" action="/desk/play" {
            input type="hidden" name="client" value=(tenant.client_id);
            div class="row" {
                div class="field" {
                    label for="caller" { "The number outside" }
                    input id="caller" name="caller" type="tel" maxlength="40" value=(cast.outside);
                }
                div class="field" {
                    label for="phone" { "The phone that comes first" }
                    select id="phone" name="phone" {
                        @for phone in &cast.phones { option value=(phone.id) { (phone.label) " " (phone.number) } }
                    }
                }
                div class="field" {
                    label for="clock" { "When a whole call happens" }
                    select id="clock" name="clock" {
                        @for (value, title) in acts::CLOCKS { option value=(value) { (title) } }
                    }
                }
            }
        }
    }
}

/// What another connection is made with.
fn credentials(pbx: &Pbx, tenants: &[Tenant]) -> Markup {
    html! {
        h2 { "Connect it" }
        p { "Each client is an account of its own. With these, a second connection can be made beside the demo's." }
        ul class="cards" {
            @for tenant in tenants {
                @for app in tenant.apps.iter().filter(|app| app.kind == AppKind::Trusted) {
                    li class="card" {
                        h3 { (tenant.name) }
                        dl {
                            dt { "PBX" } dd { code { (pbx.origin) } }
                            dt { "App ID" } dd { code { (app.id) } }
                            dt { "App Secret" } dd { code { (app.secret) } }
                        }
                    }
                }
            }
        }
    }
}
