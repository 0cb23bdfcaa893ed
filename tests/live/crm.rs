//! The CRM that really runs, over its own API: who is in it, filled before the calls and read back after them.

use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use simulators::outside::Failure;

/// Requests side by side.
const WIDTH: usize = 6;

/// A BottleCRM.
#[derive(Clone, Debug)]
pub(crate) struct Crm {
    client: reqwest::Client,
    /// Its address, without `/api`.
    pub(crate) url: String,
    /// The administrator's token.
    pub(crate) token: String,
    /// Who works with it: profile ids and names, the administrator first.
    pub(crate) people: Vec<(String, String)>,
}

/// A contact or a lead, with the calls that stand on it.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// Its id.
    pub(crate) id: String,
    /// `contact` or `lead`.
    pub(crate) kind: &'static str,
    /// Its number in one form.
    pub(crate) number: String,
    /// The calls.
    pub(crate) calls: Vec<Value>,
}

impl Crm {
    /// The one of which a file tells.
    pub(crate) fn of(file: &Path, client: reqwest::Client) -> Result<Self, Failure> {
        let seed: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("the seed file lacks something");
        let people = seed["profiles"].as_array().into_iter().flatten();
        let people =
            people.map(|one| Ok((text(&one["id"])?, text(&one["name"])?))).collect::<Result<_, Failure>>()?;
        Ok(Self { client, url: text(&seed["url"])?, token: text(&seed["token"])?, people })
    }

    /// Makes contacts or leads (`contacts`, `leads`) with these numbers as they are written; gives their ids.
    pub(crate) async fn fill(&self, path: &str, numbers: Vec<String>) -> Result<Vec<String>, Failure> {
        let make = numbers.into_iter().map(async |number| -> Result<String, Failure> {
            let body = json!({ "first_name": "Known", "last_name": "Customer", "phone": number, "title": "Enquiry",
                "status": "assigned" });
            let request = self.client.post(format!("{}/api/{path}/", self.url)).bearer_auth(&self.token);
            let answer: Value = request.json(&body).send().await?.error_for_status()?.json().await?;
            Ok(answer["id"].as_str().ok_or("nothing was made")?.to_owned())
        });
        stream::iter(make).buffered(WIDTH).try_collect().await
    }

    /// Everybody in it with their calls.
    pub(crate) async fn homes(&self) -> Result<Vec<Home>, Failure> {
        let contacts = self.get("contacts/?limit=100000").await?;
        let leads = self.get("leads/?limit=100000").await?;
        let of = |all: &Value, kind: &'static str| -> Vec<(&'static str, Value)> {
            all.as_array().into_iter().flatten().map(|one| (kind, one.clone())).collect()
        };
        let mut all = of(&contacts["results"], "contact");
        all.extend(of(&leads["open_leads"]["open_leads"], "lead"));
        let read = all.into_iter().map(async |(kind, one)| -> Result<Home, Failure> {
            let id = one["id"].as_str().ok_or("a record without an id")?.to_owned();
            let timeline = self.get(&format!("interactions/?{kind}={id}&limit=200")).await?;
            let calls = timeline["interactions"].as_array().cloned().unwrap_or_default();
            let number = one["phone_e164"].as_str().unwrap_or_default().to_owned();
            Ok(Home { id, kind, number, calls })
        });
        stream::iter(read).buffered(WIDTH).try_collect().await
    }

    async fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = self.client.get(format!("{}/api/{path}", self.url)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}
