//! People by the names that the CRM has for them; by their ids where it has none, or does not answer at once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::signed::Signed;
use crate::flow::connection::crm_check;
use crate::http::api::SettingsApi;
use crate::model::ids::CrmUserId;

/// A page is not kept waiting for names.
const PATIENCE: Duration = Duration::from_secs(3);

/// Names by id.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Those of a connection's CRM.
    pub(super) async fn load(api: &SettingsApi, signed: &Signed) -> Self {
        let connection = &signed.connection.value;
        if signed.polls || connection.pause.is_some() || connection.breaker.is_some() {
            return Self::default();
        }
        let asked = Box::pin(crm_check::users(&api.settings, connection));
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(Ok(users))) => {
                Self(users.into_iter().map(|user| (user.id.as_str().to_owned(), user.name)).collect())
            }
            Ok(Ok(Err(_)) | Err(_)) | Err(_) => Self::default(),
        }
    }

    /// A person's name, or their id.
    pub(super) fn of<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, String::as_str)
    }

    /// The same of whoever answers for something, if anybody does.
    pub(super) fn maybe<'a>(&'a self, id: Option<&'a CrmUserId>, nobody: &'a str) -> &'a str {
        id.map_or(nobody, |id| self.of(id.as_str()))
    }

    /// All of them, by id.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(id, name)| (id.as_str(), name.as_str()))
    }
}
