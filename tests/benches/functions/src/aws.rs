//! The clients, with the product's own configuration: the same patience, the same TLS, the same roots.

use lambda_http::Error;

/// What an event needs of AWS.
pub(crate) struct Clients {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// From the environment.
    pub(crate) fn from_env() -> Result<Self, Error> {
        let aws = ringbridge::sdk::from_env(&ringbridge::sdk::roots_from_env()?);
        Ok(Self { dynamodb: aws_sdk_dynamodb::Client::new(&aws), sqs: aws_sdk_sqs::Client::new(&aws) })
    }
}
