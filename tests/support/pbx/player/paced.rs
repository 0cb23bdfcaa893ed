//! Plays a call at the pace of a real one, for somebody who watches it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::cast::Cast;
use super::scenario::Scenario;
use super::script::script;
use super::sender::{Order, Unplayable};
use crate::pbx::world::Pbx;

impl Pbx {
    /// Begins a call whose events come one after the other, each so long after the one before; ends when it does.
    pub async fn play_paced(
        self: Arc<Self>,
        scenario: &Scenario,
        cast: &Cast,
        pace: Duration,
    ) -> Result<(), Unplayable> {
        if !scenario.playable(cast) {
            return Err(Unplayable);
        }
        let emissions = script(scenario, cast, self.now(), &mut self.fork_rng());
        let mut answered = HashMap::new();
        for (at, mut emission) in emissions.into_iter().enumerate() {
            if at > 0 {
                tokio::time::sleep(pace).await;
            }
            let now = self.now();
            let leg = emission.get("SubCallID").unwrap_or_default().to_owned();
            if emission.event_type == "answer" {
                answered.insert(leg.clone(), now);
            }
            // The times of the script are those of a longer call.
            if let Some(answer) = answered.get(&leg).filter(|_| emission.get("Duration").is_some()) {
                emission.set("Duration", &(now - answer).to_string());
            }
            emission.set("EventTime", &now.to_string());
            emission.at = now;
            self.emit(&[emission], Order::InOrder).await;
        }
        Ok(())
    }
}
