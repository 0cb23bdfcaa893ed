//! Who is to be told is chosen: sealed, and read again for the administrator.

use url::Url;

use super::send::Opened;
use crate::flow::deps::SettingsDeps;
use crate::model::ids::ConnectionId;
use crate::model::notify::{Channels, EmailAddress, Hook, Notify, field};
use crate::model::secret::Secret;
use crate::storage::{StoreError, Stored};
use crate::text::Language;

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct NotifyChange {
    /// Who gets e-mail; an empty list: nobody.
    pub email: Option<Vec<EmailAddress>>,
    /// The webhook.
    pub webhook: Option<HookChange>,
    /// Whether there are digests.
    pub digest: Option<bool>,
    /// What they read.
    pub language: Option<Language>,
}

/// What becomes of the webhook.
#[derive(Clone, Debug)]
pub enum HookChange {
    /// There is none any more.
    Removed,
    /// It is this one.
    Set(NewHook),
}

/// A webhook as it is entered.
#[derive(Clone, Debug)]
pub struct NewHook {
    /// Where it is posted.
    pub url: Url,
    /// What signs it; `None`: what signed before.
    pub secret: Option<Secret>,
}

/// Who is told, as an administrator reads it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Who gets e-mail.
    pub email: Vec<EmailAddress>,
    /// Where the webhook is posted.
    pub webhook: Option<Url>,
    /// Whether there are digests.
    pub digest: bool,
    /// What they read.
    pub language: Language,
}

/// Who is told. What no key opens is not shown: it is to be entered again.
pub async fn shown(deps: &SettingsDeps, id: ConnectionId) -> Result<Shown, StoreError> {
    let channels = deps.store.notify(id).await?.value.channels;
    let opened = Opened::of(deps, id, &channels);
    Ok(Shown {
        email: opened.email.and_then(Result::ok).unwrap_or_default(),
        webhook: opened.webhook.and_then(Result::ok).map(|(url, _)| url),
        digest: channels.digest,
        language: channels.language,
    })
}

/// Whether a webhook's secret is stored, so that a change may leave it out.
pub async fn has_secret(deps: &SettingsDeps, id: ConnectionId) -> Result<bool, StoreError> {
    Ok(deps.store.notify(id).await?.value.channels.webhook.is_some())
}

/// The names of what a change would change, for the audit trail.
pub(in crate::flow) fn names(change: &NotifyChange) -> Vec<String> {
    let fields = [
        ("notify.email", change.email.is_some()),
        ("notify.webhook", change.webhook.is_some()),
        ("notify.digest", change.digest.is_some()),
        ("notify.language", change.language.is_some()),
    ];
    fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned()).collect()
}

/// Changes who is told. Letters that are under way go to whoever is told by then.
pub(in crate::flow) async fn change(
    deps: &SettingsDeps,
    id: ConnectionId,
    change: &NotifyChange,
) -> Result<(), StoreError> {
    let seal = |name, value: &Secret| deps.sealer.seal(id, name, value, deps.random.as_ref());
    let stored: Stored<Notify> = deps.store.notify(id).await?;
    let email = match &change.email {
        None => None,
        Some(list) if list.is_empty() => Some(None),
        Some(list) => {
            let list = Secret::new(serde_json::to_string(list).unwrap_or_default());
            Some(Some(seal(field::EMAIL, &list)?))
        }
    };
    let webhook = match &change.webhook {
        None => None,
        Some(HookChange::Removed) => Some(None),
        Some(HookChange::Set(new)) => {
            let secret = new.secret.as_ref().map(|secret| seal(field::SECRET, secret)).transpose()?;
            Some(Some((seal(field::URL, &Secret::new(new.url.as_str()))?, secret)))
        }
    };
    let put = |notify: &mut Notify| {
        let Channels { email: old_email, webhook: old_hook, digest, language } = &mut notify.channels;
        if let Some(email) = &email {
            old_email.clone_from(email);
        }
        match &webhook {
            None => {}
            Some(None) => *old_hook = None,
            Some(Some((url, secret))) => {
                let secret = secret.clone().or_else(|| old_hook.as_ref().map(|hook| hook.secret.clone()));
                *old_hook = secret.map(|secret| Hook { url: url.clone(), secret });
            }
        }
        *digest = change.digest.unwrap_or(*digest);
        *language = change.language.unwrap_or(*language);
    };
    deps.store.update_notify(id, stored, put).await.map(drop)
}
