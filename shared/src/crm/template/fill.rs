//! Puts values where their names stand: percent-encoded in a path, plain in a header, typed in JSON. A member or a field
//! whose whole value a call does not have is left out, and so is an object of which nothing is left.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::text::{Form, Named, Part, SECRET, Text};
use super::values::{Values, number, written};
use crate::crm::CrmError;
use crate::model::delivery::AttemptClass::Refused;
use crate::model::secret::Secret;

/// What a path's value keeps as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');
const LACKING: &str = "the template puts a value into the path that this call does not have";

/// The path, in which every value is there.
pub(super) fn path(text: &Text, values: &Values) -> Result<String, CrmError> {
    let mut path = String::new();
    for part in text.parts() {
        match part {
            Part::Plain(plain) => path.push_str(plain),
            Part::Named(named) => {
                let value = values
                    .get(&named.name)
                    .map(written)
                    .filter(|value| value.bytes().any(|byte| byte != b'.'));
                let value = value.ok_or(CrmError::answered(0, Refused, LACKING))?;
                path.extend(utf8_percent_encode(&value, SEGMENT));
            }
        }
    }
    Ok(path)
}

/// A text; nothing if it is one value that the call does not have.
pub(super) fn text(text: &Text, values: &Values, secret: Option<&Secret>) -> Option<String> {
    let value = |named: &Named| match secret.filter(|_| named.name == SECRET) {
        Some(secret) => Some(secret.reveal().to_owned()),
        None => values.get(&named.name).map(written),
    };
    if let Some(named) = text.lone() {
        return value(named);
    }
    let part = |part: &Part| match part {
        Part::Plain(plain) => plain.clone(),
        Part::Named(named) => value(named).unwrap_or_default(),
    };
    Some(text.parts().iter().map(part).collect())
}

/// Fields by name.
pub(super) fn fields(texts: &[(String, Text)], values: &Values) -> Vec<(String, String)> {
    let fill = |(name, one): &(String, Text)| Some((name.clone(), text(one, values, None)?));
    texts.iter().filter_map(fill).collect()
}

/// A body; nothing for a text that is one value that the call does not have.
pub(super) fn json(body: &Value, values: &Values) -> Result<Option<Value>, CrmError> {
    Ok(match body {
        Value::String(body) => {
            let body = Text::parse(body).map_err(|_| CrmError::Settings("the template can't be read"))?;
            match body.lone() {
                Some(named) => values.get(&named.name).map(|value| typed(value, named.form)).transpose()?,
                None => text(&body, values, None).map(Value::String),
            }
        }
        Value::Array(list) => {
            let mut filled = Vec::new();
            for one in list {
                filled.extend(json(one, values)?);
            }
            Some(Value::Array(filled))
        }
        Value::Object(object) => {
            let mut filled = Map::new();
            for (name, one) in object {
                filled.extend(json(one, values)?.map(|one| (name.clone(), one)));
            }
            // What was to hold something that the call does not have.
            (object.is_empty() || !filled.is_empty()).then_some(Value::Object(filled))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(body.clone()),
    })
}

fn typed(value: &Value, form: Form) -> Result<Value, CrmError> {
    match form {
        Form::Own => Ok(value.clone()),
        Form::Number => number(value),
        Form::Text => Ok(Value::String(written(value))),
    }
}
