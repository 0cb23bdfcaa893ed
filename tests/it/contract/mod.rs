//! What the product needs of DynamoDB and SQS, asked of the embedded servers, or of any others that
//! `RINGBRIDGE_TEST_DYNAMODB` and `RINGBRIDGE_TEST_SQS` name: so that what passes is not one emulator's habits.

mod call;
mod queue;
mod storage;

use std::time::Duration;

use ringbridge::model::connection::Policy;
use simulators::aws::Servers;
use simulators::world::World;

/// A world on the servers that are to be asked; messages stay hidden for so long after they were received.
async fn world(visibility: Duration) -> World {
    World::on(Servers::foreign_or_embedded(visibility).await.unwrap(), Policy::default()).await
}
