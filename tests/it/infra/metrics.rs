//! The metrics' lines, and the names that alarms and dashboard read.

use std::collections::BTreeSet;

use regex::Regex;
use ringbridge::clock::Timestamp;
use ringbridge::metrics::{self, ALL};
use serde_json::{Value, json};

use super::template::{resource, resources};

#[test]
fn a_line_is_in_the_embedded_metric_format() {
    let now = Timestamp::from_secs(1_788_264_000);
    let line =
        metrics::line("Ringbridge/test", None, now, &[(metrics::EVENTS, 1), (metrics::EVENT_TO_ANSWER, 12)]);
    assert!(!line.contains('\n'));
    let expected = json!({
        "_aws": {
            "Timestamp": 1_788_264_000_000_u64,
            "CloudWatchMetrics": [{
                "Namespace": "Ringbridge/test",
                "Dimensions": [[]],
                "Metrics": [
                    {"Name": "Events"},
                    {"Name": "EventToAnswerMillis", "Unit": "Milliseconds"},
                ],
            }],
        },
        "Events": 1,
        "EventToAnswerMillis": 12,
    });
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
}

#[test]
fn alarms_and_dashboard_read_what_the_code_writes() {
    let mut written: BTreeSet<_> = ALL.iter().map(|metric| metric.name.to_owned()).collect();
    // And what is read off the access log.
    for (_, filter) in resources("AWS::Logs::MetricFilter") {
        let name = &filter["Properties"]["MetricTransformations"][0]["MetricName"];
        written.insert(name.as_str().unwrap().to_owned());
    }
    let namespace = json!({"Fn::Sub": "Ringbridge/${AWS::StackName}"});
    for (name, alarm) in resources("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        for metric in [properties, &properties["Metrics"][0]["MetricStat"]["Metric"]] {
            if metric["Namespace"] == namespace {
                assert!(written.contains(metric["MetricName"].as_str().unwrap()), "{name}");
            }
        }
    }
    let body = resource("Dashboard")["Properties"]["DashboardBody"]["Fn::Sub"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(body).is_ok(), "the dashboard is JSON");
    let metric = Regex::new(r#""Ringbridge/\$\{AWS::StackName\}",\s*"(\w+)""#).unwrap();
    let shown: BTreeSet<_> = metric.captures_iter(body).map(|found| found[1].to_owned()).collect();
    let unseen: Vec<_> = written.difference(&shown).filter(|name| *name != "RetrySettled").collect();
    assert!(shown.is_subset(&written) && unseen.is_empty(), "shown {shown:?}, not shown {unseen:?}");
}
