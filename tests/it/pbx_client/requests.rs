//! What is sent: methods, paths with their slashes, queries, headers and bodies.

use ringbridge::clock::Timestamp;
use ringbridge::model::agent::{AgentKey, AgentKind};
use ringbridge::model::connection::Origin;
use ringbridge::model::extension::SubscribedKind;
use ringbridge::model::ids::{AgentId, HandlerId};
use ringbridge::model::number::ExtensionNumber;
use ringbridge::model::secret::Secret;
use ringbridge::pbx::{AccessToken, DialTarget, Pkce, authorise_url};

use super::stub::{NOW, Reply, Stub, TOKEN, client};
use super::{call_id, extension};

fn handler(n: u64) -> HandlerId {
    HandlerId::new(n).unwrap_or_else(|| panic!("zero is no id"))
}

#[tokio::test]
async fn paths_and_their_slashes_are_those_of_the_reference() {
    let stub = Stub::answering(vec![Reply::json(200, "null")]);
    let session = stub.session();
    let to = NOW;
    let from = Timestamp::from_secs(to.secs() - 86_400);
    drop(session.user().await);
    drop(session.client().await);
    drop(session.client_info().await);
    drop(session.limits().await);
    drop(session.extensions_page(2).await);
    drop(session.handlers(extension(731_205)).await);
    drop(session.agents_page(AgentKind::Local, 1).await);
    drop(session.agents_page(AgentKind::Remote, 2).await);
    drop(session.handlers(agent(AgentKind::Remote, 5601)).await);
    drop(session.history(from, to, 3).await);
    drop(session.history_call(&call_id()).await);
    drop(session.recording_url("731205-0C5E").await);
    insta::assert_snapshot!(stub.lines().join("\n"), @"
    GET /api/ver1.0/user/
    GET /api/ver1.0/client/@me/client/
    GET /api/ver1.0/client/client_info/@me/
    GET /api/ver1.0/client/@me/limit/
    GET /api/ver1.0/client/@me/extension/?page=2&per_page=100
    GET /api/ver1.0/extension/731205/event/
    GET /api/ver1.0/client/@me/agent/local/?page=1&per_page=100
    GET /api/ver1.0/client/@me/agent/remote/?page=2&per_page=100
    GET /api/ver1.0/client/@me/agent/remote/5601/event/
    GET /api/ver1.0/client/@me/call_history/?start_datetime=2026-08-31+12%3A40%3A00&end_datetime=2026-09-01+12%3A40%3A00&page=3&per_page=100&order=asc
    GET /api/ver1.0/client/@me/call_history/0c5e00112233445566778899aabbccdd
    GET /api/ver1.0/client/@me/record/731205-0C5E/storage_url/
    ");
    for seen in stub.seen() {
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        assert!(seen.header("accept-encoding").is_some_and(|value| value.contains("gzip")));
    }
}

fn agent(kind: AgentKind, id: u64) -> AgentKey {
    AgentKey { kind, id: AgentId::new(id).unwrap_or_else(|| panic!("zero is no id")) }
}

#[tokio::test]
async fn agents_handlers_are_added_and_removed_one_by_one() {
    let created =
        r#"{"id":7,"url":"https://hooks.example.net/x","event_type":"agent-login","method":"POST"}"#;
    let stub = Stub::answering(vec![Reply::json(201, created), Reply::Http(204, &[], String::new())]);
    let (session, url) = (stub.session(), Secret::new("https://hooks.example.net/x"));
    let of = agent(AgentKind::Local, 5512);
    let added = session.add_handler(of, SubscribedKind::AgentLogin, &url).await.expect("added");
    assert!(session.remove_handler(of, added).await.expect("removed"));
    assert_eq!(
        stub.lines(),
        [
            "POST /api/ver1.0/client/@me/agent/local/5512/event/",
            "DELETE /api/ver1.0/client/@me/agent/local/5512/event/7",
        ]
    );
}

#[tokio::test]
async fn handler_is_added_with_url_type_and_method() {
    let created =
        r#"{"id":880431,"url":"https://hooks.example.net/x","event_type":"dial-in","method":"POST"}"#;
    let stub = Stub::answering(vec![Reply::json(201, created)]);
    let url = Secret::new("https://hooks.example.net/x");
    let id = stub.session().add_handler(extension(731_205), SubscribedKind::DialIn, &url).await;
    assert_eq!(id.expect("added"), handler(880_431));
    let [seen] = stub.seen().try_into().expect("one request");
    assert_eq!(seen.line, "POST /api/ver1.0/extension/731205/event/");
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.body, r#"{"url":"https://hooks.example.net/x","event_type":"dial-in","method":"POST"}"#);
}

#[tokio::test]
async fn handler_is_removed_by_its_id_and_one_that_is_gone_counts_as_removed() {
    let gone = Reply::json(404, r#"{"message":"Not found"}"#);
    let stub = Stub::answering(vec![Reply::Http(204, &[], String::new()), gone]);
    let session = stub.session();
    assert!(session.remove_handler(extension(731_205), handler(880_431)).await.expect("removed"));
    assert!(!session.remove_handler(extension(731_205), handler(880_431)).await.expect("gone"));
    assert_eq!(stub.lines(), ["DELETE /api/ver1.0/extension/731205/event/880431"; 2]);
}

#[tokio::test]
async fn callback_rings_the_extension_and_dials_with_plus() {
    let body = r#"{"call_api_id":"AC03","call_id":"AC038CB6"}"#;
    let stub = Stub::answering(vec![Reply::json(201, body)]);
    let source = ExtensionNumber::parse("4821*205").expect("a number");
    let target = DialTarget::parse("+44 (20) 7946-0555").expect("a number");
    let receipt = stub.session().callback(extension(731_205), &source, &target).await.expect("taken");
    assert_eq!(receipt.call_id.as_str(), "ac038cb6");
    let [seen] = stub.seen().try_into().expect("one request");
    assert_eq!(seen.line, "POST /api/ver1.0/extension/731205/callback/");
    assert_eq!(seen.body, r#"{"src_num":["4821*205"],"dst_num":"+442079460555"}"#);
}

#[test]
fn what_the_pbx_would_expand_is_no_number() {
    for text in ["", "+", "@{VAR}", "$cv(VAR)", "44+20", "call me", "4420@evil", &"1".repeat(33)] {
        assert_eq!(DialTarget::parse(text), None, "{text}");
    }
    for (text, plain) in
        [("205", "205"), ("4821*205", "4821*205"), (" +44 20.7946 ", "+44207946"), ("*21#", "*21#")]
    {
        assert_eq!(DialTarget::parse(text).expect("a number").reveal(), plain);
    }
}

#[tokio::test]
async fn token_is_asked_for_with_a_form() {
    let body = r#"{"access_token":"9hQe2VtX","token_type":"Bearer","expires_in":"1800","scope":"all"}"#;
    let stub =
        Stub::answering(vec![Reply::json(200, body), Reply::json(200, r#"{"access_token":"9hQe2VtX"}"#)]);
    let secret = Secret::new("s&cret");
    let first = client().token(&stub.origin, "app id", &secret).await.expect("a token");
    assert_eq!(first.value.reveal(), "9hQe2VtX");
    assert_eq!(first.expires_at.secs() - NOW.secs(), 1_800);
    let second = client().token(&stub.origin, "app id", &secret).await.expect("a token");
    assert_eq!(second.expires_at.secs() - NOW.secs(), 3_600);
    let seen = stub.seen();
    assert_eq!(seen[0].line, "POST /oauth/token");
    assert_eq!(seen[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(seen[0].body, "grant_type=client_credentials&client_id=app+id&client_secret=s%26cret");
}

#[tokio::test]
async fn code_is_exchanged_with_the_address_and_the_verifier() {
    let body = r#"{"access_token":"9hQe2VtX","refresh_token":"r3fresh"}"#;
    let stub = Stub::answering(vec![Reply::json(200, body)]);
    let (secret, code) = (Secret::new("s3cret"), Secret::new("c0de"));
    let pkce = Pkce::from_verifier(Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    // The pair of RFC 7636, appendix B.
    assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let token = client()
        .exchange_code(&stub.origin, "app", &secret, &code, "https://b.example/cb", Some(&pkce.verifier))
        .await
        .expect("a token");
    assert_eq!(token.refresh.map(|refresh| refresh.reveal().to_owned()).as_deref(), Some("r3fresh"));
    insta::assert_snapshot!(stub.seen()[0].body.replace('&', "\n"), @"
    grant_type=authorization_code
    code=c0de
    redirect_uri=https%3A%2F%2Fb.example%2Fcb
    client_id=app
    client_secret=s3cret
    code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
    ");
}

#[test]
fn browser_is_sent_to_consent_with_state_and_challenge() {
    let origin = Origin::parse("pbx.example").expect("an origin");
    let pkce = Pkce::from_verifier(Secret::new("verifier"));
    let url = authorise_url(&origin, "app", "https://b.example/cb?x=1", "st&te", Some(&pkce)).expect("a URL");
    insta::assert_snapshot!(url.as_str().replace('&', "\n"), @"
    https://pbx.example/oauth/authorize?response_type=code
    client_id=app
    redirect_uri=https%3A%2F%2Fb.example%2Fcb%3Fx%3D1
    scope=all
    state=st%26te
    code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ
    code_challenge_method=S256
    ");
    assert!(!url.as_str().contains("verifier"));
}

#[test]
fn token_is_renewed_a_minute_early() {
    let expires_at = Timestamp::from_secs(10_000);
    let token = AccessToken { value: Secret::new("t"), expires_at, refresh: None };
    assert!(token.is_fresh(Timestamp::from_secs(9_939)));
    assert!(!token.is_fresh(Timestamp::from_secs(9_940)));
}
