//! What a template may not say: refused when it is saved, by its path.

use ringbridge::crm::Connector as _;
use serde_json::{Value, json};
use simulators::template_crms::Crm;

use super::connector;

/// What is wrong with a template, by path.
fn problems(template: &Value) -> Vec<(String, String)> {
    connector().check_document("template", &template.to_string())
}

/// A template that is fine.
fn fine() -> Value {
    json!({
        "look": { "method": "GET", "path": "/calls", "query": { "q": "{record_id}" }, "in": "/data", "id": "/id" },
        "create": { "method": "POST", "path": "/calls", "body": { "text": "{mark}" }, "id": "/id" },
    })
}

#[test]
fn shipped_examples_have_nothing_wrong() {
    assert!(problems(&fine()).is_empty(), "{:?}", problems(&fine()));
    for (crm, name) in Crm::ALL {
        let problems = connector().check_document("template", crm.example());
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

#[test]
fn what_would_lead_elsewhere_break_out_never_end_or_grow_is_refused_by_its_path() {
    let long = "x".repeat(9 * 1024);
    let deep = (0..12).fold(json!("x"), |inner, _| json!([inner]));
    for (pointer, value, path, words) in [
        ("/create/path", json!("https://evil.example/x"), "create.path", "nowhere else"),
        ("/create/path", json!("//evil.example/x"), "create.path", "nowhere else"),
        ("/create/path", json!("calls"), "create.path", "begin with /"),
        ("/create/path", json!("/a/../../b"), "create.path", "without . and .."),
        ("/create/path", json!("/a/%2E%2e/b"), "create.path", "without . and .."),
        ("/create/path", json!("/a?b=1"), "create.path", "query"),
        ("/create/method", json!("TRACE"), "create.method", "one of GET"),
        ("/look/method", json!("CONNECT"), "look.method", "one of GET"),
        ("/create/headers", json!({ "X-A": "a\r\nX-B: b" }), "create.headers.X-A", "one line"),
        ("/create/headers", json!({ "Host": "evil.example" }), "create.headers.Host", "not a template's"),
        (
            "/create/headers",
            json!({ "content-length": "0" }),
            "create.headers.content-length",
            "not a template's",
        ),
        (
            "/create/headers",
            json!({ "Transfer-Encoding": "x" }),
            "create.headers.Transfer-Encoding",
            "not a template's",
        ),
        ("/create/headers", json!({ "a b": "x" }), "create.headers.a b", "letters"),
        ("/create/body/text", json!("{record}"), "create.body.text", "a loop"),
        ("/look/query/q", json!("{record}"), "look.query.q", "a loop"),
        ("/look/query/q", json!("{contact}"), "look.query.q", "a loop"),
        ("/create/body/text", json!("{secret}"), "create.body.text", "headers alone"),
        ("/create/body/text", json!("{numbre}"), "create.body.text", "no value {numbre}"),
        ("/create/body/text", json!("{number:hex}"), "create.body.text", "only {name}"),
        ("/create/body/text", json!("{"), "create.body.text", "only {name}"),
        ("/create/body/text", json!("}"), "create.body.text", "a brace stands alone"),
        ("/create/body/text", json!(long), "create.body", "longer than 8 KiB"),
        ("/create/body/text", deep, "create.body.text", "nested deeper"),
        ("/create/id", json!("id"), "create.id", "where it stands"),
        ("/create/success", json!([500]), "create.success", "200 to 299"),
        ("/create/twice", json!(true), "create.twice", "no such member"),
        ("/answers", json!({ "statuses": { "200": "refused" } }), "answers.statuses.200", "300 to 599"),
        ("/answers", json!({ "codes": { "X": "fine" } }), "answers.codes.X", "one of"),
        ("/words", json!({ "outcome": { "lost": "x" } }), "words.outcome.lost", "no such member"),
        (
            "/make_contact",
            json!({ "method": "POST", "path": "/c", "id": "/id" }),
            "make_contact",
            "needs `contact`",
        ),
        ("/once", json!({ "field": "/key" }), "once", "must be \"{record_id}\""),
    ] {
        let mut template = fine();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        template.pointer_mut(parent).unwrap()[name] = value.clone();
        let problems = problems(&template);
        let found = problems.iter().any(|(at, message)| at.starts_with(path) && message.contains(words));
        assert!(found, "{pointer} = {value}: {problems:?}");
    }
    let mut twice = fine();
    twice.as_object_mut().unwrap().remove("look");
    assert_eq!(problems(&twice)[0].0, "once", "nothing tells a repeat");
    assert!(connector().check_document("template", &" ".repeat(17 * 1024))[0].1.contains("16 KiB"));
    assert!(connector().check_document("template", "[]")[0].1.contains("an object"));
}
