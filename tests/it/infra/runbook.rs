//! Every promise has its watch, every alarm its place in the runbook, and every saved query asks for what is logged.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::{Value, json};

use super::at;
use super::template::{resources, template, words};

fn runbook() -> String {
    std::fs::read_to_string(at("infra/runbook.md")).unwrap()
}

/// The sections of alarms: their number, the alarm, and what it says.
fn sections() -> BTreeMap<u64, (String, String)> {
    let text = runbook();
    let parts = text.split("\n## ").skip(1).filter_map(|part| {
        let (heading, body) = part.split_once('\n')?;
        let (number, alarm) = heading.split_once(". ")?;
        Some((number.parse().ok()?, (alarm.to_owned(), body.to_owned())))
    });
    parts.collect()
}

#[test]
fn each_alarm_leads_to_its_section_and_to_whoever_can_mend_it() {
    let sections = sections();
    let reference = Regex::new(r"See infra/runbook\.md, (\d+)\.$").unwrap();
    let alarms = resources("AWS::CloudWatch::Alarm");
    assert_eq!(alarms.len(), sections.len(), "as many sections as alarms");
    for (name, alarm) in alarms {
        let said = alarm["Properties"]["AlarmDescription"].as_str().unwrap();
        let number = reference.captures(said).unwrap_or_else(|| panic!("{name}: {said}"))[1].parse().unwrap();
        let (heading, text) = &sections[&number];
        assert_eq!(heading, name, "section {number}");
        for part in ["**Customers**", "\n1. ", "Decide", "**Over** "] {
            assert!(text.contains(part), "{name}: no {part}");
        }
        let topic = match (text.contains("\n*Pages.*"), text.contains("\n*Counts.*")) {
            (true, false) => "OperatorTopic",
            (false, true) => "CustomersTopic",
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(alarm["Properties"]["AlarmActions"], json!([{ "Ref": topic }]), "{name}");
        assert_eq!(alarm["Properties"]["OKActions"], json!([{ "Ref": topic }]), "{name}");
    }
}

#[test]
fn each_promise_is_watched_or_it_is_said_why_not() {
    let text = runbook();
    let (_, table) = text.split_once("## What was promised").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows: Vec<Vec<_>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let promises = std::fs::read_to_string(at("shared/docs/promises.md")).unwrap();
    let promise = Regex::new(r"(?m)^\| (P\d) \|").unwrap();
    for named in promise.captures_iter(&promises) {
        let name = &named[1];
        assert!(rows.iter().any(|row| row[0].starts_with(name)), "{name} is not in the table");
    }
    let metrics: BTreeSet<_> = ringbridge::metrics::ALL.iter().map(|metric| metric.name).collect();
    let sections = sections();
    let quoted = Regex::new("`([A-Z][A-Za-z]+)`").unwrap();
    let mut named = BTreeSet::new();
    for row in &rows {
        let [_, watched, alarms, places] = row[..] else { panic!("{row:?}") };
        for metric in quoted.captures_iter(watched).map(|found| found[1].to_owned()) {
            let known = metrics.contains(metric.as_str())
                || ["EventsThrottled", "MonthlyBudget"].contains(&metric.as_str());
            assert!(known, "{metric} is no metric of ours");
        }
        if alarms == "none" {
            // With a reason, or with somewhere to look.
            assert!(watched.len() > 40, "{row:?}");
            continue;
        }
        let of: Vec<_> =
            places.split(", ").map(|place| sections[&place.parse().unwrap()].0.clone()).collect();
        assert_eq!(alarms.split(", ").collect::<Vec<_>>(), of, "{row:?}");
        named.extend(of);
    }
    // What stops a function, or slows one down, needs no promise to be watched for.
    for (alarm, _) in sections.values() {
        let of_a_function = alarm.ends_with("ErrorsAlarm") || alarm.ends_with("ThrottlesAlarm");
        assert!(
            of_a_function || named.contains(alarm) || alarm == "RefusedAlarm",
            "{alarm} watches no promise"
        );
    }
}

/// Names and texts of the saved queries.
fn queries() -> BTreeMap<String, &'static Value> {
    let all = resources("AWS::Logs::QueryDefinition").into_iter().map(|(_, query)| {
        let name = query["Properties"]["Name"]["Fn::Sub"].as_str().unwrap();
        (name.strip_prefix("${AWS::StackName}/").unwrap().to_owned(), query)
    });
    all.collect()
}

