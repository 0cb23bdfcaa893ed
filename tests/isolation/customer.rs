//! A customer of the runner: a simulated PBX and a CRM inbox of their own, connected.

use std::sync::Arc;

use ringbridge::clock::{Clock as _, SystemClock};
use simulators::crm::{Inbox, Options};
use simulators::outside::{self, Failure, Runner, Traffic};
use simulators::pbx::player::Cast;
use simulators::pbx::{FakePbx, Settings, Tenant};
use simulators::world::SECRET;

/// See the module.
pub(crate) struct Customer {
    pbx: FakePbx,
    /// Their CRM.
    pub(crate) inbox: Inbox,
    /// Who takes part in their calls.
    pub(crate) cast: Cast,
}

impl Customer {
    /// Starts the PBX and the CRM.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let tenant = Tenant::demo().with_second_queue();
        let cast = Cast::of(&tenant);
        let settings = Settings::new(Arc::new(|| SystemClock.now().micros()));
        let pbx = FakePbx::start(settings, vec![tenant]).await?;
        let options = Options { keep: usize::MAX, clock: Some(Arc::new(SystemClock)), file: None };
        Ok(Self { pbx, inbox: Inbox::start_with(0, SECRET, options)?, cast })
    }

    /// Where their PBX is.
    pub(crate) fn pbx_origin(&self) -> String {
        self.pbx.origin()
    }

    /// Connects them; answers what posts their events.
    pub(crate) async fn connect(
        &self,
        name: &str,
        runner: &Runner,
        client: &reqwest::Client,
    ) -> Result<Arc<Traffic>, Failure> {
        outside::connect(runner, client, name, &self.pbx, &self.inbox).await?;
        Ok(Traffic::new(client.clone(), &self.pbx))
    }
}
