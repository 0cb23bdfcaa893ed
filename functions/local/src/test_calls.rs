//! The simulated PBX, as the pages' try-out asks it for a call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ringbridge::http::simulator::TestCalls;
use ringbridge::model::ids::ExtensionId;
use simulators::pbx::Pbx;
use simulators::pbx::player::{Cast, Scenario};

/// Between two events of a call: time to see each on the page.
const PACE: Duration = Duration::from_secs(2);

/// Plays on this simulator.
pub(crate) struct Played(pub(crate) Arc<Pbx>);

#[async_trait]
impl TestCalls for Played {
    async fn play(&self, phone: ExtensionId) -> Result<(), String> {
        let tenants = self.0.tenants();
        let mut casts = tenants.iter().map(Cast::of);
        let cast = casts.find(|cast| cast.phones.iter().any(|one| one.id == phone.get()));
        let mut cast = cast.ok_or("this phone is none of the simulator's")?;
        cast.lead_with(phone.get());
        let pbx = Arc::clone(&self.0);
        tokio::spawn(async move { pbx.play_paced(&Scenario::Answered, &cast, PACE).await });
        Ok(())
    }
}
