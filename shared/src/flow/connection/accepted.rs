//! After new credentials were stored: nobody is asked for them any more, and what waited for them goes on.

use std::time::Duration;

use super::provision;
use crate::clock::Timestamp;
use crate::flow::call::resend;
use crate::flow::deps::SettingsDeps;
use crate::model::delivery::Which;
use crate::model::ids::ConnectionId;
use crate::model::notice::NoticeCause;
use crate::storage::{Resend, StoreError};

/// The PBX's clock may be ahead of ours.
const A_DAY: Duration = Duration::from_hours(24);

/// After new PBX credentials were stored: what waited for them goes on, and nobody is asked for them any more.
pub(in crate::flow) async fn pbx(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    deps.store.resolve_notice(id, &NoticeCause::PbxRefusedCredentials.key()).await?;
    provision::trigger(deps, id).await
}

/// After new CRM credentials were stored: nobody is asked for them any more, and what a pause had parked goes on in
/// the retry job.
pub(in crate::flow) async fn crm(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let paused = Resend::begun(Which::Paused, Timestamp::default(), now + A_DAY, now);
    resend::begin(&deps.store, &deps.queue, id, paused).await?;
    for cause in [NoticeCause::CrmRefusedCredentials, NoticeCause::CrmEndpointDisabled] {
        deps.store.resolve_notice(id, &cause.key()).await?;
    }
    Ok(())
}
