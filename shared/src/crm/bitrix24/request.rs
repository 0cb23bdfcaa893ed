//! Requests to a portal's REST interface: one method, or several in one batch, which costs the portal's budget of two
//! a second once.

use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;

use super::answer::{self, Failure};
use super::wire::ENDPOINT;
use crate::clock::Timestamp;
use crate::crm::{Access, CrmError, ask};
use crate::http_client::CrmClient;
use crate::model::secret::Secret;

/// One method with its parameters.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) params: Value,
}

/// A portal that can be asked.
pub(super) struct Portal<'a> {
    client: &'a CrmClient,
    base: Url,
    token: &'a Secret,
    at: Timestamp,
}

/// What each command of a batch came to, in their order; the ones behind a failed one are not there.
pub(super) type Results = Vec<(&'static str, Result<Value, Failure>)>;

impl<'a> Portal<'a> {
    /// By the address and the token that the consent gave.
    pub(super) fn open(client: &'a CrmClient, access: Access<'a>, at: Timestamp) -> Result<Self, CrmError> {
        let grant = access.grant.ok_or(CrmError::NoConsent)?;
        let base = grant.fact(ENDPOINT).and_then(|text| Url::parse(text).ok()).ok_or(CrmError::NoConsent)?;
        Ok(Self { client, base, token: &grant.access, at })
    }

    /// Asks one method.
    pub(super) async fn call(&self, method: &str, params: Value) -> Result<Value, Failure> {
        let reply = self.post(method, params).await?;
        answer::result(&reply, self.at)
    }

    /// The same, with the number of the next page.
    pub(super) async fn page(&self, method: &str, params: Value) -> Result<(Value, Option<u64>), Failure> {
        let reply = self.post(method, params).await?;
        let result = answer::result(&reply, self.at)?;
        let next = reply.json::<Value>()?.get("next").and_then(Value::as_u64);
        Ok((result, next))
    }

    async fn post(&self, method: &str, params: Value) -> Result<crate::crm::Reply, CrmError> {
        let url = self.base.join(method).map_err(|_| CrmError::NoConsent)?;
        let mut body = if let Value::Object(fields) = params { fields } else { Map::new() };
        body.insert("auth".to_owned(), json!(self.token.reveal()));
        ask(self.client.request(Method::POST, &url)?.json(&body), self.at).await
    }

    /// Asks several methods in order. With `halt` a failure ends it.
    pub(super) async fn batch(&self, commands: Vec<Command>, halt: bool) -> Result<Results, CrmError> {
        let mut lines = Map::new();
        // Bitrix24 goes by the order of the text, and a map's text goes by its keys.
        let keys: Vec<_> = (0..commands.len()).map(|place| format!("c{place}")).collect();
        for (key, command) in keys.iter().zip(&commands) {
            let mut query = form_urlencoded::Serializer::new(String::new());
            flatten(&mut query, None, &command.params);
            lines.insert(key.clone(), json!(format!("{}?{}", command.method, query.finish())));
        }
        let answer = self.call("batch", json!({ "halt": u8::from(halt), "cmd": lines })).await?;
        let (done, failed) = (answer.get("result"), answer.get("result_error"));
        // What nothing is said of was not reached.
        let results: Results = commands
            .iter()
            .zip(&keys)
            .filter_map(|(Command { name, .. }, key)| {
                let error = failed.and_then(|all| all.get(key)).filter(|error| error.is_object());
                let outcome = match error {
                    Some(error) => Err(answer::failure(200, error, None, self.at)),
                    None => Ok(done?.get(key)?.clone()),
                };
                Some((*name, outcome))
            })
            .collect();
        if results.is_empty() { Err(CrmError::Unreadable { status: 200 }) } else { Ok(results) }
    }
}

/// Parameters as PHP reads them from a query: `a[b][0]=c`.
fn flatten(query: &mut form_urlencoded::Serializer<'_, String>, key: Option<&str>, value: &Value) {
    let inner = |name: &str| key.map_or_else(|| name.to_owned(), |key| format!("{key}[{name}]"));
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| flatten(query, Some(&inner(name)), value));
        }
        Value::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered.for_each(|(index, value)| flatten(query, Some(&inner(&index.to_string())), value));
        }
        Value::Null => {}
        Value::String(text) => {
            query.append_pair(key.unwrap_or_default(), text);
        }
        Value::Bool(_) | Value::Number(_) => {
            query.append_pair(key.unwrap_or_default(), &value.to_string());
        }
    }
}
