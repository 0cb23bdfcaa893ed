//! Why something could not be answered.

use ringbridge::config::ConfigError;
use ringbridge::storage::StoreError;
use ringbridge::wiring::StartError;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why something could not be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The variables.
    #[error("the functions' variables can't be used")]
    Variables(#[from] ConfigError),
    /// What is made of them.
    #[error("it can't be begun")]
    Start(#[from] StartError),
    /// The table.
    #[error("the table did not answer as it should")]
    Store(#[from] StoreError),
    /// The table's scan.
    #[error("the table could not be scanned")]
    Scan(#[source] Cause),
    /// A queue.
    #[error("a queue did not answer as it should")]
    Queue(#[source] Cause),
    /// No such connection.
    #[error("there is no such connection")]
    NoConnection,
    /// No such call.
    #[error("the connection has no such call, or not any more")]
    NoCall,
}
