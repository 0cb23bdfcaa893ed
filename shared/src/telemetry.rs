//! Logs: JSON lines in AWS, plain ones on a laptop; the names of fields stand here and nowhere else.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Names of log fields.
pub mod field {
    /// A connection's id.
    pub const CONNECTION: &str = "connection.id";
    /// A record's id.
    pub const RECORD: &str = "record.id";
    /// An extension's id.
    pub const EXTENSION: &str = "extension.id";
    /// An error with its causes; holds no secret and no personal data.
    pub const ERROR: &str = "error.chain";
    /// A DynamoDB table.
    pub const TABLE: &str = "store.table";
    /// A delivery's state.
    pub const STATE: &str = "delivery.state";
    /// A record's kind.
    pub const KIND: &str = "record.kind";
    /// Attempts used.
    pub const ATTEMPTS: &str = "delivery.attempts";
    /// Messages received.
    pub const MESSAGES: &str = "run.messages";
    /// Work found by the sweep.
    pub const SWEPT: &str = "run.swept";
    /// Work done.
    pub const SETTLED: &str = "run.settled";
    /// Work that failed.
    pub const FAILED: &str = "run.failed";
    /// How long a run took.
    pub const TOOK: &str = "run.millis";
    /// An alert's kind.
    pub const ALERT: &str = "alert.kind";
    /// What an administrator does.
    pub const ACTION: &str = "audit.action";
    /// The id of an admin key.
    pub const KEY: &str = "audit.key";
    /// The network that an administrator came from.
    pub const SOURCE: &str = "audit.from";
    /// How somebody is told of a notice.
    pub const CHANNEL: &str = "notice.channel";
    /// A sentence that adds to the message.
    pub const DETAIL: &str = "detail";
    /// A request's id, shown to callers of a failed request.
    pub const REQUEST: &str = "request.id";
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Plain,
}

/// Starts logging to standard error; `filter` is a level, and levels of modules such as `info,ringbridge=debug`. A
/// second call changes nothing.
pub fn start(format: Format, filter: &str) {
    let filter = filter.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let builder = fmt().with_max_level(LevelFilter::TRACE).with_writer(std::io::stderr);
    // Err means that logging has started already, as in tests.
    let _ = match format {
        Format::Json => {
            // Each byte is paid for, and the message says where it comes from.
            let json = builder.json().flatten_event(true).with_current_span(false).with_target(false);
            json.finish().with(filter).try_init()
        }
        Format::Plain => builder.with_target(false).finish().with(filter).try_init(),
    };
}
