//! The CRM in the settings: what its kind asks for is read and checked from a body.

use serde_json::Value;

use super::Form;
use crate::crm::{Connectors, FieldKind};
use crate::http_client::{Targets, check_target};
use crate::model::crm_target::OpenCrmTarget;
use crate::model::secret::Secret;

/// The longest secret and address that are looked at.
const MAX_TEXT: usize = 2048;

/// What stands beside the settings of a kind: its name, and that the secret before a new one is void at once.
const BESIDE_THE_FIELDS: [&str; 2] = ["kind", "revoke_former"];

/// Reads `crm`: its kind says which other fields there must be.
pub(in crate::http) fn read(
    form: &mut Form,
    connectors: &Connectors,
    targets: Targets,
) -> Option<OpenCrmTarget> {
    let kind = form.text("crm.kind", MAX_TEXT)?;
    let Ok(connector) = connectors.of(&kind) else {
        let kinds: Vec<_> = connectors.about().map(|about| format!("`{}`", about.kind)).collect();
        form.wrong("crm.kind", format!("there is no such kind of CRM; give {}", kinds.join(", ")));
        return None;
    };
    let about = connector.about();
    let mut target = OpenCrmTarget::new(about.kind, []);
    let mut complete = true;
    for field in about.fields {
        let path = format!("crm.{}", field.name);
        if field.optional && form.get(&path).is_none() {
            continue;
        }
        let value = match field.kind {
            FieldKind::Text | FieldKind::Secret => form.text(&path, MAX_TEXT),
            FieldKind::Address => form.text(&path, MAX_TEXT).and_then(|value| {
                let checked = check_target(&value, targets).map(String::from);
                checked.map_err(|problem| form.wrong(path.as_str(), problem.to_string())).ok()
            }),
            FieldKind::Document => document(form, &path),
        };
        if let (FieldKind::Document, Some(text)) = (field.kind, &value) {
            for (below, problem) in connector.check_document(field.name, text) {
                let place = if below.is_empty() { path.clone() } else { format!("{path}.{below}") };
                form.wrong(place, problem);
            }
        }
        match value {
            Some(value) => drop(target.fields.insert(field.name.to_owned(), Secret::new(value))),
            None => complete = false,
        }
    }
    let unknown = form
        .names("crm")
        .into_iter()
        .filter(|name| !BESIDE_THE_FIELDS.contains(&name.as_str()) && about.field(name).is_none());
    for name in unknown.collect::<Vec<_>>() {
        form.wrong(format!("crm.{name}"), "this kind of CRM has no such setting");
    }
    for (name, problem) in connector.check_fields(&mut target) {
        form.wrong(format!("crm.{name}"), problem);
    }
    complete.then_some(target)
}

/// A document: an object, or the text of one, since forms and languages with one type of settings have texts alone.
fn document(form: &mut Form, path: &str) -> Option<String> {
    let given = form.get(path).cloned();
    let value = match &given {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        Some(_) | None => given.clone(),
    };
    if let Some(object @ Value::Object(_)) = value {
        return Some(object.to_string());
    }
    let message = match given {
        Some(_) => "this must be a JSON object, or the text of one",
        None => "this must be given",
    };
    form.wrong(path, message);
    None
}
