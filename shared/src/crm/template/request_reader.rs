//! Reads one request of a template: where it goes, what it carries, and which values it may name.

use reqwest::Method;
use serde_json::Value;

use super::document::{Body, Request};
use super::read::{Reader, below};
use super::text::{CONTACT, OF_THE_CALL, RECORD, SECRET, Text};

const MEMBERS: &[&str] = &["method", "path", "query", "headers", "body", "form", "success", "holds"];
/// What a request may carry, as the template writes it: its values are bounded by themselves.
const LONGEST_BODY: usize = 8 * 1024;
const DEEPEST: usize = 8;
const MOST: usize = 64;
const LONGEST_TEXT: usize = 2048;
/// Headers that say where a request goes, how long it is, or what becomes of the connection.
const OURS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-authorization",
    "proxy-authenticate",
    "proxy-connection",
    "forwarded",
    "via",
];

/// The values that a request may name.
#[derive(Clone)]
pub(super) struct Names(Vec<&'static str>);

impl Names {
    pub(super) fn of_the_call() -> Self {
        Self(OF_THE_CALL.to_vec())
    }

    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn and(mut self, name: &'static str) -> Self {
        self.0.push(name);
        self
    }
}

impl Reader {
    pub(super) fn request(
        &mut self,
        value: &Value,
        path: &str,
        names: &Names,
        more: &[&str],
    ) -> Option<Request> {
        let object = self.object(value, path, &[MEMBERS, more].concat())?;
        let at = |name: &str| below(path, name);
        let method = object.get("method").and_then(Value::as_str).unwrap_or_default();
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let method = methods.into_iter().find(|known| known.as_str() == method);
        if method.is_none() {
            self.wrong(&at("method"), "this must be one of GET, POST, PUT, PATCH, DELETE");
        }
        let place = object.get("path").and_then(Value::as_str).unwrap_or_default();
        if let Some(message) = wrong_path(place) {
            self.wrong(&at("path"), message);
        }
        let place = self.text(place, &at("path"), names);
        let query = object.get("query").map(|query| self.texts(query, &at("query"), names));
        let headers = object.get("headers").map(|headers| self.headers(headers, &at("headers"), names));
        let body = match (object.get("body"), object.get("form")) {
            (None, None) => Body::Nothing,
            (Some(body), None) => {
                self.body(body, &at("body"), names);
                Body::Json(body.clone())
            }
            (None, Some(form)) => Body::Form(self.texts(form, &at("form"), names)),
            (Some(_), Some(_)) => {
                self.wrong(&at("form"), "a request carries a body or a form, not both");
                Body::Nothing
            }
        };
        if !matches!(body, Body::Nothing) && method == Some(Method::GET) {
            self.wrong(&at("method"), "a GET carries nothing: use a query");
        }
        let success = object.get("success").map(|success| self.statuses(success, &at("success")));
        let mut holds = Vec::new();
        if let Some(given) = object.get("holds") {
            for (pointer, wanted) in self.object(given, &at("holds"), &[]).into_iter().flatten() {
                self.pointer(Some(&Value::String(pointer.clone())), &below(&at("holds"), pointer));
                holds.push((pointer.clone(), wanted.clone()));
            }
        }
        Some(Request {
            method: method?,
            path: place?,
            query: query.unwrap_or_default(),
            headers: headers.unwrap_or_default(),
            body,
            success: success.unwrap_or_default(),
            holds,
        })
    }

    fn statuses(&mut self, value: &Value, path: &str) -> Vec<u16> {
        let status = |one: &Value| one.as_u64().and_then(|one| u16::try_from(one).ok());
        let list =
            value.as_array().map(|list| list.iter().map(status).collect::<Vec<_>>()).unwrap_or_default();
        let fits = |status: &Option<u16>| status.is_some_and(|status| (200..300).contains(&status));
        if list.is_empty() || !list.iter().all(fits) {
            self.wrong(path, "this must be a list of statuses from 200 to 299");
        }
        list.into_iter().flatten().collect()
    }

    /// Headers: those of one's own, in visible characters, whose values can't end them.
    pub(super) fn headers(&mut self, value: &Value, path: &str, names: &Names) -> Vec<(String, Text)> {
        let with_secret = names.clone().and(SECRET);
        let headers = self.texts(value, path, &with_secret);
        for (name, _) in &headers {
            let token =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
            let lower = name.to_ascii_lowercase();
            if !token || name.len() > 100 {
                self.wrong(&below(path, name), "a header's name has letters, digits and hyphens only");
            } else if OURS.contains(&lower.as_str()) {
                self.wrong(&below(path, name), "this header is not a template's to set");
            }
        }
        let given = value.as_object().into_iter().flatten();
        for (name, _) in given.filter(|(_, text)| text.as_str().is_some_and(breaks_out)) {
            self.wrong(&below(path, name), "a header's value is one line of visible ASCII characters");
        }
        headers
    }

    /// Texts by name.
    pub(super) fn texts(&mut self, value: &Value, path: &str, names: &Names) -> Vec<(String, Text)> {
        let mut texts = Vec::new();
        let members = self.object(value, path, &[]);
        if members.is_some_and(|members| members.len() > MOST) {
            self.wrong(path, "there are more than 64 of them");
        }
        for (name, text) in members.into_iter().flatten() {
            match text.as_str() {
                Some(text) => {
                    texts.extend(self.text(text, &below(path, name), names).map(|text| (name.clone(), text)));
                }
                None => self.wrong(&below(path, name), "this must be a text"),
            }
        }
        texts
    }

    /// A text, whose values must be known here.
    fn text(&mut self, text: &str, path: &str, names: &Names) -> Option<Text> {
        if text.len() > LONGEST_TEXT {
            self.wrong(path, "this is longer than 2048 bytes");
        }
        let text = match Text::parse(text) {
            Ok(text) => text,
            Err(message) => {
                self.wrong(path, message);
                return None;
            }
        };
        for named in text.names() {
            let name = named.name.as_str();
            if names.0.contains(&name) {
                continue;
            }
            self.wrong(
                path,
                match name {
                    RECORD | CONTACT => format!("a loop: {{{name}}} is known only after this request"),
                    SECRET => "{secret} may stand in headers alone".to_owned(),
                    _ if OF_THE_CALL.contains(&name) => {
                        format!("{{{name}}} is a call's, and this request is made without one")
                    }
                    _ => format!("there is no value {{{name}}}; there are: {}", names.0.join(", ")),
                },
            );
        }
        Some(text)
    }

    fn body(&mut self, body: &Value, path: &str, names: &Names) {
        if body.to_string().len() > LONGEST_BODY {
            return self.wrong(path, "the body is longer than 8 KiB");
        }
        let mut values = 0;
        self.inside(body, path, names, (0, &mut values));
        if values > MOST {
            self.wrong(path, "the body has more than 64 named values");
        }
    }

    fn inside(&mut self, value: &Value, path: &str, names: &Names, (depth, values): (usize, &mut usize)) {
        if depth > DEEPEST {
            return self.wrong(path, "the body is nested deeper than 8");
        }
        match value {
            Value::String(text) => {
                *values += self.text(text, path, names).map_or(0, |text| text.names().count());
            }
            Value::Array(list) => {
                for (place, one) in list.iter().enumerate() {
                    self.inside(one, &below(path, &place.to_string()), names, (depth + 1, values));
                }
            }
            Value::Object(object) => {
                for (name, one) in object {
                    self.inside(one, &below(path, name), names, (depth + 1, values));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn breaks_out(text: &str) -> bool {
    !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// A path stays on the CRM's host, below its address.
fn wrong_path(path: &str) -> Option<&'static str> {
    if path.contains("://") || path.starts_with("//") {
        return Some("only a path: requests go to the host of `url` and nowhere else");
    }
    if !path.starts_with('/') {
        return Some("this must begin with /");
    }
    if path.contains(['?', '#', '\\']) || breaks_out(path) || path.contains(' ') {
        return Some(
            "a path without ?, #, backslashes, spaces and control characters; put the rest into `query`",
        );
    }
    path.split('/')
        .any(|part| part == ".." || part == "." || part.to_ascii_lowercase().contains("%2e"))
        .then_some("a path without . and ..")
}
