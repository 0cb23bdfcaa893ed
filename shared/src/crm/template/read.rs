//! Reads a template, and says everything that is wrong with it by its path. What passes can't leave the CRM's host, can't
//! break out of a header, and ends: no request needs what it makes itself (docs/templates.md §2, §5).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::{Answers, Lookup, Make, People, Template};
use super::request_reader::Names;
use super::text::{CONTACT, RECORD};
use crate::model::delivery::AttemptClass;

/// The longest template, in bytes of JSON.
pub(super) const LONGEST: usize = 16 * 1024;

/// A path below the template, and what is wrong there.
pub(super) type Problem = (String, String);

const ROOT: &[&str] = &[
    "name",
    "headers",
    "words",
    "answers",
    "once",
    "contact",
    "make_contact",
    "look",
    "create",
    "update",
    "remove",
    "users",
    "check",
];
const CLASSES: &[(&str, AttemptClass)] = &[
    ("transient", AttemptClass::Transient),
    ("perhaps", AttemptClass::PerhapsDelivered),
    ("throttled", AttemptClass::Throttled),
    ("refused", AttemptClass::Refused),
    ("unauthorised", AttemptClass::Unauthorised),
    ("unpaid", AttemptClass::Unpaid),
];
const OUTCOMES: &[&str] =
    &["answered", "no_answer", "busy", "cancelled", "failed", "unavailable", "missed", "*"];

/// Collects what is wrong.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
}

/// Reads the text of a setting.
pub(super) fn read(text: &str) -> Result<Template, Vec<Problem>> {
    let here = |message: &str| vec![(String::new(), message.to_owned())];
    if text.len() > LONGEST {
        return Err(here("the template is longer than 16 KiB"));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| here("the template is not JSON"))?;
    let mut reader = Reader::default();
    let template = reader.template(&value);
    match template {
        Some(template) if reader.problems.is_empty() => Ok(template),
        Some(_) | None => Err(reader.problems),
    }
}

impl Reader {
    pub(super) fn wrong(&mut self, path: &str, message: impl Into<String>) {
        self.problems.push((path.to_owned(), message.into()));
    }

