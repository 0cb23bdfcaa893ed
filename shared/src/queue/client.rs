//! SQS' client, built when it is first asked for: few invocations send or receive a message, and for each client the
//! SDK reads its tables of endpoints, which no start need wait for.

use std::sync::{Arc, LazyLock};

use aws_sdk_sqs::Client;

/// SQS: region, credentials, endpoint.
#[derive(Clone, Debug)]
pub struct Sqs(Arc<LazyLock<Client, Box<dyn FnOnce() -> Client + Send>>>);

impl Sqs {
    /// By a client that is built when it is first asked for.
    pub fn lazily(build: impl FnOnce() -> Client + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(build))))
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.0
    }
}

impl From<Client> for Sqs {
    fn from(client: Client) -> Self {
        Self::lazily(|| client)
    }
}
