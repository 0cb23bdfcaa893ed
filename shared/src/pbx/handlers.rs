//! Event handlers of an extension or a queue agent: list, add one, remove one by its id (docs/pbx.md §4.1, §5.1). There is
//! no update, and no way to remove all.

use serde::Serialize;

use super::answer::{list, object};
use super::error::PbxError;
use super::session::Session;
use super::wire;
use crate::model::emitter::Emitter;
use crate::model::extension::SubscribedKind;
use crate::model::handler::{Handler, Handlers, Method};
use crate::model::ids::HandlerId;
use crate::model::secret::Secret;

#[derive(Serialize)]
struct NewHandler<'a> {
    url: &'a str,
    event_type: &'a str,
    method: &'a str,
}

impl Session {
    /// All handlers of an extension or an agent, everybody's.
    pub async fn handlers(&self, of: impl Into<Emitter> + Send) -> Result<Handlers, PbxError> {
        let values = list(self.get(&collection(of.into()), &[]).await?)?;
        let (items, unreadable) = wire::items(values, |item| handler(&item));
        Ok(Handlers { items, unreadable })
    }

    /// Adds a handler and gives its id.
    pub async fn add_handler(
        &self,
        to: impl Into<Emitter> + Send,
        kind: SubscribedKind,
        url: &Secret,
    ) -> Result<HandlerId, PbxError> {
        let body = NewHandler { url: url.reveal(), event_type: kind.as_str(), method: "POST" };
        let value = self.post(&collection(to.into()), &body).await?;
        object(value, |event: wire::Event| event.id.number().and_then(HandlerId::new))
    }

    /// Removes a handler; `false` when it was gone already.
    pub async fn remove_handler(
        &self,
        of: impl Into<Emitter> + Send,
        handler: HandlerId,
    ) -> Result<bool, PbxError> {
        match self.delete(of.into(), handler).await {
            Ok(()) => Ok(true),
            Err(PbxError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Where an extension's or an agent's handlers are.
pub(super) fn collection(of: Emitter) -> String {
    match of {
        Emitter::Extension(extension) => format!("extension/{extension}/event/"),
        Emitter::Agent(agent) => format!("client/@me/agent/{}/{}/event/", agent.kind.as_str(), agent.id),
    }
}

fn handler(event: &wire::Event) -> Option<Handler> {
    Some(Handler {
        id: event.id.number().and_then(HandlerId::new)?,
        url: Secret::new(event.url.text().unwrap_or_default()),
        kind: event.event_type.text().and_then(|text| {
            SubscribedKind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
        }),
        method: match event.method.text().map(str::to_ascii_uppercase).as_deref() {
            Some("POST") => Method::Post,
            Some("GET") => Method::Get,
            _ => Method::Other,
        },
    })
}
