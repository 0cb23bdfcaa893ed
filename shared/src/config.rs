//! The configuration: read once at start, from the environment alone; what is missing is named in one line.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http_client::Targets;
use crate::model::connection::Origin;
use crate::model::notify::EmailAddress;
use crate::model::public_app::PublicApp;
use crate::model::secret::Secret;

/// What a function or the local runner is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// `RINGBRIDGE_TABLE`: the DynamoDB table.
    pub table: String,
    /// `RINGBRIDGE_QUEUE_URL`: the retry queue.
    pub queue_url: String,
    /// `RINGBRIDGE_SEALING_KEY`: 32 bytes in base64; several with commas, the one in use first.
    pub sealing_key: Secret,
    /// `RINGBRIDGE_PUBLIC_URL`: where the PBX reaches us.
    pub public_url: String,
    /// `RINGBRIDGE_PBX_HOSTS`: the PBX hosts that may be connected, with commas.
    pub pbx_hosts: Vec<Origin>,
    /// `RINGBRIDGE_PBX_PUBLIC_APPS`: our public applications, `host|app_id|app_secret` each, with commas; their
    /// redirect URL is the public URL with `/api/v1/oauth/callback/` and the host.
    pub pbx_public_apps: Vec<PublicApp>,
    /// `RINGBRIDGE_RETRY_DELAYS`: waits after failed deliveries, such as `1m,5m,15m`.
    pub retry_delays: Vec<Duration>,
    /// `RINGBRIDGE_MISSED_HOLD`: how long a missed call waits for late events.
    pub missed_hold: Duration,
    /// `RINGBRIDGE_CRM_TIMEOUT`: how long one attempt at a CRM may take.
    pub crm_timeout: Duration,
    /// `RINGBRIDGE_KEEP_CALLS`: how long calls are kept, [`KEPT_AT_LEAST`] or longer.
    pub keep_calls: Duration,
    /// `RINGBRIDGE_QUEUE_DRAINED_BY`: whether the retry job's runs take messages off the queue (`schedule`), or an event
    /// source brings them (`event-source`).
    pub drains_queue: bool,
    /// `RINGBRIDGE_RECORDING_LINKS`: how long after a call's day its recording can be listened to by the CRM's link; `0s`
    /// hands no links out.
    pub recording_links: Duration,
    /// `RINGBRIDGE_RECORDING_BUCKET`: the bucket in S3 where recordings are kept; without one none are.
    pub recording_bucket: Option<String>,
    /// `RINGBRIDGE_EVENT_LIMIT`: events that one extension takes, all integrations together (R7).
    pub event_limit: usize,
    /// `RINGBRIDGE_FRONT_KEY`: what the proxy of ours before the API shows; without one there is none.
    pub front_key: Option<Secret>,
    /// `RINGBRIDGE_ALLOW_PRIVATE_TARGETS`: whether CRMs may have private addresses.
    pub targets: Targets,
    /// `RINGBRIDGE_BITRIX24_OAUTH`: where Bitrix24 gives out tokens.
    pub bitrix24_oauth: String,
    /// `RINGBRIDGE_KOMMO_API`: what stands for every account of Kommo.
    pub kommo_api: Option<String>,
    /// `RINGBRIDGE_HUBSPOT_API`: where HubSpot is asked.
    pub hubspot_api: String,
    /// `RINGBRIDGE_OPERATOR_TOPIC`: the SNS topic for alerts; without one they are log lines.
    pub operator_topic: Option<String>,
    /// `RINGBRIDGE_NOTIFY_FROM`: from which address administrators get e-mail; without one they get none.
    pub notify_from: Option<EmailAddress>,
    /// `RINGBRIDGE_METRICS`: the CloudWatch namespace of the metrics; without one none are written.
    pub metrics: Option<String>,
    /// `RINGBRIDGE_LOG`: what is logged, such as `info` or `error,ringbridge=info`.
    pub log: String,
}

/// The configuration can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A variable that must be set is not.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable can't be read.
    #[error("{variable} must be {wanted}")]
    Unreadable {
        /// Which.
        variable: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
}

/// A record is tried for up to three days, and a day more is what its last events and a person need: nothing that waits
/// may expire before.
pub const KEPT_AT_LEAST: Duration = Duration::from_hours(4 * 24);

