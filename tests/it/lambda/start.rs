//! A function that is configured wrongly says which variable it is, and ends.

use simulators::lambda::Function;
use simulators::world::World;

use super::environment;

const FUNCTIONS: [&str; 3] = ["event-receiver", "settings-api", "retry-job"];

#[tokio::test]
async fn a_missing_variable_is_named_in_one_line() {
    let world = World::start().await;
    for function in FUNCTIONS {
        let mut variables = environment(&world).await;
        variables.retain(|(name, _)| *name != "RINGBRIDGE_TABLE");
        assert_refused(function, &variables, "RINGBRIDGE_TABLE is not set").await;
    }
}

#[tokio::test]
async fn an_unreadable_variable_is_named_without_its_value() {
    let world = World::start().await;
    for (variable, value) in [
        ("RINGBRIDGE_MISSED_HOLD", "soonish"),
        ("RINGBRIDGE_SEALING_KEY", "soonish"),
        ("RINGBRIDGE_PUBLIC_URL", "soonish"),
    ] {
        let mut variables = environment(&world).await;
        variables.retain(|(name, _)| *name != variable);
        variables.push((variable, value.to_owned()));
        let line = assert_refused("event-receiver", &variables, &format!("{variable} must be")).await;
        assert!(!line.contains("soonish"), "{line}");
    }
}

async fn assert_refused(name: &str, variables: &[(&str, String)], reason: &str) -> String {
    let mut function = Function::start(name, variables).await.unwrap();
    let status = function.exit().await.unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(function.steps().is_empty(), "it never asked for work");
    let logs = function.stop().await;
    assert!(logs.lines().count() == 1 && logs.contains(reason), "{logs}");
    logs
}
