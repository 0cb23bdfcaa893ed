//! AWS without its SDK, for services of which we need a request or two: who asks, and how a request is signed. The SDK's
//! clients for S3, SES and SNS would be megabytes in each binary.

pub(crate) mod service;
pub(crate) mod sign;

use url::Url;

use crate::http_client::AwsRoots;
use crate::model::secret::Secret;

/// Where a service is, and who asks.
#[derive(Clone, Debug)]
pub struct Access {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The keys.
    pub keys: Keys,
    /// Where the service is, if it is not AWS's own.
    pub endpoint: Option<Url>,
    /// Whom it trusts.
    pub roots: AwsRoots,
}

/// Keys as Lambda gives them to a process; they live as long as it does.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key's id.
    pub id: String,
    /// The key.
    pub secret: Secret,
    /// The token of a role's session.
    pub session: Option<Secret>,
}

impl Access {
    /// What the names of AWS's own hosts end with.
    pub(crate) fn suffix(&self) -> &'static str {
        if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }
}
