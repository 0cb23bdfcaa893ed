//! What the product needs of DynamoDB and SQS, asked of the embedded servers, or of any others that
//! `RINGBRIDGE_TEST_DYNAMODB` and `RINGBRIDGE_TEST_SQS` name: so that what passes is not one emulator's habits. The same is asked
//! of the database that one process has for itself.

mod call;
mod queue;
mod storage;

use std::time::Duration;

use ringbridge::model::connection::Policy;
use simulators::aws::{InProcess, Servers, create_table};
use simulators::world::World;

/// A world on the servers that are to be asked; messages stay hidden for so long after they were received.
async fn world(visibility: Duration) -> World {
    World::on(Servers::foreign_or_embedded(visibility).await.unwrap(), Policy::default()).await
}

/// The same, and one whose database is asked without a socket, as on one machine.
async fn worlds(visibility: Duration) -> [World; 2] {
    let mut servers = Servers::embedded(visibility).await.unwrap();
    // For as long as the tests run.
    servers.dynamodb = Box::leak(Box::new(InProcess::start(None).await.unwrap())).dynamodb();
    create_table(&servers.dynamodb).await.unwrap();
    [world(visibility).await, World::on(servers, Policy::default()).await]
}
