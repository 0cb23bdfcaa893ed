//! Which operations of AWS a function can reach, read off the source: who calls whom, by name, from a function's
//! entrance down to the SDK. Coarse, but it errs by finding too much, and then the comparison says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

use super::at;

/// Operations of the SDK as methods of its clients, and the action each needs.
const OPERATIONS: [(&str, &str); 22] = [
    ("batch_get_item", "dynamodb:BatchGetItem"),
    ("batch_write_item", "dynamodb:BatchWriteItem"),
    ("delete_item", "dynamodb:DeleteItem"),
    ("get_item", "dynamodb:GetItem"),
    ("put_item", "dynamodb:PutItem"),
    ("query", "dynamodb:Query"),
    ("scan", "dynamodb:Scan"),
    ("transact_get_items", "dynamodb:GetItem"),
    ("transact_write_items", "dynamodb:ConditionCheckItem"),
    ("update_item", "dynamodb:UpdateItem"),
    ("change_message_visibility", "sqs:ChangeMessageVisibility"),
    ("delete_message", "sqs:DeleteMessage"),
    ("delete_message_batch", "sqs:DeleteMessage"),
    ("receive_message", "sqs:ReceiveMessage"),
    ("send_message", "sqs:SendMessage"),
    ("publish", "sns:Publish"),
    ("delete_object", "s3:DeleteObject"),
    ("get_object", "s3:GetObject"),
    ("head_object", "s3:GetObject"),
    // Without it what is not there is answered like what is forbidden.
    ("head_object", "s3:ListBucket"),
    ("put_object", "s3:PutObject"),
    ("send_email", "ses:SendEmail"),
];

/// An action and what it is done to: `table`, `index/…`, `queue`, `topic`, `mail`, `bucket` or its `objects`.
pub(super) type Action = (String, String);

/// A function of the source.
struct Function {
    /// The directory below `shared/src`, such as `flow`.
    area: String,
    file: String,
    /// The file's module, such as `settle`.
    module: String,
    name: String,
    /// Whether it takes `self`.
    is_method: bool,
    body: String,
}

/// The source of the crate.
pub(super) struct Source {
    functions: Vec<Function>,
    /// Texts of the files.
    texts: BTreeMap<String, String>,
}

impl Source {
    pub(super) fn read() -> Self {
        let (mut functions, mut texts) = (Vec::new(), BTreeMap::new());
        let root = at("shared/src");
        for path in files(&root) {
            let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let stem = file.trim_end_matches(".rs").trim_end_matches("/mod");
            let (area, module) = (stem.split('/').next().unwrap(), stem.rsplit('/').next().unwrap());
            let text = code(&std::fs::read_to_string(&path).unwrap());
            for (name, is_method, body) in bodies(&text) {
                let (area, file, module) = (area.to_owned(), file.clone(), module.to_owned());
                functions.push(Function { area, file, module, name, is_method, body });
            }
            texts.insert(file, text);
        }
        Self { functions, texts }
    }