    /// An object of which these members are known.
    pub(super) fn object<'a>(
        &mut self,
        value: &'a Value,
        path: &str,
        known: &[&str],
    ) -> Option<&'a Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.wrong(path, "this must be an object");
            return None;
        };
        for name in object.keys().filter(|name| !known.is_empty() && !known.contains(&name.as_str())) {
            self.wrong(
                &below(path, name),
                format!("there is no such member; there are: {}", known.join(", ")),
            );
        }
        Some(object)
    }

    /// A pointer into an answer, such as `/data/id`.
    pub(super) fn pointer(&mut self, value: Option<&Value>, path: &str) -> String {
        match value.and_then(Value::as_str) {
            Some(pointer) if (pointer.is_empty() || pointer.starts_with('/')) && pointer.len() <= 200 => {
                return pointer.to_owned();
            }
            Some(_) | None => self.wrong(path, "say where it stands in the answer, such as /data/id"),
        }
        String::new()
    }

    fn template(&mut self, value: &Value) -> Option<Template> {
        let root = self.object(value, "", ROOT)?;
        let call = Names::of_the_call();
        let with_contact =
            if root.contains_key("contact") { call.clone().and(CONTACT) } else { call.clone() };
        let made = with_contact.clone().and(RECORD);
        let headers = root.get("headers").map(|headers| self.headers(headers, "headers", &call));
        let contact = root.get("contact").and_then(|one| self.lookup(one, "contact", &call, &["required"]));
        let contact_required =
            root.get("contact").and_then(|one| one.get("required")) == Some(&Value::Bool(true));
        let make_contact = root.get("make_contact").and_then(|one| self.make(one, "make_contact", &call));
        if root.contains_key("make_contact") && contact.is_none() {
            self.wrong("make_contact", "it needs `contact`, which finds what was made before");
        }
        let look = root.get("look").and_then(|one| self.lookup(one, "look", &with_contact, &[]));
        let Some(given) = root.get("create") else {
            self.wrong("create", "this must be given");
            return None;
        };
        let create = self.make(given, "create", &with_contact);
        self.once(root, given);
        let update = root.get("update").and_then(|one| self.request(one, "update", &made, &[]));
        let remove = root.get("remove").and_then(|one| self.request(one, "remove", &made, &[]));
        let users = root.get("users").and_then(|one| self.people(one));
        let check = root.get("check").and_then(|one| self.request(one, "check", &Names::none(), &[]));
        let answers = root.get("answers").map(|one| self.answers(one)).unwrap_or_default();
        let words = root.get("words").map(|one| self.words(one)).unwrap_or_default();
        Some(Template {
            headers: headers.unwrap_or_default(),
            words,
            answers,
            contact,
            contact_required,
            make_contact,
            look,
            create: create?,
            update,
            remove,
            users,
            check,
        })
    }

    /// How a record is kept from being made twice: by a key that the CRM knows, or by looking.
    fn once(&mut self, root: &Map<String, Value>, create: &Value) {
        let Some(once) = root.get("once") else {
            if !root.contains_key("look") {
                let how = "say how a repeat is known: `once` with the header or field of a key, or `look`";
                self.wrong("once", how);
            }
            return;
        };
        let Some(object) = self.object(once, "once", &["header", "field"]) else { return };
        let is_key = |value: Option<&Value>| value.and_then(Value::as_str) == Some("{record_id}");
        let named =
            match (object.get("header").and_then(Value::as_str), object.get("field").and_then(Value::as_str))
            {
                (Some(header), None) => {
                    is_key(create.pointer("/headers").and_then(|headers| headers.get(header)))
                }
                (None, Some(field)) => is_key(create.pointer(&format!("/body{field}"))),
                (Some(_), Some(_)) | (None, None) => {
                    return self.wrong("once", "give one of them: header, or field");
                }
            };
        if !named {
            self.wrong("once", "what it names must be \"{record_id}\" in `create`");
        }
    }

    fn lookup(&mut self, value: &Value, path: &str, names: &Names, more: &[&str]) -> Option<Lookup> {
        let own = [&["in", "id", "has", "newest"], more].concat();
        let request = self.request(value, path, names, &own);
        let at = |name: &str| below(path, name);
        let list = self.pointer(value.get("in"), &at("in"));
        let id = self.pointer(value.get("id"), &at("id"));
        let newest = value.get("newest").map(|newest| self.pointer(Some(newest), &at("newest")));
        let has = value.get("has").map(|has| self.texts(has, &at("has"), names)).unwrap_or_default();
        for (pointer, _) in &has {
            self.pointer(Some(&Value::String(pointer.clone())), &below(&at("has"), pointer));
        }
        Some(Lookup { request: request?, list, id, has, newest })
    }

    fn make(&mut self, value: &Value, path: &str, names: &Names) -> Option<Make> {
        let request = self.request(value, path, names, &["id"]);
        let id = self.pointer(value.get("id"), &below(path, "id"));
        Some(Make { request: request?, id })
    }

    fn people(&mut self, value: &Value) -> Option<People> {
        let request =
            self.request(value, "users", &Names::none(), &["in", "id", "name", "email", "extension"]);
        let list = self.pointer(value.get("in"), "users.in");
        let id = self.pointer(value.get("id"), "users.id");
        let name = match value.get("name") {
            Some(Value::Array(parts)) => {
                parts.iter().map(|part| self.pointer(Some(part), "users.name")).collect()
            }
            one => vec![self.pointer(one, "users.name")],
        };
        let email = value.get("email").map(|email| self.pointer(Some(email), "users.email"));
        let extension = value.get("extension").map(|one| self.pointer(Some(one), "users.extension"));
        Some(People { request: request?, list, id, name, email, extension })
    }

    fn answers(&mut self, value: &Value) -> Answers {
        let mut answers = Answers::default();
        let Some(object) = self.object(value, "answers", &["statuses", "code", "codes"]) else {
            return answers;
        };
        if let Some(codes) = object.get("code") {
            let list = codes.as_array().cloned().unwrap_or_else(|| vec![codes.clone()]);
            answers.code = list.iter().map(|one| self.pointer(Some(one), "answers.code")).collect();
        }
        for (name, class) in self.classes(object.get("statuses"), "answers.statuses") {
            match name.parse().ok().filter(|status| (300..600).contains(status)) {
                Some(status) => drop(answers.statuses.insert(status, class)),
                None => {
                    self.wrong(&below("answers.statuses", &name), "this must be a status from 300 to 599");
                }
            }
        }
        answers.codes = self.classes(object.get("codes"), "answers.codes").into_iter().collect();
        answers
    }

    fn classes(&mut self, value: Option<&Value>, path: &str) -> Vec<(String, AttemptClass)> {
        let Some(object) = value.and_then(|value| self.object(value, path, &[])) else { return Vec::new() };
        let mut classes = Vec::new();
        for (name, class) in object {
            if let Some((_, class)) = CLASSES.iter().find(|(known, _)| class.as_str() == Some(known)) {
                classes.push((name.clone(), *class));
            } else {
                let known: Vec<_> = CLASSES.iter().map(|(known, _)| *known).collect();
                self.wrong(&below(path, name), format!("this must be one of {}", known.join(", ")));
            }
        }
        classes
    }

    fn words(&mut self, value: &Value) -> BTreeMap<String, BTreeMap<String, Value>> {
        let mut words = BTreeMap::new();
        let known: [(&str, &[&str]); 3] = [
            ("outcome", OUTCOMES),
            ("direction", &["inbound", "outbound"]),
            ("call_type", &["inbound", "outbound", "missed"]),
        ];
        let names = known.map(|(name, _)| name);
        let Some(object) = self.object(value, "words", &names) else { return words };
        for (name, ours) in known {
            let Some(given) = object.get(name) else { continue };
            let path = below("words", name);
            let Some(table) = self.object(given, &path, ours) else { continue };
            for (word, theirs) in table.iter().filter(|(_, theirs)| theirs.is_object() || theirs.is_array()) {
                self.wrong(&below(&path, word), format!("this must be a word, not {theirs}"));
            }
            words.insert(name.to_owned(), table.clone().into_iter().collect());
        }
        words
    }
}

/// A path and the name of a member below it.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
