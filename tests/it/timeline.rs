//! Calls told by the model of time, in every kind of weather: exactly the records that the story leaves.

use simulators::model::{Plan, Weather, kinds, run};

/// Failures that are shown in full; `--bin timeline` shows any of them again.
const SHOWN: usize = 3;

async fn assert_true(plan: Plan) {
    let report = run(plan).await;
    assert!(report.failures.is_empty(), "{}", report.text(SHOWN));
    assert_eq!(report.calls, plan.calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_understood_as_they_happen() {
    assert_true(Plan { seed: 1, first: 0, calls: kinds::COUNT, weather: Weather::CALM }).await;
}

/// Four tests of so many calls, side by side.
const MANY: u64 = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_pauses_repeats_and_failed_attempts_change_nothing() {
    assert_true(Plan { seed: 2, first: 0, calls: MANY, weather: Weather::ROUGH }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_do_they_with_other_luck() {
    assert_true(Plan { seed: 5, first: MANY, calls: MANY, weather: Weather::ROUGH }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_events_are_made_up_for_by_the_history() {
    assert_true(Plan { seed: 3, first: 0, calls: MANY, weather: Weather::LOSSY }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_they_are_with_other_luck() {
    assert_true(Plan { seed: 6, first: MANY, calls: MANY, weather: Weather::LOSSY }).await;
}
