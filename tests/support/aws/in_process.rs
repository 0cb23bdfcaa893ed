//! DynamoDB for whoever serves everything in one process: the SDK's client hands its requests to the database where it would
//! write them to a connection. Nothing listens, so no other process can ask.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Weak};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::{failed, local_config, open, patient, start_sqs};

/// Names an operation in its header.
const TARGET: &str = "DynamoDB_20120810.";

/// A database of this process, and SQS beside it. Both end when this is dropped, and what clients ask after that fails.
#[derive(Debug)]
pub struct InProcess {
    engine: Arc<Engine>,
    sqs: String,
    _running: watch::Sender<bool>,
}

impl InProcess {
    /// Opens the database in `file`, or one in memory, and starts SQS, which is always in memory: the sweep finds what it
    /// forgot.
    pub async fn start(file: Option<&Path>) -> std::io::Result<Self> {
        Self::with(open(file)?).await
    }

    /// The same, but nothing waits until the disk has it: what was written outlives the process, however that ends, and a
    /// power cut may take the last moments.
    pub async fn start_unsynced(file: Option<&Path>) -> std::io::Result<Self> {
        let database = open(file)?;
        if file.is_some() {
            // What follows a bulk load is SQLite's `synchronous = NORMAL`.
            database.disable_bulk_loading().map_err(failed)?;
        }
        Self::with(database).await
    }

    async fn with(database: Database) -> std::io::Result<Self> {
        let (running, stopped) = watch::channel(false);
        Ok(Self { engine: Arc::new(Engine(database)), sqs: start_sqs(stopped).await?, _running: running })
    }

    /// A DynamoDB client.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = patient("http://dynamodb").http_client(Here(Arc::downgrade(&self.engine))).build();
        // Nobody would look at a signature.
        let config = aws_sdk_dynamodb::config::Builder::from(&config).allow_no_auth();
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// An SQS client.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&local_config(&self.sqs))
    }

    /// Forgets what has expired, as DynamoDB does by itself; says how many items.
    pub async fn forget_expired(&self) -> std::io::Result<usize> {
        let engine = Arc::clone(&self.engine);
        tokio::task::spawn_blocking(move || engine.0.sweep_ttl()).await?.map_err(failed)
    }
}

struct Engine(Database);

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The way to the database, while it is open.
#[derive(Clone, Debug)]
struct Here(Weak<Engine>);

impl HttpClient for Here {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Here {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(engine) = self.0.upgrade() else {
            return HttpConnectorFuture::ready(Err(ConnectorError::io("the database is closed".into())));
        };
        // As a task: requests of one caller are worked on side by side, and end although their caller may be gone.
        let answer = tokio::spawn(async move { engine.answer(&request) });
        HttpConnectorFuture::new(async {
            answer.await.map_err(|lost| ConnectorError::other(lost.into(), None))?
        })
    }
}

impl Engine {
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, body) = match self.run(target.strip_prefix(TARGET).unwrap_or_default(), body) {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json().into_bytes()),
        };
        let status =
            StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
        Ok(HttpResponse::new(status, SdkBody::from(body)))
    }

    fn run(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let Self(database) = self;
        match operation {
            "BatchGetItem" => with(body, |request| database.batch_get_item(request)),
            "BatchWriteItem" => with(body, |request| database.batch_write_item(request)),
            "CreateTable" => with(body, |request| database.create_table(request)),
            "DeleteItem" => with(body, |request| database.delete_item(request)),
            "DescribeTable" => with(body, |request| database.describe_table(request)),
            "GetItem" => with(body, |request| database.get_item(request)),
            "ListTables" => with(body, |request| database.list_tables(request)),
            "PutItem" => with(body, |request| database.put_item(request)),
            "Query" => with(body, |request| database.query(request)),
            "Scan" => with(body, |request| database.scan(request)),
            "TransactWriteItems" => with(body, |request| database.transact_write_items(request)),
            "UpdateItem" => with(body, |request| database.update_item(request)),
            "UpdateTimeToLive" => with(body, |request| database.update_time_to_live(request)),
            _ => Err(DynoxideError::UnsupportedCapability(format!("{operation} is not served here"))),
        }
    }
}

fn with<Request: DeserializeOwned, Answer: Serialize>(
    body: &[u8],
    run: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body)
        .map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    serde_json::to_vec(&run(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
