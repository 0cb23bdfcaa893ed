//! The AWS SDK's configuration, from the variables that Lambda sets. The SDK's own chain would also look for profiles,
//! instance metadata and web identities: a megabyte in each binary for what no function has.

mod http;
mod open;

use std::io;
use std::time::Duration;

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use url::Url;

pub use self::open::open;
use crate::aws::{Access, Keys};
use crate::config::aws_variable;
use crate::http_client::{AWS_BUNDLE, AwsRoots};
use crate::model::secret::Secret;

/// The roots for private endpoints can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{AWS_BUNDLE} must name a file with CA certificates (PEM)")]
pub struct BundleError(#[source] Option<io::Error>);

/// The SDK's configuration as it is everywhere: one TLS stack, and timeouts so short that a stuck call leaves
/// time to answer within the function's deadline.
pub fn config() -> Builder {
    trusting(&AwsRoots::default())
}

fn trusting(roots: &AwsRoots) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http::client(roots))
        .timeout_config(timeouts)
}

/// With region, keys and endpoints from the environment. Lambda's keys live as long as the process.
pub fn from_env(roots: &AwsRoots) -> SdkConfig {
    let mut config = trusting(roots).service_config(Environment);
    if let Some(keys) = keys() {
        let session = keys.session.map(|token| token.reveal().to_owned());
        let keys = Credentials::new(keys.id, keys.secret.reveal(), session, None, "environment");
        config = config.credentials_provider(SharedCredentialsProvider::new(keys));
    }
    config.region(region().map(Region::new)).build()
}

/// The same for a service for which there is no client of the SDK, by its name in the SDK's variables: `S3`, `SESV2`.
/// `None` without region or keys.
pub fn access_from_env(service: &str, roots: &AwsRoots) -> Option<Access> {
    let endpoint = aws_variable(&format!("AWS_ENDPOINT_URL_{service}"));
    let endpoint = endpoint.or_else(|| aws_variable("AWS_ENDPOINT_URL"));
    let endpoint = endpoint.map(|url| Url::parse(&url)).transpose().ok()?;
    Some(Access { region: region()?, keys: keys()?, endpoint, roots: roots.clone() })
}

/// Whom connections to AWS trust: AWS's own roots, or the file that [`AWS_BUNDLE`] names.
pub fn roots_from_env() -> Result<AwsRoots, BundleError> {
    let Some(path) = aws_variable(AWS_BUNDLE) else { return Ok(AwsRoots::default()) };
    let bundle = std::fs::read(path).map_err(|error| BundleError(Some(error)))?;
    AwsRoots::from_bundle(&bundle).ok_or(BundleError(None))
}

fn region() -> Option<String> {
    aws_variable("AWS_REGION").or_else(|| aws_variable("AWS_DEFAULT_REGION"))
}

fn keys() -> Option<Keys> {
    Some(Keys {
        id: aws_variable("AWS_ACCESS_KEY_ID")?,
        secret: Secret::new(aws_variable("AWS_SECRET_ACCESS_KEY")?),
        session: aws_variable("AWS_SESSION_TOKEN").map(Secret::new),
    })
}

/// The SDK's own variables, such as `AWS_ENDPOINT_URL_DYNAMODB` before `AWS_ENDPOINT_URL`.
#[derive(Debug)]
struct Environment;

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        aws_variable(&format!("{}_{service}", key.env())).or_else(|| aws_variable(key.env()))
    }
}
