//! A run that ends anywhere, whether the store or the PBX fails it, leaves nothing that the next run does not put
//! right: exactly the wanted events, every foreign one untouched (P5).

use std::time::Duration;

use http::StatusCode;
use simulators::pbx::{Matcher, PbxFault};

use super::world::{AGENTS, FAX, IVR, JOHN, MARY, QUEUE, SettingsWorld, ZOE};

/// Who has our events when all are mapped.
const ALL: &[u64] = &[MARY, JOHN, ZOE, QUEUE, IVR];

/// Events of others: by extension or agent.
async fn world_with_foreign_events() -> (SettingsWorld, Vec<(u64, u64)>) {
    let world = SettingsWorld::connected().await;
    let mut foreign = Vec::new();
    for extension in [MARY, JOHN, ZOE, QUEUE, IVR, FAX] {
        for n in 0..2 {
            let url = format!("https://other.example/{extension}/{n}");
            foreign.push((extension, world.pbx.add_foreign_event(extension, &url, "hangup", "POST")));
        }
    }
    for agent in AGENTS {
        let url = format!("https://other.example/{agent}");
        foreign.push((agent, world.pbx.add_foreign_agent_event(agent, &url, "agent-login")));
    }
    (world, foreign)
}

fn assert_foreign(world: &SettingsWorld, foreign: &[(u64, u64)]) {
    for (of, id) in foreign {
        let mut handlers = world.pbx.events(*of);
        handlers.extend(world.pbx.agent_events(*of));
        assert!(handlers.iter().any(|one| one.id == *id), "{of} {id}");
    }
    assert_eq!(world.pbx.violations(), []);
}

/// Runs the job until it finds nothing to do, over a day at most.
async fn settle(world: &SettingsWorld) {
    for _ in 0..4 {
        world.retry_after(Duration::from_hours(2)).await;
    }
}

#[tokio::test]
async fn store_that_fails_after_any_request_loses_nothing() {
    let mut steps = 0;
    for requests in 0.. {
        let (world, foreign) = world_with_foreign_events().await;
        world.fuse.burn_after(requests);
        let (status, _) = world.map(&[("u1", &[MARY])]).await;
        if !world.fuse.mend() {
            assert_eq!(status, StatusCode::OK);
            break;
        }
        steps += 1;
        // Whoever got no answer saves again; who got one relies on the job.
        if status.is_server_error() && world.get("/api/v1/mapping").await.1["version"] == 0 {
            world.map(&[("u1", &[MARY])]).await;
        }
        settle(&world).await;
        world.assert_installed(&[MARY, QUEUE, IVR]);
        assert_foreign(&world, &foreign);

        world.fuse.burn_after(requests);
        let (status, _) = world.map(&[("u2", &[JOHN])]).await;
        if world.fuse.mend()
            && status.is_server_error()
            && world.get("/api/v1/mapping").await.1["version"] == 1
        {
            world.map(&[("u2", &[JOHN])]).await;
        }
        settle(&world).await;
        world.assert_installed(&[JOHN, QUEUE, IVR]);
        assert_foreign(&world, &foreign);
    }
    assert!(steps >= 20, "{steps} steps");
}

#[tokio::test]
async fn pbx_that_fails_at_any_request_gets_what_it_should() {
    let faults =
        [PbxFault::Reset, PbxFault::LostAnswer, PbxFault::Html, PbxFault::Status(503, String::new())];
    for (number, fault) in (0..32).step_by(2).zip(faults.iter().cycle()) {
        let (world, foreign) = world_with_foreign_events().await;
        world.pbx.fail_next(Matcher::new("*", "/").after(number), fault.clone());
        world.map_all().await;
        settle(&world).await;
        world.assert_installed(ALL);
        assert_foreign(&world, &foreign);
        world.pbx.fail_next(Matcher::new("*", "/").after(number), fault.clone());
        world.map(&[("u2", &[JOHN])]).await;
        settle(&world).await;
        world.assert_installed(&[JOHN, QUEUE, IVR]);
        assert_foreign(&world, &foreign);
        // The fault may meet a look at the history, the last one too.
        while world.pbx.pending_faults() > 0 {
            settle(&world).await;
        }
        settle(&world).await;
        assert_eq!(world.notices().await, Vec::<String>::new(), "{fault:?} at request {number}");
    }
}

#[tokio::test]
async fn removal_that_dies_anywhere_is_finished_by_the_job() {
    for requests in (1..).step_by(9) {
        let (world, foreign) = world_with_foreign_events().await;
        world.map_all().await;
        world.fuse.burn_after(requests);
        let (status, _) = world.delete("/api/v1/connection").await;
        if !world.fuse.mend() {
            assert_eq!(status, StatusCode::OK);
            break;
        }
        // Died before it was begun, it is as if it had not been asked for.
        if world.get("/api/v1/connection").await.0 == StatusCode::OK {
            continue;
        }
        settle(&world).await;
        world.assert_installed(&[]);
        assert_foreign(&world, &foreign);
        assert_eq!(world.items().await, 0, "after {requests} requests");
    }
}

#[tokio::test]
async fn two_at_once_install_nothing_twice() {
    let world = SettingsWorld::connected().await;
    let (first, second) = tokio::join!(world.map_all(), world.map_all());
    let mut statuses = [first.0, second.0];
    statuses.sort();
    assert!(statuses[0].is_success(), "{statuses:?}");
    world.retry_after(Duration::from_mins(1)).await;
    world.assert_installed(ALL);
    let posts = world.requests().iter().filter(|line| line.starts_with("POST /extension")).count();
    assert_eq!(posts, 14);
}