/// Every variable with its default, for documents and tests; no default means that it must be set.
pub const VARIABLES: &[(&str, Option<&str>)] = &[
    ("RINGBRIDGE_TABLE", None),
    ("RINGBRIDGE_QUEUE_URL", None),
    ("RINGBRIDGE_SEALING_KEY", None),
    ("RINGBRIDGE_PUBLIC_URL", None),
    ("RINGBRIDGE_PBX_HOSTS", None),
    ("RINGBRIDGE_PBX_PUBLIC_APPS", Some("")),
    ("RINGBRIDGE_RETRY_DELAYS", Some("1m,5m,15m,1h,4h,12h")),
    ("RINGBRIDGE_MISSED_HOLD", Some("5s")),
    ("RINGBRIDGE_CRM_TIMEOUT", Some("10s")),
    ("RINGBRIDGE_KEEP_CALLS", Some("30d")),
    ("RINGBRIDGE_QUEUE_DRAINED_BY", Some("schedule")),
    ("RINGBRIDGE_RECORDING_LINKS", Some("30d")),
    ("RINGBRIDGE_RECORDING_BUCKET", Some("")),
    ("RINGBRIDGE_EVENT_LIMIT", Some("16")),
    ("RINGBRIDGE_FRONT_KEY", Some("")),
    ("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", Some("false")),
    ("RINGBRIDGE_BITRIX24_OAUTH", Some("https://oauth.bitrix24.tech/oauth/token/")),
    ("RINGBRIDGE_KOMMO_API", Some("")),
    ("RINGBRIDGE_HUBSPOT_API", Some("https://api.hubapi.com")),
    ("RINGBRIDGE_OPERATOR_TOPIC", Some("")),
    ("RINGBRIDGE_NOTIFY_FROM", Some("")),
    ("RINGBRIDGE_METRICS", Some("")),
    ("RINGBRIDGE_LOG", Some("info")),
];

