//! A browser without script: it keeps cookies, follows redirects, fills in forms and sends them.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode};
use tower::ServiceExt as _;

/// See the module.
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    language: &'static str,
}

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Page {
    /// Whether it says so, as a person reads it.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.text.contains(&escaped(words))
    }

    /// That it says so.
    #[track_caller]
    pub(crate) fn must_say(&self, words: &str) {
        assert!(self.says(words), "{words:?} is not in {}", self.text);
    }

    /// The fields of the form that goes there, as they stand.
    #[track_caller]
    pub(crate) fn form(&self, action: &str) -> Vec<(String, String)> {
        let mark = format!(r#"action="{action}""#);
        let begins = self.text.find(&mark).unwrap_or_else(|| panic!("no form {action} in {}", self.text));
        let form = self.text[begins..].split("</form>").next().unwrap();
        let mut fields = Vec::new();
        for tag in form.split('<').filter(|tag| tag.starts_with("input ")) {
            let checked = !tag.contains(r#"type="checkbox""#) || tag.contains(" checked");
            if let (Some(name), true) = (attribute(tag, "name"), checked) {
                let value = attribute(tag, "value").unwrap_or_default();
                // A field of one line that is seen has no lines.
                let seen = !tag.contains(r#"type="hidden""#);
                fields.push((name, if seen { value.replace(['\r', '\n'], "") } else { value }));
            }
        }
        for select in form.split("<select ").skip(1) {
            let options: Vec<_> =
                select.split("</select>").next().unwrap().split("<option ").skip(1).collect();
            let chosen =
                options.iter().find(|option| option.split('>').next().unwrap().contains(" selected"));
            if let Some(option) = chosen.or(options.first()) {
                fields.push((
                    attribute(select, "name").unwrap(),
                    attribute(option, "value").unwrap_or_default(),
                ));
            }
        }
        for area in form.split("<textarea ").skip(1) {
            let text = area.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
            fields.push((attribute(area, "name").unwrap(), plain(text)));
        }
        fields
    }

    /// Where the first link goes whose address begins so.
    #[track_caller]
    pub(crate) fn link(&self, prefix: &str) -> String {
        let mark = format!(r#"href="{prefix}"#);
        let begins = self.text.find(&mark).unwrap_or_else(|| panic!("no link {prefix} in {}", self.text));
        plain(self.text[begins + 6..].split('"').next().unwrap())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let value = tag.split(&format!(r#"{name}=""#)).nth(1)?.split('"').next()?;
    Some(plain(value))
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Browser {
    /// One that nobody is signed in with.
    pub(crate) fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), language: "en" }
    }

    /// Signed in with a key.
    pub(crate) async fn signed_in(router: Router, key: &str) -> Self {
        let mut browser = Self::new(router);
        let page = browser.post("/app/sign-in", &[("key", key), ("next", "/overview")]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        browser
    }

    /// Asks for another language.
    pub(crate) fn speaks(&mut self, language: &'static str) {
        self.language = language;
    }

    /// Its cookies, as somebody might copy them.
    pub(crate) fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.clone()
    }

    /// Has these cookies from now on.
    pub(crate) fn puts(&mut self, cookies: BTreeMap<String, String>) {
        self.cookies = cookies;
    }

    /// Loses its session.
    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.go(Method::GET, path.to_owned(), String::new()).await
    }

    /// Follows the first link of a page whose address begins so.
    pub(crate) async fn open(&mut self, page: &str, prefix: &str) -> Page {
        let link = self.get(page).await.link(prefix);
        self.get(&link).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.go(Method::POST, path.to_owned(), body.finish()).await
    }

    /// Fills in a page's form and sends it; an empty value takes a field away, as a box that is not ticked.
    pub(crate) async fn submit(&mut self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        let mut fields = page.form(action);
        fields.retain(|(name, _)| typed.iter().all(|(other, _)| name != other));
        let typed = typed.iter().filter(|(_, value)| !value.is_empty());
        fields.extend(typed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &fields).await
    }

    async fn go(&mut self, mut method: Method, mut path: String, mut body: String) -> Page {
        for _ in 0..5 {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = Request::builder()
                .method(method.clone())
                .uri(&path)
                .header("accept", "text/html")
                .header("accept-language", self.language)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("cookie", cookies.join("; "));
            let request = request.body(Body::from(body.clone())).unwrap();
            let answer = self.router.clone().oneshot(request).await.unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let (name, value) =
                    cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(next) = answer.headers().get("location") else {
                let status = answer.status();
                let text = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
                return Page { status, text: String::from_utf8_lossy(&text).into_owned() };
            };
            (method, path, body) = (Method::GET, next.to_str().unwrap().to_owned(), String::new());
        }
        panic!("redirected for ever, last to {path}");
    }
}
