//! The only place that makes outgoing HTTP clients, so that each has timeouts, follows no redirect, repeats
//! nothing by itself, and goes only where docs/promises.md §7 allows.

mod addresses;
mod body;
mod failure;
mod resolver;
mod roots;
mod targets;

use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::{ClientBuilder, Method, RequestBuilder, redirect, retry};
use url::Url;

pub use self::addresses::is_public;
pub use self::body::{BodyError, read_bounded};
pub use self::failure::{Unanswered, unanswered};
pub(crate) use self::roots::aws_tls;
pub use self::roots::{AWS_BUNDLE, AwsRoots, UnknownRoot};
pub use self::targets::{TargetProblem, Targets, check_target};

/// The largest answer that is read from the PBX: ten times a page of its longest list.
pub const PBX_BODY_MAX: usize = 4 * 1024 * 1024;

/// How long an unused connection is kept: below the five seconds after which common servers close theirs, since
/// a request on a connection that is just being closed counts as perhaps delivered.
const IDLE: Duration = Duration::from_secs(4);

/// How long one request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// DNS, TCP and TLS together. Shorter than `total`, or a slow connection counts as perhaps delivered.
    pub connect: Duration,
    /// Everything, to the last byte of the answer. Shorter than the function's deadline.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), total: Duration::from_secs(10) }
    }
}

/// A client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct ClientError(#[source] reqwest::Error);

/// A client for the operator's PBX hosts. Their addresses are not checked, since the operator listed them.
pub fn for_pbx(timeouts: Timeouts) -> Result<reqwest::Client, ClientError> {
    builder(timeouts).gzip(true).build().map_err(ClientError)
}

/// A client for recordings on the operator's PBX hosts. What is not packed tells its length.
pub fn for_recordings(timeouts: Timeouts) -> Result<reqwest::Client, ClientError> {
    builder(timeouts).gzip(false).build().map_err(ClientError)
}

/// A client for services of AWS, or for what stands for them.
pub fn for_aws(timeouts: Timeouts, roots: &AwsRoots) -> Result<reqwest::Client, ClientError> {
    let builder = builder(timeouts).tls_backend_preconfigured(roots::aws_tls(roots));
    builder.gzip(false).build().map_err(ClientError)
}

/// A client for addresses that customers chose.
pub fn for_crm(timeouts: Timeouts, targets: Targets) -> Result<CrmClient, ClientError> {
    let client = builder(timeouts)
        .gzip(false)
        // Beside the check of each address.
        .https_only(targets == Targets::PublicOnly)
        .dns_resolver(Arc::new(resolver::Checked::new(targets)))
        .build()
        .map_err(ClientError)?;
    Ok(CrmClient { client, targets })
}

/// Makes requests to CRMs. The wrapper is needed since addresses written in digits never meet the resolver.
#[derive(Clone, Debug)]
pub struct CrmClient {
    client: reqwest::Client,
    targets: Targets,
}

impl CrmClient {
    /// Starts a request, unless the address is one that may not be asked.
    pub fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, TargetProblem> {
        targets::check_url(url, self.targets)?;
        Ok(self.client.request(method, url.clone()))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that makes clients")]
fn builder(timeouts: Timeouts) -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("ringbridge/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .pool_idle_timeout(IDLE)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .tls_backend_preconfigured(roots::system_tls())
}

/// The cryptography of every connection.
fn install_provider() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // An error means that one is installed already, which serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}