#[test]
fn the_runbook_runs_the_saved_queries_and_no_others() {
    let run = Regex::new(r"(?:^|[^-\w])query ([a-z]+(?:-[a-z]+)*)").unwrap();
    let code = Regex::new(r"`[^`]*`|(?s)```.*?```").unwrap();
    let text = runbook();
    let said: BTreeSet<_> = code
        .find_iter(&text)
        .flat_map(|part| {
            run.captures_iter(part.as_str()).map(|found| found[1].to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(said, queries().into_keys().collect());
}

#[test]
fn queries_ask_for_fields_and_messages_that_are_logged() {
    let field = Regex::new(r#"pub const \w+: &str = "([a-z._]+)""#).unwrap();
    let telemetry = std::fs::read_to_string(at("shared/src/telemetry.rs")).unwrap();
    let mut known: BTreeSet<_> = field.captures_iter(&telemetry).map(|found| found[1].to_owned()).collect();
    // Lambda's own lines, and those of the API.
    known.extend(["record.requestId", "@timestamp", "@log"].map(str::to_owned));
    let access = words(&template()["Resources"]["ApiStage"]["Properties"]["AccessLogSettings"]["Format"]);
    let key = Regex::new(r#""([a-z.]+)":"#).unwrap();
    known.extend(key.captures_iter(&access).map(|found| found[1].to_owned()));
    let dotted = Regex::new(r"[a-z]+\.[a-zA-Z]+").unwrap();
    let message = Regex::new(r#"message (?:= "([^"]+)"|in \[(.+)\])"#).unwrap();
    let sources: String =
        crate::architecture::files("shared/src").into_iter().map(|(_, text)| text).collect();
    for (name, query) in queries() {
        let text = query["Properties"]["QueryString"].as_str().unwrap();
        for asked in dotted.find_iter(text) {
            assert!(
                known.contains(asked.as_str()),
                "{name} asks for {}, which is not logged",
                asked.as_str()
            );
        }
        let said = message.captures_iter(text).flat_map(|found| {
            let one = found.get(1).into_iter().map(|one| one.as_str().to_owned());
            let many = found.get(2).into_iter().flat_map(|many| many.as_str().split(", "));
            one.chain(many.map(|one| one.trim_matches('"').to_owned())).collect::<Vec<_>>()
        });
        for said in said {
            assert!(
                sources.contains(&format!("\"{said}\"")),
                "{name} looks for {said:?}, which nothing says"
            );
        }
    }
}

#[test]
fn nothing_of_a_stack_has_a_name_that_a_second_one_would_want_too() {
    let named = [
        "TableName",
        "QueueName",
        "TopicName",
        "FunctionName",
        "RoleName",
        "LogGroupName",
        "BucketName",
        "AlarmName",
        "RuleName",
        "PolicyName",
        "Name",
        "DashboardName",
        "BudgetName",
    ];
    for (name, resource) in template()["Resources"].as_object().unwrap() {
        let kind = resource["Type"].as_str().unwrap();
        for property in named {
            let value = &resource["Properties"][property];
            // A policy's name is its role's own, and a budget's is made up.
            let own = kind == "AWS::IAM::Policy";
            let fixed = value.is_string() && !own;
            assert!(!fixed, "{name}: {property} is {value}");
            let by_stack = value.to_string().contains("AWS::StackName");
            let reference = value.is_object() && value.get("Ref").is_some();
            assert!(value.is_null() || own || by_stack || reference || value.is_object(), "{name}: {value}");
        }
    }
    for output in template()["Outputs"].as_object().unwrap().values() {
        assert!(output["Export"].is_null(), "an export is one of a kind in an account");
    }
}

#[test]
fn versions_come_in_gradually_only_where_their_alarms_can_take_them_back() {
    for function in ["EventReceiver", "SettingsApi"] {
        let said = &template()["Resources"][function]["Properties"];
        assert_eq!(said["AutoPublishAlias"], "live");
        // SAM does not see parameters change; without a word that does, they would not come in.
        assert_eq!(said["AutoPublishCodeSha256"], json!({ "Ref": "Deployment" }));
        assert_eq!(said["DeploymentPreference"]["Enabled"], json!({ "Ref": "GradualDeployment" }));
        let alarms = said["DeploymentPreference"]["Alarms"].as_array().unwrap();
        let named = |alarm: &Value| alarm["Ref"].as_str().unwrap().to_owned();
        assert!(alarms.iter().map(named).any(|alarm| alarm == format!("{function}ErrorsAlarm")));
    }
    assert!(template()["Resources"]["RetryJob"]["Properties"]["AutoPublishAlias"].is_null());
    for (integration, function) in
        [("EventIntegration", "EventReceiver"), ("SettingsIntegration", "SettingsApi")]
    {
        let uri = &template()["Resources"][integration]["Properties"]["IntegrationUri"]["Fn::If"];
        assert_eq!(uri[0], "IsGradual");
        assert_eq!(uri[1], json!({ "Ref": format!("{function}.Alias") }));
        let may = &template()["Resources"][format!("ApiInvokes{function}Alias")];
        assert_eq!(may["Condition"], "IsGradual");
        assert_eq!(may["Properties"]["FunctionName"], uri[1]);
    }
}

#[test]
fn archives_can_stand_in_the_place_of_the_source() {
    let text = std::fs::read_to_string(at("infra/template.yaml")).unwrap();
    let source = Regex::new(r"(?m)^      CodeUri: \.\./functions/(.*)$").unwrap();
    let found: Vec<_> = source.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    assert_eq!(found, ["event-receiver", "settings-api", "retry-job"], "as infra/README.md replaces them");
}
