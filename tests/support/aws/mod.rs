//! DynamoDB and SQS in this process, spoken to through the same SDK clients as in production (docs/promises.md §8).

mod in_process;
mod schema;
mod servers;

use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::sdk_config::Builder;
use dynoxide::{Database, DynoxideError};
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use in_process::InProcess;
pub use schema::{QUEUE, SetupError, TABLE, create_queue, create_table};
pub use servers::{HIDDEN, Servers, unrepeated};

use crate::net;
use crate::patience::{PATIENCE, PATIENT};

/// Embedded servers. They stop when this is dropped.
pub struct EmbeddedAws {
    /// `http://127.0.0.1:port` of DynamoDB.
    pub dynamodb: String,
    /// `http://127.0.0.1:port` of SQS.
    pub sqs: String,
    stop: watch::Sender<bool>,
    dynamodb_task: Option<JoinHandle<Result<(), String>>>,
}

impl fmt::Debug for EmbeddedAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dynamodb, sqs, .. } = self;
        f.debug_struct("EmbeddedAws").field("dynamodb", dynamodb).field("sqs", sqs).finish_non_exhaustive()
    }
}

impl EmbeddedAws {
    /// Starts both; DynamoDB keeps its data in `file`, or in memory. SQS is always in memory: the sweep finds what
    /// it forgot.
    pub async fn start(file: Option<&Path>) -> std::io::Result<Self> {
        let database = open(file)?;
        let (stop, stopped) = watch::channel(false);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let dynamodb = format!("http://{}", listener.local_addr()?);
        let mut ended = stopped.clone();
        let dynamodb_task =
            tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, async move {
                // Err means that the sender is gone, which ends it too.
                let _ = ended.wait_for(|stop| *stop).await;
            }));
        let sqs = start_sqs(stopped).await?;
        Ok(Self { dynamodb, sqs, stop, dynamodb_task: Some(dynamodb_task) })
    }

    /// Servers that run elsewhere, and go on when this is dropped.
    pub fn elsewhere(dynamodb: &str, sqs: &str) -> Self {
        let (stop, _) = watch::channel(false);
        Self { dynamodb: dynamodb.to_owned(), sqs: sqs.to_owned(), stop, dynamodb_task: None }
    }

    /// Stops both, and waits until DynamoDB has written what it holds.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.dynamodb_task.take() {
            // An error is a server that had ended already.
            let _ = task.await;
        }
    }

    /// A DynamoDB client.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&local_config(&self.dynamodb))
    }

    /// An SQS client.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&local_config(&self.sqs))
    }
}

fn open(file: Option<&Path>) -> std::io::Result<Database> {
    let database = match file {
        Some(path) => Database::new(&path.to_string_lossy()),
        None => Database::memory(),
    };
    database.map_err(failed)
}

fn failed(error: DynoxideError) -> std::io::Error {
    std::io::Error::other(error)
}

/// Writes what the database in `file` holds at this moment into a new file, while another process goes on writing it.
pub fn snapshot(file: &Path, into: &Path) -> std::io::Result<()> {
    let database = Database::new(&file.to_string_lossy()).map_err(failed)?;
    database.vacuum_into(&into.to_string_lossy()).map_err(failed)
}

/// Whether a file is a database with the table in it.
pub fn is_whole(file: &Path) -> std::io::Result<bool> {
    let database = Database::new(&file.to_string_lossy()).map_err(failed)?;
    Ok(database.get_table_metadata(TABLE).map_err(failed)?.is_some())
}

/// The product's own SDK configuration, with an endpoint of one's own and keys that mean nothing.
pub fn local_config(endpoint: &str) -> SdkConfig {
    let keys = Credentials::new("local", "local", None, None, "embedded");
    patient(endpoint).credentials_provider(SharedCredentialsProvider::new(keys)).build()
}

/// With the patience that a server needs which shares a busy machine with everything else.
fn patient(endpoint: &str) -> Builder {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(PATIENT.connect).operation_attempt_timeout(PATIENCE).build();
    let config = ringbridge::sdk::config().region(Region::new("eu-west-1")).endpoint_url(endpoint);
    config.timeout_config(timeouts)
}

/// Starts SQS; answers `http://127.0.0.1:port`.
async fn start_sqs(mut stopped: watch::Receiver<bool>) -> std::io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let config = SqsConfig {
        skip_signature_validation: true,
        default_region: "eu-west-1".to_owned(),
        account_id: "000000000000".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: address.port(),
    };
    let handler = RustackSqsHandler::new(Arc::new(RustackSqs::new(config)));
    let service = SqsHttpService::new(Arc::new(handler), SqsHttpConfig::default());
    tokio::spawn(async move {
        tokio::select! {
            () = net::serve(listener, service) => {}
            // Err means that the sender is gone, which ends it too.
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    });
    Ok(format!("http://{address}"))
}
