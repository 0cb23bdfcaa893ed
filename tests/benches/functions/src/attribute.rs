//! DynamoDB's values as they stand on the wire, made into the SDK's.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A key, an item, or the values of an expression; `None` for what is none.
pub(crate) fn map(value: &Value) -> Option<HashMap<String, AttributeValue>> {
    value.as_object()?.iter().map(|(name, value)| Some((name.clone(), attribute(value)?))).collect()
}

/// The names of an expression.
pub(crate) fn texts(value: &Value) -> Option<HashMap<String, String>> {
    value.as_object()?.iter().map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

/// A text.
pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object()?.iter().next()?;
    let list = || value.as_array().into_iter().flatten();
    Some(match kind.as_str() {
        "S" => AttributeValue::S(text(value)?),
        "N" => AttributeValue::N(text(value)?),
        "B" => AttributeValue::B(blob(value)?),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "M" => AttributeValue::M(map(value)?),
        "L" => AttributeValue::L(list().map(attribute).collect::<Option<_>>()?),
        "SS" => AttributeValue::Ss(list().map(text).collect::<Option<_>>()?),
        "NS" => AttributeValue::Ns(list().map(text).collect::<Option<_>>()?),
        "BS" => AttributeValue::Bs(list().map(blob).collect::<Option<_>>()?),
        _ => return None,
    })
}

fn blob(value: &Value) -> Option<Blob> {
    STANDARD.decode(value.as_str()?).ok().map(Blob::new)
}