    /// What can be reached from the functions for which `entrance` holds, given file and name.
    pub(super) fn reached(&self, entrance: impl Fn(&str, &str) -> bool) -> BTreeSet<Action> {
        let mut open: Vec<_> = (0..self.functions.len())
            .filter(|i| entrance(&self.functions[*i].file, &self.functions[*i].name))
            .collect();
        assert!(!open.is_empty(), "no entrance");
        let mut seen: BTreeSet<_> = open.iter().copied().collect();
        let mut actions = BTreeSet::new();
        while let Some(index) = open.pop() {
            actions.extend(operations(&self.functions[index].body));
            for next in self.called(&self.functions[index]) {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        actions
    }

    /// All operations of the source, to see that none is out of reach.
    pub(super) fn everything(&self) -> BTreeSet<Action> {
        self.functions.iter().flat_map(|one| operations(&one.body)).collect()
    }

    fn called(&self, caller: &Function) -> Vec<usize> {
        // What stands before the name, the name, and whether the store is the first argument.
        let call =
            r"(?:([A-Za-z0-9_]+)(::|\.))?(?-u:\b)([a-z][a-z0-9_]*)\((&[a-z0-9_.]*(?-u:\b)store(?-u:\b))?";
        let mut found = Vec::new();
        for call in Regex::new(call).unwrap().captures_iter(&caller.body) {
            let part = |index| call.get(index).map_or("", |part| part.as_str());
            let (before, link, name, to_store) = (part(1), part(2), part(3), !part(4).is_empty());
            for (index, callee) in self.functions.iter().enumerate().filter(|(_, one)| one.name == name) {
                let near = callee.area == caller.area;
                let is_it = match (link, before) {
                    ("::", "Self" | "self" | "super") => near,
                    ("::", module) if module.starts_with(char::is_lowercase) => {
                        callee.module == module && !callee.is_method
                    }
                    ("::", kind) => self.matches(&callee.file, r"(?-u:\b)impl(?-u:\b)[^{;]*", kind),
                    (".", _) if !callee.is_method => false,
                    (".", "self") => near,
                    // `deps.store.call(…)`, and `item.save(&deps.store)`.
                    (".", "store") => callee.area == "storage",
                    (".", _) if to_store => callee.area == "storage",
                    (".", "queue") => callee.area == "queue",
                    (".", "bucket") => callee.area == "bucket",
                    (".", "operator") => callee.area == "alert",
                    (".", "postman") => callee.area == "post",
                    // The flows' own helpers. Adapters call the SDK's methods, not each other's.
                    (".", _) => {
                        near && !["storage", "queue", "alert", "bucket", "post"]
                            .contains(&caller.area.as_str())
                    }
                    _ => {
                        let imported =
                            || near && self.matches(&caller.file, r"(?-u:\b)use(?-u:\b)[^;]*", name);
                        !callee.is_method && (callee.file == caller.file || imported())
                    }
                };
                if is_it {
                    found.push(index);
                }
            }
        }
        found
    }

    fn matches(&self, file: &str, before: &str, word: &str) -> bool {
        Regex::new(&format!(r"{before}(?-u:\b){word}(?-u:\b)")).unwrap().is_match(&self.texts[file])
    }
}

fn operations(body: &str) -> Vec<Action> {
    let mut actions = Vec::new();
    for (method, action) in OPERATIONS {
        // Without arguments: the SDK's builders, and nothing else of that name.
        if !body.contains(&format!("client.{method}()")) {
            continue;
        }
        let on = match action.split(':').next().unwrap() {
            "sqs" => "queue",
            "sns" => "topic",
            "s3" if action == "s3:ListBucket" => "bucket",
            "s3" => "objects",
            "ses" => "mail",
            _ if body.contains("index_name(keys::DUE_INDEX)") => "index/due",
            _ if body.contains("index_name(keys::CALLS_INDEX)") => "index/calls",
            _ => "table",
        };
        actions.push((action.to_owned(), on.to_owned()));
    }
    actions
}

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text without comments, strings and characters.
fn code(text: &str) -> String {
    let other = r##"//[^\n]*|r#"(?s:.)*?"#|"(?:\\(?s:.)|[^"\\])*"|'(?:\\.|[^'\\\n])'"##;
    Regex::new(other).unwrap().replace_all(text, "").into_owned()
}

/// Functions: name, whether it takes `self`, and body with chains of methods drawn together.
fn bodies(text: &str) -> Vec<(String, bool, String)> {
    let head = Regex::new(r"(?-u:\b)fn ([a-z0-9_]+)").unwrap();
    let takes_self = Regex::new(r"^(?:<[^(]*>)?\(\s*(?:&\s*)?(?:mut )?self(?-u:\b)").unwrap();
    let chain = Regex::new(r"\s*\.\s*(?:await\??\s*)?").unwrap();
    let mut found = Vec::new();
    for head in head.captures_iter(text) {
        let rest = &text[head.get(0).unwrap().end()..];
        // A declaration of a trait ends before any body.
        let Some(body) = enclosed(rest) else { continue };
        let body = chain.replace_all(body, ".").into_owned();
        found.push((head[1].to_owned(), takes_self.is_match(rest), body));
    }
    found
}

/// What the first braces enclose, unless a semicolon outside of parentheses comes before them.
fn enclosed(text: &str) -> Option<&str> {
    let (mut parentheses, mut braces, mut began) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' if braces == 0 => parentheses += 1,
            ')' | ']' if braces == 0 => parentheses -= 1,
            ';' if braces == 0 && parentheses == 0 => return None,
            '{' => {
                began = if braces == 0 { at } else { began };
                braces += 1;
            }
            '}' if braces == 1 => return Some(&text[began..=at]),
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}
