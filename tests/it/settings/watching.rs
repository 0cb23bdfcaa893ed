//! Who asks from where, what lies in the table, and what the operator was told.

use std::sync::Mutex;

use axum::body::Body;
use http::{Method, Request};
use ringbridge::alert::{Alert, Operator};
use ringbridge::model::source::Source;
use serde_json::Value;
use simulators::aws::TABLE;

use super::world::{Answer, SettingsWorld};

/// The operator, who remembers what they are told.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<&'static str>>);

#[async_trait::async_trait]
impl Operator for Told {
    async fn tell(&self, alert: &Alert) {
        self.0.lock().unwrap().push(alert.kind.as_str());
    }
}

impl SettingsWorld {
    /// A request from an address, with a key.
    pub(crate) async fn from(
        &self,
        address: &str,
        key: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json");
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        request.extensions_mut().insert(Source::parse(address).expect("an address"));
        self.send(request).await
    }

    /// The attributes of the table's items whose partition begins so.
    pub(crate) async fn stored(&self, prefix: &str) -> Vec<String> {
        let all = self.dynamodb.scan().table_name(TABLE).send().await.expect("the store answers");
        let items = all.items.unwrap_or_default().into_iter();
        let items = items.filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with(prefix)));
        items.map(|item| format!("{item:?}")).collect()
    }

    /// How many items the table holds.
    pub(crate) async fn items(&self) -> usize {
        let all = self.dynamodb.scan().table_name(TABLE).send().await.expect("the store answers");
        all.items.unwrap_or_default().len()
    }

    /// The notices that stand, by id.
    pub(crate) async fn notices(&self) -> Vec<String> {
        let notices = self.get("/api/v1/notices").await.1;
        let items = notices["items"].as_array().expect("a list").iter();
        let mut keys: Vec<_> = items.map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
        keys.sort();
        keys
    }

    /// The kinds of alerts that the operator got, and forgets them.
    pub(crate) fn told(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.told.0.lock().unwrap())
    }
}
