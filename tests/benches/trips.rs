//! The round trips of an event: recorded from the receiver on the wire, and told to those that make the bare ones.

use serde_json::{Value, json};
use simulators::outside::Failure;
use simulators::proxy::Proxy;
use simulators::world::World;

use crate::events::{self, KINDS};
use crate::stage::{Endpoints, Stage};
use crate::subject::Subject;

/// What the receiver asked DynamoDB and SQS for, by kind of event.
#[derive(Clone, Debug)]
pub(crate) struct Trips(Vec<Vec<(String, Value)>>);

impl Trips {
    /// Plays events through the receiver, of each kind by its place in [`KINDS`] or any others.
    pub(crate) async fn record(
        stage: &Stage,
        receiver: &Subject,
        bodies: impl IntoIterator<Item = String>,
    ) -> Result<Self, Failure> {
        let dynamodb = Proxy::start(&stage.world.aws.dynamodb).await?;
        let sqs = Proxy::start(&stage.world.aws.sqs).await?;
        let to = Endpoints { dynamodb: dynamodb.origin(), sqs: sqs.origin() };
        let running = stage.start(receiver, &to).await?;
        let mut trips = Vec::new();
        for body in bodies {
            dynamodb.take_bodies();
            sqs.take_bodies();
            running.take(&events::posted(&stage.world, &body)?).await?;
            let mut asked = Vec::new();
            for (operation, body) in dynamodb.take_bodies().into_iter().chain(sqs.take_bodies()) {
                asked.push((operation, serde_json::from_slice(&body)?));
            }
            trips.push(asked);
        }
        running.stop().await;
        Ok(Self(trips))
    }

    /// How many there are of a kind, after the answer too.
    pub(crate) fn count(&self, kind: usize) -> usize {
        self.0[kind].len()
    }

    /// The operations of a kind.
    pub(crate) fn operations(&self, kind: usize) -> String {
        self.0[kind].iter().map(|(operation, _)| operation.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The event that asks for those which come before the answer: until the event is written. Each place is a call of
    /// its own.
    pub(crate) fn event(&self, world: &World, kind: usize, place: u64) -> Result<Value, Failure> {
        let all = &self.0[kind];
        let written =
            all.iter().position(|(operation, _)| operation == "UpdateItem").ok_or("nothing is written")?;
        let before = &all[..=written];
        let key = before[written].1["Key"]["pk"]["S"].as_str().ok_or("no key")?;
        let call = serde_json::to_string(key)?;
        let body =
            json!(before).to_string().replace(&call, &format!("{}-{place}\"", &call[..call.len() - 1]));
        let mut event = events::posted(world, &events::answered(place)[0])?;
        event["headers"]["content-length"] = json!(body.len().to_string());
        event["body"] = json!(body);
        Ok(event)
    }

    /// For each kind, its name and its place.
    pub(crate) fn kinds() -> impl Iterator<Item = (usize, &'static str)> {
        KINDS.into_iter().enumerate()
    }
}
