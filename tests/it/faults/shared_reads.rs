//! A connection that many records need at once is read for several of them together: each sees what was written before it
//! asked, and a read that fails, or whoever gives up meanwhile, fails nobody else.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use ringbridge::model::ids::ExtensionId;
use simulators::proxy::{Proxies, ProxyFault};
use simulators::world::World;

const READ: &str = "BatchGetItem";
/// Who asks at once.
const MANY: usize = 20;

/// The name under which the connection stands, as many read it at once; each with an extension of its own choice.
async fn names(world: &World) -> Vec<String> {
    let phones = [731_205, 731_206].map(|id| ExtensionId::new(id).unwrap());
    let reads = (0..MANY).map(async |place| {
        let wanted = &phones[place % 2..=place % 2];
        let (connection, extensions) =
            world.deps.store.connection_with(world.connection, wanted).await.unwrap();
        let found: Vec<_> = extensions.iter().map(|extension| extension.listed.id).collect();
        assert_eq!(found, wanted, "each gets what it asked for and nothing else");
        connection.unwrap().value.name
    });
    join_all(reads).await
}

fn reads(proxies: &Proxies) -> usize {
    proxies.dynamodb.requests().iter().filter(|operation| *operation == READ).count()
}

#[tokio::test]
async fn many_at_once_are_few_reads_and_see_what_was_written_before() {
    let (world, proxies) = World::behind_proxies().await;
    let connection = world.deps.store.connection(world.connection).await.unwrap().unwrap();
    proxies.dynamodb.clear();
    for name in ["First", "Second", "Third"] {
        let rename = |connection: &mut ringbridge::model::connection::Connection| {
            name.clone_into(&mut connection.name);
        };
        world.deps.store.update_connection(connection.clone(), rename).await.unwrap();
        assert_eq!(names(&world).await, vec![name; MANY]);
    }
    assert_eq!(reads(&proxies), 6, "of each name the first one's read, and one for all who asked meanwhile");
    // Whoever asks alone is answered by a read of their own.
    world.deps.store.connection_with(world.connection, &[]).await.unwrap();
    assert_eq!(reads(&proxies), 7);
}

#[tokio::test]
async fn failed_read_is_asked_for_by_each_alone() {
    let (world, proxies) = World::behind_proxies().await;
    let kept = names(&world).await;
    // The first one's read succeeds; the one for all others does not. This client repeats nothing by itself.
    proxies.dynamodb.fail(Some(READ), 2, ProxyFault::ServerError);
    assert_eq!(names(&world).await, kept);
    assert_eq!(proxies.dynamodb.struck(), 1);
    assert_eq!(names(&world).await, kept, "and those who come later share again");
}

#[tokio::test]
async fn whoever_gives_up_holds_up_nobody() {
    let (world, proxies) = World::behind_proxies().await;
    let world = Arc::new(world);
    proxies.dynamodb.fail(Some(READ), 1, ProxyFault::Hang);
    let first = tokio::spawn({
        let world = Arc::clone(&world);
        async move { names(&world).await.len() }
    });
    while reads(&proxies) == 0 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let later = tokio::time::timeout(Duration::from_mins(1), names(&world)).await;
    assert_eq!(later.unwrap().len(), MANY);
}
