//! Tokens of an account: the stored one, a new one, and what becomes of a refusal.

use std::time::Duration;

use super::{AccessError, LEASE, PbxAccess, credentials};
use crate::error::{Classified as _, Retryability};
use crate::flow::connection::notices as pbx_notices;
use crate::pbx::{AccessToken, PbxError};
use crate::seal::field;
use crate::storage::{StoreError, StoredToken};

impl PbxAccess<'_> {
    pub(super) fn stored_token(&self) -> Result<Option<AccessToken>, StoreError> {
        let of = credentials(&self.connection.pbx);
        let Some(stored) = self.state.value.token.as_ref().filter(|token| token.of == of) else {
            return Ok(None);
        };
        let value = self.deps.sealer.open(self.connection.id, field::PBX_TOKEN, &stored.value)?;
        let refresh = stored
            .refresh
            .as_ref()
            .map(|sealed| self.deps.sealer.open(self.connection.id, field::PBX_REFRESH, sealed));
        Ok(Some(AccessToken { value, expires_at: stored.expires_at, refresh: refresh.transpose()? }))
    }

    pub(super) async fn new_token(&mut self) -> Result<AccessToken, AccessError> {
        let account = &self.connection.pbx;
        let of = credentials(account);
        if self.state.value.refused == Some(of) {
            return Err(AccessError::Paused);
        }
        let secret = self
            .deps
            .sealer
            .open(self.connection.id, field::PBX_SECRET, &account.app_secret)
            .map_err(StoreError::from)?;
        let asked = match self.deps.public_app(&account.origin, Some(&account.app_id)) {
            None => self.deps.pbx.token(&account.origin, &account.app_id, &secret).await,
            Some(app) => {
                let Some(refresh) = self.stored_token()?.and_then(|token| token.refresh) else {
                    self.stop().await?;
                    pbx_notices::consent_ended(self.deps, self.connection.id).await?;
                    return Err(AccessError::Paused);
                };
                self.deps.pbx.renew(&app.origin, &app.app_id, &app.app_secret, &refresh).await
            }
        };
        match asked {
            Ok(token) => {
                self.store_token(&token).await?;
                Ok(token)
            }
            Err(error) => match error.retryability() {
                Retryability::Transient { .. } if !self.last_try() => {
                    self.remember(|state| state.token_failures += 1).await?;
                    pbx_notices::pbx_failing(self.deps, self.connection.id, &error).await?;
                    Err(AccessError::Token(error))
                }
                Retryability::Transient { .. } | Retryability::Permanent => {
                    self.pause(&error).await?;
                    Err(AccessError::Paused)
                }
            },
        }
    }

    /// Whether token requests have failed as often as they may.
    fn last_try(&self) -> bool {
        self.deps.delay_after(self.state.value.token_failures + 1).is_none()
    }

    /// How long no token is asked for after the last failure.
    pub(in crate::flow) fn token_delay(&self) -> Duration {
        self.deps.delay_after(self.state.value.token_failures.max(1)).unwrap_or(LEASE)
    }

    async fn store_token(&mut self, token: &AccessToken) -> Result<(), AccessError> {
        let sealed = self.deps.sealer.seal(
            self.connection.id,
            field::PBX_TOKEN,
            &token.value,
            self.deps.random.as_ref(),
        );
        let refresh = match &token.refresh {
            Some(refresh) => Some(self.deps.sealer.seal(
                self.connection.id,
                field::PBX_REFRESH,
                refresh,
                self.deps.random.as_ref(),
            )),
            None => None,
        };
        let refresh = refresh.map(|sealed| sealed.map_err(StoreError::from));
        let stored = StoredToken {
            of: credentials(&self.connection.pbx),
            value: sealed.map_err(StoreError::from)?,
            expires_at: token.expires_at,
            refresh: refresh.transpose()?,
        };
        self.remember(|state| {
            state.token = Some(stored.clone());
            state.refused = None;
            state.token_failures = 0;
        })
        .await?;
        Ok(pbx_notices::pbx_accepts(self.deps, self.connection.id).await?)
    }

    /// Nothing more is sent for this connection with these credentials, and the administrator is told why.
    pub(super) async fn pause(&mut self, error: &PbxError) -> Result<(), AccessError> {
        self.stop().await?;
        Ok(pbx_notices::pbx_refused_credentials(self.deps, self.connection.id, error).await?)
    }

    async fn stop(&mut self) -> Result<(), AccessError> {
        let of = credentials(&self.connection.pbx);
        self.remember(|state| {
            state.refused = Some(of);
            state.token = None;
            state.token_failures = 0;
        })
        .await
    }
}
