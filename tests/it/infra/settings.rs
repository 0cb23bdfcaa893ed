//! Template, code, documents and binaries agree: variables, routes, names, limits of time, parameters (style rule 18).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::Regex;
use ringbridge::config::{Config, VARIABLES, parse_span};
use serde_json::Value;

use super::template::{resource, resources, template, words};
use super::{FUNCTIONS, at};

#[test]
fn every_variable_is_in_the_code_the_template_and_the_readme() {
    let known: BTreeSet<_> = VARIABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stated = variables().keys().cloned().collect();
    assert_eq!(known, stated, "template");
    let readme = std::fs::read_to_string(at("README.md")).unwrap();
    let row = Regex::new(r"(?m)^\| `(RINGBRIDGE_[A-Z0-9_]+)` \|.+\| ([^|]+) \|$").unwrap();
    let rows: BTreeMap<_, _> =
        row.captures_iter(&readme).map(|row| (row[1].to_owned(), row[2].to_owned())).collect();
    assert_eq!(known, rows.keys().cloned().collect(), "README");
    for (name, default) in VARIABLES {
        let said = match default {
            None => "must be set".to_owned(),
            Some("") => "none".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        assert!(rows[*name].starts_with(&said), "{name}: {} in the README, {said} in the code", rows[*name]);
    }
}

#[test]
fn each_variable_has_its_reason() {
    let text = std::fs::read_to_string(at("infra/template.yaml")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let wanted =
        Regex::new("^ +(RINGBRIDGE_[A-Z0-9_]+|MemorySize|Timeout|ReservedConcurrentExecutions):").unwrap();
    for pair in lines.windows(2) {
        if wanted.is_match(pair[1]) {
            assert!(pair[0].trim_start().starts_with("# "), "no reason for{}", pair[1]);
        }
    }
}

#[test]
fn what_the_template_says_is_a_configuration() {
    let default = |name: &str| words(&template()["Parameters"][name]["Default"]);
    let pairs = variables().iter().map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("RINGBRIDGE_PBX_HOSTS", _) => "https://pbx.example,https://other.example:8443".to_owned(),
            ("RINGBRIDGE_PBX_PUBLIC_APPS", _) => "https://pbx.example|app|secret".to_owned(),
            ("RINGBRIDGE_NOTIFY_FROM", _) => "ringbridge@example.com".to_owned(),
            ("RINGBRIDGE_PUBLIC_URL", _) => "https://abc.execute-api.eu-west-1.amazonaws.com".to_owned(),
            (_, Value::String(text)) => text.clone(),
            (_, value) => match value["Ref"].as_str() {
                Some(parameter) if template()["Parameters"][parameter].is_object() => default(parameter),
                Some(_) | None => "made-by-the-stack".to_owned(),
            },
        };
        (name.clone(), value)
    });
    let config = Config::from_pairs(pairs).unwrap();
    let lease = config.crm_timeout + Duration::from_secs(3);
    let timeout =
        |function| Duration::from_secs(resource(function)["Properties"]["Timeout"].as_u64().unwrap());
    assert!(
        timeout("EventReceiver") >= lease + Duration::from_secs(8 + 1),
        "a claim ends with its invocation"
    );
    assert!(timeout("SettingsApi") < Duration::from_secs(30), "the API waits no longer");
    assert!(timeout("RetryJob") >= lease * 4, "most of a run is work");
}

#[test]
fn parameters_take_what_the_code_takes_and_refuse_the_rest() {
    for (parameter, good, bad) in [
        (
            "PbxHosts",
            vec!["https://pbx.example", "https://a.example:8443,https://b.example"],
            vec![
                "",
                "pbx.example",
                "http://pbx.example",
                "https://a.example, https://b.example",
                "https://a.example/path",
            ],
        ),
        ("RetryDelays", vec!["1m,5m,15m,1h,4h,12h", "30s"], vec!["", "1 m", "soon", "1m,", "1w"]),
        ("MissedHold", vec!["5s", "500ms", "1m"], vec!["", "5", "5h"]),
        ("KeepCalls", vec!["30d", "4d", "96h"], vec!["", "30", "30m", "1h", "3d", "72h", "95h"]),
        ("RecordingLinks", vec!["30d", "72h", "0s"], vec!["", "30", "30m"]),
        (
            "PublicUrl",
            vec!["", "https://bridge.example", "https://bridge.example/stage"],
            vec!["bridge.example", "http://bridge.example", "https://bridge.example?x=1"],
        ),
        ("AlarmEmail", vec!["", "operator@example.com"], vec!["operator", "a@b c.example"]),
        (
            "NotifyFrom",
            vec!["", "ringbridge@mail.example.com"],
            vec!["ringbridge", "a@b c.example", "a@example"],
        ),
        (
            "DomainName",
            vec!["", "bridge.example.com"],
            vec!["https://bridge.example.com", "Bridge.example", "bridge"],
        ),
        (
            "CertificateArn",
            vec!["", "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000"],
            vec!["certificate"],
        ),
        (
            "WebAclArn",
            vec![
                "",
                "arn:aws:wafv2:us-east-1:123456789012:global/webacl/ringbridge/0a1b2c3d-0000-4000-8000-000000000000",
            ],
            vec!["arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ringbridge/0a1b2c3d", "acl"],
        ),
        (
            "KmsKeyArn",
            vec!["", "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000"],
            vec!["key", "alias/x"],
        ),
        ("LogFilter", vec!["info", "info,ringbridge=debug"], vec!["", "info debug"]),
    ] {
        let pattern = template()["Parameters"][parameter]["AllowedPattern"].as_str().unwrap();
        let pattern = Regex::new(pattern).unwrap();
        for value in good {
            assert!(pattern.is_match(value), "{parameter} takes {value}");
            if matches!(parameter, "RetryDelays" | "MissedHold" | "KeepCalls" | "RecordingLinks") {
                assert!(value.split(',').all(|one| parse_span(one).is_some()), "{parameter}: {value}");
            }
        }
        for value in bad {
            assert!(!pattern.is_match(value), "{parameter} refuses {value:?}");
        }
    }
}

