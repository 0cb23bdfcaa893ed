//! Sessions on the pages: an admin key is shown once, and a cookie stands for it until the session ends, somebody signs
//! out, or the key is revoked.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::flow::deps::SettingsDeps;
use crate::model::connection::Connection;
use crate::model::ids::ConnectionId;
use crate::model::keyring::{KeyId, StoredKey};
use crate::model::secret::{Digest, Secret};
use crate::storage::{Session, StoreError, Stored};

/// A working day and the evening after it.
pub const LIFETIME: Duration = Duration::from_hours(12);

/// Characters of a cookie: 256 random bits.
const COOKIE_LEN: usize = 43;

/// Begins a session with a key that was shown; what comes back is the browser's cookie.
pub async fn begin(deps: &SettingsDeps, connection: ConnectionId, key: KeyId) -> Result<Secret, StoreError> {
    let mut bytes = [0; 32];
    deps.random.fill(&mut bytes);
    let cookie = Secret::new(URL_SAFE_NO_PAD.encode(bytes));
    let session = Session { connection, key, expires_at: deps.clock.now() + LIFETIME };
    deps.store.begin_session(&digest(cookie.reveal()), &session).await?;
    Ok(cookie)
}

/// Whose session a cookie is: the connection, and the key that the session was begun with.
pub async fn find(
    deps: &SettingsDeps,
    cookie: &str,
) -> Result<Option<(Stored<Connection>, StoredKey)>, StoreError> {
    if cookie.len() != COOKIE_LEN {
        return Ok(None);
    }
    let now = deps.clock.now();
    let session = deps.store.session(&digest(cookie)).await?.filter(|session| now < session.expires_at);
    let Some(session) = session else { return Ok(None) };
    let connection = deps.store.connection(session.connection).await?;
    Ok(connection.and_then(|connection| {
        let key = connection.value.keys.get(&session.key).filter(|key| key.is_valid(now))?.clone();
        Some((connection, key))
    }))
}

/// Ends a cookie's session.
pub async fn end(deps: &SettingsDeps, cookie: &str) -> Result<(), StoreError> {
    deps.store.end_session(&digest(cookie)).await
}

fn digest(cookie: &str) -> Digest {
    Digest::of(format!("session\n{cookie}").as_bytes())
}
