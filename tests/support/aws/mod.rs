//! DynamoDB and SQS in this process, spoken to through the same SDK clients as in production (docs/promises.md §8).

mod schema;
mod servers;

use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use dynoxide::{Database, DynoxideError};
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

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
    database: Option<Database>,
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
        let database = match file {
            Some(path) => Database::new(&path.to_string_lossy()),
            None => Database::memory(),
        };
        Self::with(database.map_err(failed)?).await
    }

    /// The same, but nothing waits until the disk has it: what was written outlives the process, however that ends, and a
    /// power cut may take the last moments.
    pub async fn start_unsynced(file: Option<&Path>) -> std::io::Result<Self> {
        let Some(path) = file else { return Self::start(None).await };
        let database = Database::new(&path.to_string_lossy()).map_err(failed)?;
        // What follows a bulk load is SQLite's `synchronous = NORMAL`.
        database.disable_bulk_loading().map_err(failed)?;
        Self::with(database).await
    }

    async fn with(database: Database) -> std::io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let dynamodb = format!("http://{}", listener.local_addr()?);
        let mut ended = stopped.clone();
        let served = database.clone();
        let dynamodb_task =
            tokio::spawn(dynoxide::server::serve_with_shutdown(listener, served, async move {
                // Err means that the sender is gone, which ends it too.
                let _ = ended.wait_for(|stop| *stop).await;
            }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(serve_sqs(listener, address.port(), stopped));
        let sqs = format!("http://{address}");
        Ok(Self { dynamodb, sqs, stop, dynamodb_task: Some(dynamodb_task), database: Some(database) })
    }

    /// Servers that run elsewhere, and go on when this is dropped.
    pub fn elsewhere(dynamodb: &str, sqs: &str) -> Self {
        let (stop, _) = watch::channel(false);
        Self { dynamodb: dynamodb.to_owned(), sqs: sqs.to_owned(), stop, dynamodb_task: None, database: None }
    }

    /// Stops both, and waits until DynamoDB has written what it holds.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        self.database = None;
        if let Some(task) = self.dynamodb_task.take() {
            // An error is a server that had ended already.
            let _ = task.await;
        }
    }

    /// Forgets what has expired, as DynamoDB does by itself; says how many items.
    pub async fn forget_expired(&self) -> std::io::Result<usize> {
        let Some(database) = self.database.clone() else { return Ok(0) };
        let swept = tokio::task::spawn_blocking(move || database.sweep_ttl());
        swept.await?.map_err(failed)
    }

    /// A DynamoDB client.
    pub async fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&local_config(&self.dynamodb).await)
    }

    /// An SQS client.
    pub async fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&local_config(&self.sqs).await)
    }
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

/// The product's own SDK configuration, with an endpoint of one's own, keys that mean nothing, and the patience that
/// a server needs which shares a busy machine with everything else.
pub async fn local_config(endpoint: &str) -> SdkConfig {
    let keys = Credentials::new("local", "local", None, None, "embedded");
    let timeouts =
        TimeoutConfig::builder().connect_timeout(PATIENT.connect).operation_attempt_timeout(PATIENCE).build();
    let config = ringbridge::sdk::config().region(Region::new("eu-west-1")).endpoint_url(endpoint);
    config.timeout_config(timeouts).credentials_provider(SharedCredentialsProvider::new(keys)).build()
}

async fn serve_sqs(listener: TcpListener, port: u16, mut stopped: watch::Receiver<bool>) {
    let config = SqsConfig {
        skip_signature_validation: true,
        default_region: "eu-west-1".to_owned(),
        account_id: "000000000000".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
    };
    let handler = RustackSqsHandler::new(Arc::new(RustackSqs::new(config)));
    let service = SqsHttpService::new(Arc::new(handler), SqsHttpConfig::default());
    tokio::select! {
        () = net::serve(listener, service) => {}
        // Err means that the sender is gone, which ends it too.
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}
