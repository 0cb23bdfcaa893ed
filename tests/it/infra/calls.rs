//! Which operations of AWS a function can reach, read off the source: who calls whom, by name, from a function's
//! entrance down to the SDK. Coarse, but it errs by finding too much, and then the comparison says so.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use super::at;

/// Operations of the SDK as methods of its clients, and the action each needs.
const OPERATIONS: [(&str, &str); 16] = [
    ("batch_get_item", "dynamodb:BatchGetItem"),
    ("batch_write_item", "dynamodb:BatchWriteItem"),
    ("delete_item", "dynamodb:DeleteItem"),
    ("get_item", "dynamodb:GetItem"),
    ("put_item", "dynamodb:PutItem"),
    ("query", "dynamodb:Query"),
    ("scan", "dynamodb:Scan"),
    ("transact_get_items", "dynamodb:GetItem"),
    ("transact_write_items", "dynamodb:UpdateItem"),
    ("update_item", "dynamodb:UpdateItem"),
    ("change_message_visibility", "sqs:ChangeMessageVisibility"),
    ("delete_message", "sqs:DeleteMessage"),
    ("delete_message_batch", "sqs:DeleteMessage"),
    ("receive_message", "sqs:ReceiveMessage"),
    ("send_message", "sqs:SendMessage"),
    ("publish", "sns:Publish"),
];

/// An action and what it is done to: `table`, `index/…`, `queue` or `topic`.
pub(super) type Action = (String, String);

/// A function of the source.
struct Function {
    /// The directory below `shared/src`, such as `flow`.
    area: String,
    file: String,
    /// The file's module, such as `settle`.
    module: String,
    name: String,
    body: String,
}

/// The source of the crate.
pub(super) struct Source {
    functions: Vec<Function>,
}

impl Source {
    pub(super) fn read() -> Self {
        let mut functions = Vec::new();
        let root = at("shared/src");
        for file in files(&root) {
            let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let stem = path.trim_end_matches(".rs").trim_end_matches("/mod");
            let module = stem.rsplit('/').next().unwrap().to_owned();
            let area = stem.split('/').next().unwrap().to_owned();
            let text = without_comments(&std::fs::read_to_string(&file).unwrap());
            for (name, body) in bodies(&text) {
                let (area, module) = (area.clone(), module.clone());
                functions.push(Function { area, file: path.clone(), module, name, body });
            }
        }
        Self { functions }
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
        let call =
            Regex::new(r"(?:(\w+)(::|\.))?(?-u:\b)([a-z]\w*)\((&[\w.]*(?-u:\b)store(?-u:\b))?").unwrap();
        let mut found = Vec::new();
        for call in call.captures_iter(&caller.body) {
            let (before, link) =
                (call.get(1).map_or("", |m| m.as_str()), call.get(2).map_or("", |m| m.as_str()));
            let (name, to_store) = (&call[3], call.get(4).is_some());
            let is_it = |callee: &Function| match (link, before) {
                // A path through `self`, `super` or a type stays near; one through a module names it.
                ("::", "Self" | "self" | "super") | (".", "self") => callee.area == caller.area,
                ("::", module) if module.starts_with(char::is_lowercase) => callee.module == module,
                (".", "store") => callee.area == "storage",
                (".", "queue") => callee.area == "queue",
                (".", "operator") => callee.area == "notify",
                // `item.save(&deps.store)`
                (".", _) if to_store => callee.area == "storage",
                // Methods of the flows' own helpers, and associated functions.
                ("." | "::", _) => ["flow", "http"].contains(&callee.area.as_str()),
                // Bare: of this file, or imported from nearby.
                _ => callee.file == caller.file || (callee.area == caller.area && callee.area != "storage"),
            };
            found.extend(
                (0..self.functions.len())
                    .filter(|i| self.functions[*i].name == name && is_it(&self.functions[*i])),
            );
        }
        found
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

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Names and bodies, with chains of methods drawn together. Braces within strings come in pairs (format strings).
fn bodies(text: &str) -> Vec<(String, String)> {
    let head = Regex::new(r"(?-u:\b)fn (\w+)").unwrap();
    let chain = Regex::new(r"\s*\.\s*(?:await\??\s*)?").unwrap();
    let mut found = Vec::new();
    for head in head.captures_iter(text) {
        let rest = &text[head.get(0).unwrap().end()..];
        // A declaration of a trait ends before any body.
        let Some(open) = rest.find(['{', ';']).filter(|at| rest[*at..].starts_with('{')) else { continue };
        let mut depth = 0;
        let end = rest[open..].char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        });
        let body = &rest[open..=open + end.unwrap()];
        found.push((head[1].to_owned(), chain.replace_all(body, ".").into_owned()));
    }
    found
}
