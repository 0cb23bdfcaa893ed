//! One letter, sent by each channel that was chosen and has not taken it yet.

use url::Url;

use super::words;
use crate::crm::CrmError;
use crate::crm::webhook::Posted;
use crate::error::chain;
use crate::flow::deps::SettingsDeps;
use crate::model::ids::ConnectionId;
use crate::model::notice::Notice;
use crate::model::notify::{Channels, EmailAddress, Letter, field};
use crate::model::secret::Secret;
use crate::post::{Mail, PostError};
use crate::seal::Unsealable;
use crate::telemetry::field as log;
use crate::text::Language;

/// Why a channel did not take a letter; the texts are for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// This installation has no mail server.
    #[error("this installation sends no e-mail; ask its operator, or give a webhook")]
    NoPostman,
    /// The mail server did not take it.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The webhook's address did not answer, or can't be asked.
    #[error("the webhook's address did not answer as it should: {0}")]
    Hook(String, #[source] CrmError),
    /// It takes too long.
    #[error("it takes too long")]
    Slow,
    /// What is stored can't be opened.
    #[error(transparent)]
    Unsealable(#[from] Unsealable),
}

impl NotSent {
    fn of_hook(error: CrmError) -> Self {
        let what = match &error {
            CrmError::NotReached(_) => "it can't be reached".to_owned(),
            CrmError::NoAnswer(_) => "it did not answer in time, or broke off".to_owned(),
            CrmError::PrivateAddress => "it belongs to a private network".to_owned(),
            CrmError::Settings(problem) => (*problem).to_owned(),
            CrmError::Status { status, .. }
            | CrmError::Answered { status, .. }
            | CrmError::Unreadable { status } => format!("it answered {status}"),
            CrmError::TokenEnded | CrmError::NoConsent => error.to_string(),
        };
        Self::Hook(what, error)
    }
}

/// What is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// The letter's id.
    pub(super) id: &'a str,
    /// `notice.raised`, `notice.digest` or `notice.test`.
    pub(super) kind: &'static str,
    /// Of what.
    pub(super) notices: &'a [&'a Notice],
    /// How many more there are.
    pub(super) more: usize,
}

/// A connection's channels, opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) email: Option<Result<Vec<EmailAddress>, Unsealable>>,
    pub(super) webhook: Option<Result<(Url, Secret), Unsealable>>,
    pub(super) language: Language,
}

impl Opened {
    /// Opens them.
    pub(super) fn of(deps: &SettingsDeps, id: ConnectionId, channels: &Channels) -> Self {
        let open = |name, sealed| deps.sealer.open(id, name, sealed);
        let email = channels.email.as_ref().map(|sealed| {
            let list = open(field::EMAIL, sealed)?;
            serde_json::from_str(list.reveal()).map_err(|_| Unsealable)
        });
        let webhook = channels.webhook.as_ref().map(|hook| {
            let url = Url::parse(open(field::URL, &hook.url)?.reveal()).map_err(|_| Unsealable)?;
            Ok((url, open(field::SECRET, &hook.secret)?))
        });
        Self { email, webhook, language: channels.language }
    }

    /// Sends a letter to whoever lacks it; the letter with what was done. One of which no notice stands any more is done.
    pub(super) async fn letter(
        &self,
        deps: &SettingsDeps,
        id: ConnectionId,
        letter: &Letter,
        notices: &[&Notice],
    ) -> Letter {
        if notices.is_empty() {
            return Letter { mailed: true, posted: true, ..letter.clone() };
        }
        let told = Told { id: &letter.id, kind: words::kind(letter.kind), notices, more: letter.more };
        let mail =
            async { if letter.mailed { Ok(()) } else { self.mail(deps, told).await.unwrap_or(Ok(())) } };
        let post =
            async { if letter.posted { Ok(()) } else { self.post(deps, id, told).await.unwrap_or(Ok(())) } };
        let (mailed, posted) = futures_util::future::join(mail, post).await;
        for (channel, done) in [("email", &mailed), ("webhook", &posted)] {
            if let Err(error) = done {
                tracing::warn!(
                    { log::CONNECTION } = %id,
                    { log::CHANNEL } = channel,
                    { log::ERROR } = chain(error),
                    "nobody told of a notice yet"
                );
            }
        }
        Letter { mailed: mailed.is_ok(), posted: posted.is_ok(), ..letter.clone() }
    }

    /// By e-mail, if that was chosen.
    pub(super) async fn mail(&self, deps: &SettingsDeps, told: Told<'_>) -> Option<Result<(), NotSent>> {
        let to = match self.email.as_ref()? {
            Ok(to) => to,
            Err(error) => return Some(Err(NotSent::Unsealable(error.clone()))),
        };
        let Some(postman) = &deps.postman else { return Some(Err(NotSent::NoPostman)) };
        let subject = words::subject(self.language, told);
        let body = words::body(self.language, told, &words::page(&deps.public_url));
        let mail = Mail { id: told.id, to, subject: &subject, body: &body, at: deps.clock.now() };
        Some(postman.send(&mail).await.map_err(NotSent::from))
    }

    /// By webhook, if that was chosen.
    pub(super) async fn post(
        &self,
        deps: &SettingsDeps,
        id: ConnectionId,
        told: Told<'_>,
    ) -> Option<Result<(), NotSent>> {
        let (url, secret) = match self.webhook.as_ref()? {
            Ok(hook) => hook,
            Err(error) => return Some(Err(NotSent::Unsealable(error.clone()))),
        };
        let at = deps.clock.now();
        let body = words::json(self.language, id, told, &words::page(&deps.public_url), at);
        let posted = Posted { id: told.id, at, body };
        let done = match deps.connectors.poster() {
            Ok(poster) => poster.post(url, [secret].into_iter(), posted).await.map(drop),
            Err(error) => Err(error),
        };
        Some(done.map_err(NotSent::of_hook))
    }
}
