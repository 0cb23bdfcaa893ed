//! Least privilege, both ways: a role grants what its function's code can reach, no less and no more.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::FUNCTIONS;
use super::calls::{Action, Source};
use super::template::{resource, resources, template};

#[test]
fn each_role_grants_what_its_code_does_and_no_more() {
    let source = Source::read();
    for (function, _) in FUNCTIONS {
        let needed = source.reached(|file, name| match function {
            "EventReceiver" => file == "http/events.rs",
            "SettingsApi" => file.starts_with("http/api/") || file.starts_with("http/pages/"),
            "RetryJob" => file.starts_with("flow/retry/") && name.starts_with("run"),
            other => panic!("{other} has no entrance"),
        });
        let granted = granted(function);
        let (missing, idle): (Vec<_>, Vec<_>) =
            (needed.difference(&granted).collect(), granted.difference(&needed).collect());
        assert!(missing.is_empty(), "{function}: the code does what the role refuses: {missing:?}");
        assert!(idle.is_empty(), "{function}: the role grants what the code does not do: {idle:?}");
    }
}

#[test]
fn no_operation_is_out_of_reach_of_all_functions() {
    let granted: BTreeSet<_> = FUNCTIONS.iter().flat_map(|(function, _)| granted(function)).collect();
    assert_eq!(Source::read().everything(), granted);
}

#[test]
fn nothing_is_granted_on_everything_but_traces() {
    for (name, role) in resources("AWS::IAM::Role") {
        for policy in list(&role["Properties"]["Policies"]) {
            for statement in list(&policy["PolicyDocument"]["Statement"]).iter().map(given) {
                assert_eq!(statement["Effect"], "Allow");
                for action in list(&statement["Action"]) {
                    let action = action.as_str().unwrap();
                    assert!(!action.contains('*'), "{name}: {action}");
                    assert_eq!(statement["Resource"] == "*", action.starts_with("xray:"), "{name}: {action}");
                }
            }
        }
        assert!(
            role["Properties"]["ManagedPolicyArns"].is_null(),
            "{name}: what AWS may change is not granted"
        );
    }
}

#[test]
fn each_function_writes_its_own_log_only() {
    for (function, _) in FUNCTIONS {
        let logs = format!("{function}Logs");
        assert_eq!(resource(function)["Properties"]["LoggingConfig"], json!({"LogGroup": {"Ref": logs}}));
        let format = &template()["Globals"]["Function"]["LoggingConfig"];
        assert_eq!(*format, json!({"LogFormat": "JSON", "SystemLogLevel": "WARN"}));
        let statements = statements(function, "telemetry");
        let writes = statements
            .iter()
            .find(|one| one["Action"] == json!(["logs:CreateLogStream", "logs:PutLogEvents"]));
        assert_eq!(writes.unwrap()["Resource"], json!({"Fn::GetAtt": format!("{logs}.Arn")}));
    }
}

/// Whatever SES knows as the operator's.
const IDENTITIES: &str = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*";

/// What the policy named `work` of a function's role allows.
fn granted(function: &str) -> BTreeSet<Action> {
    let mut granted = BTreeSet::new();
    for statement in statements(function, "work") {
        for resource in list(&statement["Resource"]) {
            let on = match &resource {
                one if *one == table() => "table",
                one if *one == json!({"Fn::Sub": ["${Table}/index/due", {"Table": table()}]}) => "index/due",
                one if *one == json!({"Fn::Sub": ["${Table}/index/calls", {"Table": table()}]}) => {
                    "index/calls"
                }
                one if *one == json!({"Fn::GetAtt": "RetryQueue.Arn"}) => "queue",
                one if *one == json!({"Ref": "OperatorTopic"}) => "topic",
                one if *one == json!({"Fn::GetAtt": "Recordings.Arn"}) => "bucket",
                one if *one == json!({"Fn::Sub": "${Recordings.Arn}/*"}) => "objects",
                one if *one == json!({"Fn::Sub": IDENTITIES}) => {
                    let from = json!({"StringEquals": {"ses:FromAddress": {"Ref": "NotifyFrom"}}});
                    assert_eq!(statement["Condition"], from, "{function} may send in anybody's name");
                    "mail"
                }
                other => panic!("{function} may do something on {other}"),
            };
            let actions = list(&statement["Action"]);
            granted.extend(actions.iter().map(|action| (action.as_str().unwrap().to_owned(), on.to_owned())));
        }
    }
    granted
}

/// The table of the stack, unless a restored one is in its place.
fn table() -> Value {
    let restored = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${RestoredTable}";
    json!({"Fn::If": ["HasRestored", {"Fn::Sub": restored}, {"Fn::GetAtt": "Table.Arn"}]})
}

fn statements(function: &str, policy: &str) -> Vec<Value> {
    let role = resource(function)["Properties"]["Role"]["Fn::GetAtt"].as_str().unwrap();
    let role = resource(role.strip_suffix(".Arn").unwrap());
    let policies = list(&role["Properties"]["Policies"]);
    let policy = policies.iter().find(|one| one["PolicyName"] == policy).unwrap();
    list(&policy["PolicyDocument"]["Statement"]).iter().map(given).collect()
}

/// A statement, if need be as it is where there is a bucket, or mail.
fn given(statement: &Value) -> Value {
    match &statement["Fn::If"] {
        Value::Null => statement.clone(),
        choice @ (Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)) => {
            let nothing = json!({"Ref": "AWS::NoValue"});
            assert!(choice[0] == "HasBucket" || choice[0] == "HasMail", "{choice}");
            assert_eq!(choice[2], nothing);
            choice[1].clone()
        }
    }
}

/// One thing or a list of them.
fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}