impl Config {
    /// From the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_env_and([])
    }

    /// From the process's environment; what is given here stands above it.
    pub fn from_env_and(given: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        let variables = std::env::vars_os();
        let variables =
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::from_pairs(variables.chain(given))
    }

    /// What `RINGBRIDGE_LOG` says, for a program that logs before it has read the rest.
    pub fn log_from_env() -> Option<String> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        std::env::var("RINGBRIDGE_LOG").ok()
    }

    /// `RINGBRIDGE_SMTP_URL`, for the local runner: `smtp://` or `smtps://`, with user and password if the server wants them.
    pub fn smtp_from_env() -> Option<Secret> {
        aws_variable("RINGBRIDGE_SMTP_URL").map(Secret::new)
    }

    /// `RINGBRIDGE_OPERATOR_EMAIL`, for one machine: who gets its alarms, with commas.
    pub fn operators_from_env() -> Result<Vec<EmailAddress>, ConfigError> {
        let variable = "RINGBRIDGE_OPERATOR_EMAIL";
        let wanted = "e-mail addresses, separated by commas";
        let Some(text) = aws_variable(variable) else { return Ok(Vec::new()) };
        let read = text.split(',').map(EmailAddress::parse).collect::<Option<Vec<_>>>();
        read.ok_or(ConfigError::Unreadable { variable, wanted })
    }

    /// From pairs; an empty value counts as not set.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let given: BTreeMap<String, String> =
            pairs.into_iter().map(|(name, value)| (name, value.trim().to_owned())).collect();
        let read = |name: &'static str| {
            let value = given.get(name).filter(|value| !value.is_empty()).map(String::as_str);
            let default =
                VARIABLES.iter().find(|(known, _)| *known == name).and_then(|(_, default)| *default);
            value.or(default).ok_or(ConfigError::Missing(name))
        };
        let unreadable = |variable, wanted| ConfigError::Unreadable { variable, wanted };
        let span = |name| {
            parse_span(read(name)?)
                .ok_or_else(|| unreadable(name, "a time such as 500ms, 5s, 15m, 4h or 30d"))
        };
        let hosts = read("RINGBRIDGE_PBX_HOSTS")?.split(',').map(Origin::parse).collect::<Option<Vec<_>>>();
        let delays = read("RINGBRIDGE_RETRY_DELAYS")?.split(',').map(parse_span).collect::<Option<Vec<_>>>();
        Ok(Self {
            table: read("RINGBRIDGE_TABLE")?.to_owned(),
            queue_url: read("RINGBRIDGE_QUEUE_URL")?.to_owned(),
            sealing_key: Secret::new(read("RINGBRIDGE_SEALING_KEY")?),
            public_url: public_url(read("RINGBRIDGE_PUBLIC_URL")?)
                .ok_or_else(|| unreadable("RINGBRIDGE_PUBLIC_URL", "an http or https URL without a query"))?,
            pbx_hosts: hosts.ok_or_else(|| {
                unreadable("RINGBRIDGE_PBX_HOSTS", "URLs such as https://pbx.example, separated by commas")
            })?,
            pbx_public_apps: public_apps(read("RINGBRIDGE_PBX_PUBLIC_APPS")?).ok_or_else(|| {
                unreadable(
                    "RINGBRIDGE_PBX_PUBLIC_APPS",
                    "host|app_id|app_secret, several separated by commas",
                )
            })?,
            retry_delays: delays.ok_or_else(|| {
                unreadable("RINGBRIDGE_RETRY_DELAYS", "times such as 1m,5m,1h, separated by commas")
            })?,
            missed_hold: span("RINGBRIDGE_MISSED_HOLD")?,
            crm_timeout: span("RINGBRIDGE_CRM_TIMEOUT")?,
            keep_calls: Some(span("RINGBRIDGE_KEEP_CALLS")?)
                .filter(|kept| *kept >= KEPT_AT_LEAST)
                .ok_or_else(|| {
                    unreadable(
                        "RINGBRIDGE_KEEP_CALLS",
                        "4d or more, since a record may be tried for three days",
                    )
                })?,
            drains_queue: match read("RINGBRIDGE_QUEUE_DRAINED_BY")? {
                "schedule" => true,
                "event-source" => false,
                _ => return Err(unreadable("RINGBRIDGE_QUEUE_DRAINED_BY", "schedule or event-source")),
            },
            recording_links: span("RINGBRIDGE_RECORDING_LINKS")?,
            recording_bucket: match optional(read("RINGBRIDGE_RECORDING_BUCKET")?) {
                Some(name) if !is_bucket(&name) => {
                    return Err(unreadable("RINGBRIDGE_RECORDING_BUCKET", "the name of a bucket in S3"));
                }
                name => name,
            },
            event_limit: read("RINGBRIDGE_EVENT_LIMIT")?
                .parse()
                .map_err(|_| unreadable("RINGBRIDGE_EVENT_LIMIT", "a whole number"))?,
            front_key: optional(read("RINGBRIDGE_FRONT_KEY")?).map(Secret::new),
            targets: match read("RINGBRIDGE_ALLOW_PRIVATE_TARGETS")? {
                "true" => Targets::AnyAddress,
                "false" => Targets::PublicOnly,
                _ => return Err(unreadable("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true or false")),
            },
            bitrix24_oauth: public_url(read("RINGBRIDGE_BITRIX24_OAUTH")?)
                .map(|url| format!("{url}/"))
                .ok_or_else(|| {
                    unreadable("RINGBRIDGE_BITRIX24_OAUTH", "an http or https URL without a query")
                })?,
            kommo_api: optional(read("RINGBRIDGE_KOMMO_API")?)
                .map(|text| {
                    let wanted = "an http or https URL without a query";
                    public_url(&text).ok_or_else(|| unreadable("RINGBRIDGE_KOMMO_API", wanted))
                })
                .transpose()?,
            hubspot_api: public_url(read("RINGBRIDGE_HUBSPOT_API")?).ok_or_else(|| {
                unreadable("RINGBRIDGE_HUBSPOT_API", "an http or https URL without a query")
            })?,
            operator_topic: optional(read("RINGBRIDGE_OPERATOR_TOPIC")?),
            notify_from: optional(read("RINGBRIDGE_NOTIFY_FROM")?)
                .map(|text| {
                    let address = EmailAddress::parse(&text);
                    address.ok_or_else(|| unreadable("RINGBRIDGE_NOTIFY_FROM", "an e-mail address"))
                })
                .transpose()?,
            metrics: optional(read("RINGBRIDGE_METRICS")?),
            log: read("RINGBRIDGE_LOG")?.to_owned(),
        })
    }
}

/// A variable that is not every process's, such as AWS's own.
pub(crate) fn aws_variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Without dots: in the name of a host they would break its certificate.
fn is_bucket(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (3..=63).contains(&name.len()) && name.chars().all(allowed)
}

fn public_apps(text: &str) -> Option<Vec<PublicApp>> {
    let apps = text.split(',').map(str::trim).filter(|app| !app.is_empty());
    let read = |app: &str| {
        let (host, rest) = app.split_once('|')?;
        let (app_id, app_secret) = rest.split_once('|')?;
        let given = !app_id.is_empty() && !app_secret.is_empty();
        let origin = Origin::parse(host).filter(|_| given)?;
        Some(PublicApp { origin, app_id: app_id.to_owned(), app_secret: Secret::new(app_secret) })
    };
    apps.map(read).collect()
}

fn public_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    usable.then(|| text.trim_end_matches('/').to_owned())
}

/// Reads `500ms`, `5s`, `15m`, `4h` or `30d`; none over ten years, so that no sum of times overflows.
pub fn parse_span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = text.split_at_checked(digits)?;
    let count: u64 = count.parse().ok()?;
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let span = Duration::from_millis(count.checked_mul(millis)?);
    (span <= Duration::from_hours(10 * 365 * 24)).then_some(span)
}
