//! Where an account gives out tokens, and says where it is by now.

use serde_json::{Value, json};

use super::routes::{Answered, problem};
use super::state::State;
use super::{API_DOMAIN, CLIENT_ID, CLIENT_SECRET, REDIRECT};

/// How many seconds an access token lives.
const LIFE: u64 = 86_400;

/// `POST /oauth2/access_token`.
pub(super) fn give(state: &mut State, host: &str, body: &Value) -> Answered {
    if !is_here(state, host) {
        return problem(404, "Not Found", &[]);
    }
    let given = |name: &str| body[name].as_str().unwrap_or_default();
    let ours = given("client_id") == CLIENT_ID && given("client_secret") == CLIENT_SECRET;
    if !ours || given("redirect_uri") != REDIRECT {
        return refused("Check the client, its secret and the redirect address");
    }
    match given("grant_type") {
        "authorization_code" if state.codes.contains(&given("code")) => {
            state.codes.retain(|code| *code != given("code"));
        }
        "refresh_token" if given("refresh_token") == state.refresh() => {}
        "refresh_token" => {
            state.spent_twice += 1;
            return problem(401, "Token has been revoked", &[]);
        }
        _ => return refused("Authorization code has been revoked"),
    }
    // The pair before is void from now on.
    state.generation += 1;
    state.renewals += 1;
    let pair = json!({ "token_type": "Bearer", "expires_in": LIFE, "access_token": state.access(),
        "refresh_token": state.refresh(), "server_time": 1_790_000_000 });
    Answered { status: 200, body: Some(pair) }
}

/// `GET /oauth2/account/current/subdomain`: whoever has a refresh token that is not spent learns the address.
pub(super) fn whereabouts(state: &State, host: &str, shown: Option<&str>) -> Answered {
    if host != API_DOMAIN && !is_here(state, host) {
        return problem(404, "Not Found", &[]);
    }
    if shown != Some(&state.refresh()) {
        return problem(401, "Unauthorized", &[]);
    }
    let subdomain = state.account.split('.').next().unwrap_or_default();
    let body = json!({ "id": 34_389_139, "subdomain": subdomain, "domain": state.account,
        "top_level_domain": "com" });
    Answered { status: 200, body: Some(body) }
}

/// Whether a request is for this account; on loopback a program may not name it.
pub(super) fn is_here(state: &State, host: &str) -> bool {
    host == state.account || host.starts_with("127.0.0.1")
}

fn refused(hint: &str) -> Answered {
    let body = json!({ "hint": hint, "title": "Bad request", "type": "https://httpstatus.es/400",
        "status": 400, "detail": "The request is missing a parameter or holds a wrong one" });
    Answered { status: 400, body: Some(body) }
}
