//! Puts the parts together: the only module that names implementations. Everything is built once, at start.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::alert::{LogOperator, Operator, SnsOperator};
use crate::aws::Access;
use crate::bucket::{self, Bucket};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError};
use crate::crm::{AuthServers, Connectors};
use crate::error::chain;
use crate::flow::{CallDeps, RetryDeps, SettingsDeps, Timing};
use crate::http::api::SettingsApi;
use crate::http::front::Front;
use crate::http_client::{self, ClientError, Timeouts};
use crate::model::ids::{Random, SystemRandomness};
use crate::pbx::PbxClient;
use crate::post::{Postman, SesPostman};
use crate::queue::{Queue, Sqs};
use crate::recording::RecordingLinks;
use crate::rules::retry::RetryPolicy;
use crate::sdk::BundleError;
use crate::seal::Sealer;
use crate::storage::{Pace, Store};
use crate::{metrics, sdk, telemetry};

/// What an attempt takes beyond the CRM's own time: two writes, each with its repeats. None is begun without it.
const AROUND_AN_ATTEMPT: Duration = Duration::from_secs(3);
/// A claim outlasts its attempt by this, so that an outcome is never written into somebody else's.
const BEYOND_AN_ATTEMPT: Duration = Duration::from_secs(7);
/// The longest that a connection to a CRM may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// The shortest wait with which SQS asks all of its servers.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// A process can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error("the configuration can't be used")]
    Config(#[from] ConfigError),
    /// The sealing key.
    #[error("RINGBRIDGE_SEALING_KEY must be 32 bytes in base64")]
    SealingKey,
    /// The public address.
    #[error("RINGBRIDGE_PUBLIC_URL must be a URL")]
    PublicUrl,
    /// The address of Bitrix24's tokens.
    #[error("RINGBRIDGE_BITRIX24_OAUTH must be a URL")]
    Bitrix24,
    /// What stands for the accounts of Kommo.
    #[error("RINGBRIDGE_KOMMO_API must be a URL")]
    Kommo,
    /// The address of HubSpot's API.
    #[error("RINGBRIDGE_HUBSPOT_API must be a URL")]
    HubSpot,
    /// The bucket of recordings.
    #[error("RINGBRIDGE_RECORDING_BUCKET needs a region and keys of AWS")]
    Bucket,
    /// The operator's topic.
    #[error("RINGBRIDGE_OPERATOR_TOPIC needs a region and keys of AWS")]
    Topic,
    /// E-mail.
    #[error("RINGBRIDGE_NOTIFY_FROM needs a region and keys of AWS")]
    Mail,
    /// The roots of private endpoints.
    #[error("the roots of AWS's endpoints can't be used")]
    Roots(#[from] BundleError),
    /// The HTTP client.
    #[error("no HTTP client")]
    HttpClient(#[from] ClientError),
}

/// The world outside, as far as it can be replaced.
#[derive(Clone)]
pub struct Outside {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// DynamoDB: region, credentials, endpoint.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS: the same.
    pub sqs: Sqs,
    /// S3: the same, if there are any.
    pub s3: Option<Access>,
    /// SES: the same.
    pub ses: Option<Access>,
    /// Who sends e-mail in the place of SES.
    pub postman: Option<Arc<dyn Postman>>,
    /// Who is told of what only an operator can mend.
    pub operator: Arc<dyn Operator>,
}

impl Outside {
    /// The real one; AWS from the environment (`AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`, …).
    pub fn real(config: &Config) -> Result<Self, StartError> {
        let roots = sdk::roots_from_env()?;
        let aws = sdk::from_env(&roots);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let operator: Arc<dyn Operator> = match &config.operator_topic {
            Some(topic) => {
                let access = sdk::access_from_env("SNS", &roots).ok_or(StartError::Topic)?;
                Arc::new(SnsOperator::new(access, topic, clock.clone()).ok_or(StartError::Topic)?)
            }
            None => Arc::new(LogOperator),
        };
        Ok(Self {
            clock,
            random: Arc::new(SystemRandomness::default()),
            dynamodb: aws_sdk_dynamodb::Client::new(&aws),
            sqs: Sqs::lazily(move || aws_sdk_sqs::Client::new(&aws)),
            s3: sdk::access_from_env("S3", &roots),
            ses: sdk::access_from_env("SESV2", &roots),
            postman: None,
            operator,
        })
    }
}

/// Starts the event receiver's process, and says through what its requests must have come. The table's connection is
/// open by then, or a second has passed: the PBX waits for the first event's answer.
pub async fn start_events() -> Result<(CallDeps, Front), StartError> {
    let (calls, front, dynamodb) = start("event-receiver", |config, outside| {
        // It keeps no recordings, and starts sooner without clients for them.
        let config = Config { recording_bucket: None, ..config.clone() };
        let (calls, front) = (calls(&config, outside)?, Front::new(config.front_key.clone()));
        Ok((calls, front, outside.dynamodb.clone()))
    })?;
    sdk::open(dynamodb).await;
    Ok((calls, front))
}

/// Starts the settings' process, and says through what its requests must have come.
pub fn start_settings() -> Result<(SettingsApi, Front), StartError> {
    start("settings-api", |config, outside| {
        let calls = calls(config, outside)?;
        let settings = settings(config, outside, calls.connectors.clone())?;
        let api = SettingsApi { settings: settings.into(), calls: calls.into(), simulator: None };
        Ok((api, Front::new(config.front_key.clone())))
    })
}

/// Starts the retry job's process.
pub fn start_retry() -> Result<RetryDeps, StartError> {
    start("retry-job", retry)
}

/// Configuration, logs and clients. What is wrong is logged in one line that names it.
fn start<T>(
    function: &'static str,
    build: impl FnOnce(&Config, &Outside) -> Result<T, StartError>,
) -> Result<T, StartError> {
    let started = || {
        let config = Config::from_env()?;
        telemetry::start(telemetry::Format::Json, &config.log);
        metrics::start(config.metrics.as_deref());
        metrics::of(function);
        let outside = Outside::real(&config)?;
        build(&config, &outside)
    };
    started().inspect_err(report)
}

/// Names what keeps a process from starting; without a configuration its logs have not begun yet.
fn report(error: &StartError) {
    telemetry::start(telemetry::Format::Json, "error");
    tracing::error!({ telemetry::field::ERROR } = chain(error), "not started");
}

/// How long a claim is held for an attempt that may take so long.
pub fn lease(crm_timeout: Duration) -> Duration {
    crm_timeout + AROUND_AN_ATTEMPT + BEYOND_AN_ATTEMPT
}

fn store(config: &Config, outside: &Outside) -> Store {
    let pace = Pace::new(outside.clock.clone(), outside.random.clone());
    Store::new(outside.dynamodb.clone(), &config.table, config.keep_calls, pace)
}

/// What calls need.
pub fn calls(config: &Config, outside: &Outside) -> Result<CallDeps, StartError> {
    Ok(CallDeps {
        store: store(config, outside),
        queue: Queue::new(outside.sqs.clone(), &config.queue_url),
        sealer: Arc::new(Sealer::parse(config.sealing_key.reveal()).ok_or(StartError::SealingKey)?),
        connectors: connectors(config)?,
        clock: outside.clock.clone(),
        random: outside.random.clone(),
        recordings: recordings(config)?,
        bucket: bucket(config, outside)?,
        timing: Timing {
            retry: RetryPolicy::new(config.retry_delays.clone()),
            hold: config.missed_hold,
            attempt: config.crm_timeout + AROUND_AN_ATTEMPT,
            lease: lease(config.crm_timeout),
        },
        operator: outside.operator.clone(),
        gates: Arc::default(),
        flood: Arc::default(),
    })
}

/// The CRMs, over one client.
fn connectors(config: &Config) -> Result<Arc<Connectors>, StartError> {
    let timeouts = Timeouts { connect: CONNECT.min(config.crm_timeout / 2), total: config.crm_timeout };
    let bitrix24 = Url::parse(&config.bitrix24_oauth).map_err(|_| StartError::Bitrix24)?;
    let kommo = config.kommo_api.as_deref().map(Url::parse).transpose().map_err(|_| StartError::Kommo)?;
    let hubspot = Url::parse(&config.hubspot_api).map_err(|_| StartError::HubSpot)?;
    let servers = AuthServers { bitrix24, hubspot, kommo };
    Ok(Arc::new(Connectors::all(&http_client::for_crm(timeouts, config.targets)?, &servers)))
}

/// What the retry job needs.
pub fn retry(config: &Config, outside: &Outside) -> Result<RetryDeps, StartError> {
    let calls = calls(config, outside)?;
    Ok(RetryDeps {
        settings: settings(config, outside, calls.connectors.clone())?,
        calls,
        drains_queue: config.drains_queue,
        last_look: LAST_LOOK,
    })
}

/// What settings need; calls' connectors serve them too.
pub fn settings(
    config: &Config,
    outside: &Outside,
    connectors: Arc<Connectors>,
) -> Result<SettingsDeps, StartError> {
    let pbx = http_client::for_pbx(Timeouts::default())?;
    Ok(SettingsDeps {
        store: store(config, outside),
        queue: Queue::new(outside.sqs.clone(), &config.queue_url),
        sealer: Arc::new(Sealer::parse(config.sealing_key.reveal()).ok_or(StartError::SealingKey)?),
        pbx: PbxClient::new(pbx, outside.clock.clone()),
        connectors,
        clock: outside.clock.clone(),
        random: outside.random.clone(),
        public_url: public_url(config)?,
        pbx_hosts: config.pbx_hosts.clone(),
        public_apps: config.pbx_public_apps.clone(),
        event_limit: u32::try_from(config.event_limit).unwrap_or(u32::MAX),
        targets: config.targets,
        recordings: recordings(config)?,
        bucket: bucket(config, outside)?,
        retry: RetryPolicy::new(config.retry_delays.clone()),
        operator: outside.operator.clone(),
        postman: postman(config, outside)?,
        limits: Arc::default(),
    })
}

fn public_url(config: &Config) -> Result<Url, StartError> {
    Url::parse(&config.public_url).map_err(|_| StartError::PublicUrl)
}

fn recordings(config: &Config) -> Result<Arc<RecordingLinks>, StartError> {
    let links = RecordingLinks::new(config.sealing_key.reveal(), public_url(config)?, config.recording_links);
    links.map(Arc::new).ok_or(StartError::SealingKey)
}

/// Who sends e-mail, if the operator named an address to send it from.
fn postman(config: &Config, outside: &Outside) -> Result<Option<Arc<dyn Postman>>, StartError> {
    let Some(from) = &config.notify_from else { return Ok(None) };
    if let Some(postman) = &outside.postman {
        return Ok(Some(Arc::clone(postman)));
    }
    let access = outside.ses.clone().ok_or(StartError::Mail)?;
    let ses = SesPostman::new(access, from.clone()).ok_or(StartError::Mail)?;
    Ok(Some(Arc::new(ses)))
}

/// The bucket of recordings, if the operator named one.
fn bucket(config: &Config, outside: &Outside) -> Result<Option<Arc<Bucket>>, StartError> {
    let Some(name) = &config.recording_bucket else { return Ok(None) };
    let access = outside.s3.clone().ok_or(StartError::Bucket)?;
    let base = bucket::base(&access, name).ok_or(StartError::Bucket)?;
    Ok(Some(Arc::new(Bucket::new(base, access, config.targets)?)))
}