#[test]
fn every_string_parameter_is_validated() {
    for (name, parameter) in template()["Parameters"].as_object().unwrap() {
        let checked = if parameter["Type"] == "Number" {
            ["MinValue", "AllowedValues"]
        } else {
            ["AllowedPattern", "AllowedValues"]
        };
        assert!(checked.iter().any(|check| !parameter[*check].is_null()), "{name}");
    }
}

#[test]
fn the_functions_are_the_packages() {
    let stated: BTreeMap<_, _> = resources("AWS::Serverless::Function")
        .into_iter()
        .map(|(name, one)| (name, one["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap()))
        .collect();
    assert_eq!(stated, FUNCTIONS.into());
    for package in stated.values() {
        let manifest = std::fs::read_to_string(at(&format!("functions/{package}/Cargo.toml"))).unwrap();
        assert!(manifest.contains(&format!("name = \"{package}\"")), "{package}");
    }
}

#[test]
fn every_route_reaches_the_function_that_serves_it() {
    let routes: BTreeMap<_, _> = resources("AWS::ApiGatewayV2::Route")
        .into_iter()
        .map(|(_, route)| {
            let integration = route["Properties"]["Target"]["Fn::Sub"].as_str().unwrap();
            let integration = integration.strip_prefix("integrations/${").unwrap().trim_end_matches('}');
            // The alias of the same function, where versions come in gradually.
            let uri = &resource(integration)["Properties"]["IntegrationUri"]["Fn::If"][2];
            let uri = uri["Fn::GetAtt"].as_str().unwrap();
            (route["Properties"]["RouteKey"].as_str().unwrap(), uri.trim_end_matches(".Arn"))
        })
        .collect();
    let expected = [
        ("GET /agent-event/{token}", "EventReceiver"),
        ("GET /ext-event/{token}", "EventReceiver"),
        ("POST /agent-event/{token}", "EventReceiver"),
        ("POST /ext-event/{token}", "EventReceiver"),
        ("ANY /api/{proxy+}", "SettingsApi"),
        ("ANY /app/{proxy+}", "SettingsApi"),
        ("GET /", "SettingsApi"),
        ("POST /app/connect/{proxy+}", "SettingsApi"),
        ("POST /app/sign-in", "SettingsApi"),
        ("POST /api/v1/connections", "SettingsApi"),
        ("POST /api/v1/oauth/start", "SettingsApi"),
        ("GET /crm-event/{token}", "SettingsApi"),
        ("POST /crm-event/{token}", "SettingsApi"),
        ("GET /healthz", "SettingsApi"),
        ("GET /recording/{token}/{name}", "SettingsApi"),
        ("HEAD /recording/{token}/{name}", "SettingsApi"),
    ];
    assert_eq!(routes, expected.into());
    let served = std::fs::read_to_string(at("shared/src/http/events.rs")).unwrap();
    let route = Regex::new(r#"\.route\("([^"]+)", get\(\w+\)\.post\(\w+\)\)"#).unwrap();
    let served: BTreeSet<_> = route.captures_iter(&served).map(|found| found[1].to_owned()).collect();
    let stated = routes.iter().filter(|(_, function)| **function == "EventReceiver");
    let stated: BTreeSet<_> = stated.map(|(key, _)| key.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(served, stated);
}

#[test]
fn access_logs_name_the_route_and_never_the_path() {
    let format = resource("ApiStage")["Properties"]["AccessLogSettings"]["Format"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(format).is_ok(), "{format}");
    assert!(format.contains("$context.routeKey"));
    assert!(format.contains("$context.identity.sourceIp"), "who floods or guesses");
    for telling in ["$context.path", "$context.http.path", "$context.protocol", "userAgent"] {
        assert!(!format.contains(telling), "{telling}");
    }
}

#[test]
fn every_function_has_its_alarms() {
    let alarms = resources("AWS::CloudWatch::Alarm");
    for (function, _) in FUNCTIONS {
        for metric in ["Errors", "Throttles"] {
            assert!(
                alarms.iter().any(|(name, _)| *name == format!("{function}{metric}Alarm")),
                "{function} {metric}"
            );
        }
    }
    for name in ["DeadLettersAlarm", "OldestDueAlarm", "GaveUpAlarm", "ServerErrorsAlarm"] {
        assert!(resource(name).is_object());
    }
}

#[test]
fn every_throttle_is_of_a_route_and_waits_for_it() {
    let routes: BTreeMap<_, _> = resources("AWS::ApiGatewayV2::Route")
        .into_iter()
        .map(|(name, route)| (route["Properties"]["RouteKey"].as_str().unwrap(), name))
        .collect();
    let stage = resource("ApiStage");
    let waits: BTreeSet<_> =
        stage["DependsOn"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    let throttles = stage["Properties"]["RouteSettings"].as_object().unwrap();
    for route in throttles.keys() {
        assert!(routes.get(route.as_str()).is_some_and(|name| waits.contains(name)), "{route}");
    }
    for open in ["POST /api/v1/connections", "POST /api/v1/oauth/start"] {
        assert!(throttles[open]["ThrottlingRateLimit"].as_u64().unwrap() <= 5, "{open}");
    }
}

#[test]
fn with_a_domain_there_is_one_way_in() {
    let stated = &resource("Api")["Properties"]["DisableExecuteApiEndpoint"];
    assert_eq!(*stated, serde_json::json!({ "Fn::If": ["HasApiDomain", true, false] }));
}

#[test]
fn behind_a_web_acl_the_proxy_says_what_the_functions_look_for() {
    let front = &resource("Front")["Properties"]["DistributionConfig"];
    assert_eq!(front["WebACLId"], serde_json::json!({ "Ref": "WebAclArn" }));
    let shown = &front["Origins"][0]["OriginCustomHeaders"][0];
    assert_eq!(shown["HeaderName"], ringbridge::http::front::KEY);
    let key =
        &template()["Globals"]["Function"]["Environment"]["Variables"]["RINGBRIDGE_FRONT_KEY"]["Fn::If"];
    assert_eq!((&key[0], &key[1]), (&serde_json::json!("HasWebAcl"), &shown["HeaderValue"]));
    let function = resource("FrontViewer")["Properties"]["FunctionCode"].as_str().unwrap().to_owned();
    assert!(function.contains(&format!("headers['{}']", ringbridge::http::front::VIEWER)), "{function}");
    assert!(front["Logging"].is_null(), "paths hold tokens");
    for name in ["Front", "FrontKey", "FrontViewer"] {
        assert_eq!(resource(name)["Condition"], "HasWebAcl", "{name}");
    }
}

#[test]
fn every_log_masks_what_it_should_never_hold() {
    let logs = resources("AWS::Logs::LogGroup");
    assert_eq!(logs.len(), 4);
    for (name, log) in logs {
        let policy = &log["Properties"]["DataProtectionPolicy"];
        let [audit, mask] = &policy["Statement"].as_array().unwrap()[..] else { panic!("{name}") };
        assert!(
            audit["Operation"]["Audit"].is_object() && mask["Operation"]["Deidentify"].is_object(),
            "{name}"
        );
        assert_eq!(audit["DataIdentifier"], mask["DataIdentifier"], "{name}");
    }
}

#[test]
fn a_key_of_ones_own_is_used_wherever_something_rests() {
    let own = serde_json::json!({ "Fn::If": ["HasKey", { "Ref": "KmsKeyArn" }, { "Ref": "AWS::NoValue" }] });
    assert_eq!(template()["Globals"]["Function"]["KmsKeyArn"], own);
    for place in ["SealingKey", "EventReceiverLogs", "SettingsApiLogs", "RetryJobLogs", "AccessLogs"] {
        assert_eq!(resource(place)["Properties"]["KmsKeyId"], own, "{place}");
    }
    let table = &resource("Table")["Properties"]["SSESpecification"]["Fn::If"];
    assert_eq!(
        (&table[0], &table[1]["KMSMasterKeyId"]),
        (&"HasKey".into(), &serde_json::json!({ "Ref": "KmsKeyArn" }))
    );
}

fn variables() -> &'static serde_json::Map<String, Value> {
    template()["Globals"]["Function"]["Environment"]["Variables"].as_object().unwrap()
}
