//! Reconciliation: calls whose events never came are found in the PBX's history, and logged once.

use std::time::Duration;

use serde_json::json;
use simulators::crm::{CrmFault, Record};
use simulators::pbx::{HistoryAccess, Matcher, PbxFault};

use crate::settings::world::SettingsWorld;

/// Long enough for the next look at the history, and for the history's own delay.
const NEXT_LOOK: Duration = Duration::from_mins(45);

fn line(record: &Record) -> String {
    let text = |name: &str| record.data[name].as_str().unwrap_or("-").to_owned();
    let (kind, outcome) = (&record.kind, text("outcome"));
    format!("{kind} {outcome} {} {} {}", text("external_number"), text("internal_number"), text("crm_user"))
}

#[tokio::test]
async fn calls_whose_events_never_came_are_recovered_once() {
    let (world, inbox) = SettingsWorld::deaf().await;
    for scenario in ["A", "D", "F", "H", "I", "K"] {
        world.play(scenario).await;
    }
    world.retry_after(NEXT_LOOK).await;
    let mut lines: Vec<_> = inbox.records().iter().map(line).collect();
    lines.sort();
    let expected = [
        "call.ended answered +442079460555 4821*205 u1",
        "call.ended answered +442079460777 4821*205 u1",
        "call.ended busy +442079460777 4821*205 u1",
        "call.missed missed +442079460555 4821*099 -",
        "call.missed missed +442079460555 4821*801 -",
    ];
    assert_eq!(lines, expected);
    let requests = inbox.counters().requests;
    for _ in 0..3 {
        world.retry_after(NEXT_LOOK).await;
    }
    assert_eq!(inbox.counters().requests, requests, "nothing is recovered twice");
    let calls = world.get("/api/v1/calls").await.1;
    let id = calls["items"][0]["record_id"].as_str().unwrap();
    let detail = world.get(&format!("/api/v1/calls/{id}")).await.1;
    assert_eq!((&detail["recovered"], &detail["events"]), (&json!(true), &json!([])));
    assert_eq!(world.pbx.violations(), []);
}

#[tokio::test]
async fn recovered_record_is_retried_like_any_other() {
    let (world, inbox) = SettingsWorld::deaf().await;
    world.play("D").await;
    inbox.fail_next(1, &CrmFault::Status(503, None));
    world.retry_after(NEXT_LOOK).await;
    assert!(inbox.records().is_empty());
    world.retry_after(Duration::from_mins(2)).await;
    assert_eq!(inbox.records().len(), 1);
}

#[tokio::test]
async fn history_is_asked_twice_an_hour_and_not_while_nothing_is_mapped() {
    let (world, _inbox) = SettingsWorld::deaf().await;
    let asked = || world.pbx.ledger().iter().filter(|entry| entry.line().contains("call_history")).count();
    for _ in 0..24 {
        world.retry_after(Duration::from_mins(5)).await;
    }
    assert!((3..=4).contains(&asked()), "{} in two hours", asked());
    assert_eq!(world.map(&[]).await.0, 200);
    world.pbx.clear_ledger();
    world.retry_after(Duration::from_hours(2)).await;
    assert_eq!(asked(), 0);
}

#[tokio::test]
async fn look_that_fails_is_made_up_for_by_the_next() {
    let (world, inbox) = SettingsWorld::deaf().await;
    world.play("A").await;
    let history = Matcher::new("GET", "call_history").times(1);
    world.pbx.fail_next(history, PbxFault::Status(503, "{}".to_owned()));
    world.retry_after(NEXT_LOOK).await;
    assert!(inbox.records().is_empty());
    world.retry_after(NEXT_LOOK).await;
    assert_eq!(inbox.records().len(), 1);
}

#[tokio::test]
async fn history_that_is_refused_or_unreachable_is_said_once_and_changes_nothing() {
    for access in [HistoryAccess::Forbidden, HistoryAccess::Unreachable] {
        let (world, inbox) = SettingsWorld::deaf().await;
        let before = world.notices().await;
        world.play("A").await;
        world.pbx.set_history(access);
        for _ in 0..2 {
            world.retry_after(NEXT_LOOK).await;
            let said: Vec<_> =
                world.notices().await.into_iter().filter(|notice| !before.contains(notice)).collect();
            assert_eq!(
                (said.as_slice(), inbox.counters().requests),
                (&["history-unreadable".to_owned()][..], 0)
            );
        }
        // Its word counts again once it can be read, and the notice is gone.
        world.pbx.set_history(HistoryAccess::Open);
        world.retry_after(NEXT_LOOK).await;
        assert_eq!((world.notices().await, inbox.records().len()), (before, 1));
    }
}

#[tokio::test]
async fn looks_are_the_sweeps_alone_and_send_no_messages() {
    let (world, _inbox) = SettingsWorld::deaf().await;
    world.retry_after(NEXT_LOOK).await;
    let waiting = world.delayed().await;
    for _ in 1..4 {
        world.retry_after(NEXT_LOOK).await;
    }
    assert_eq!(world.delayed().await, waiting);
}
