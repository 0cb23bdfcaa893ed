//! Logs: JSON lines in AWS, plain ones on a laptop; the names of fields stand here and nowhere else.

mod line;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use line::Lines;

/// Names of log fields.
pub mod field {
    /// A connection's id.
    pub const CONNECTION: &str = "connection.id";
    /// A call's digest: the 32 digits that its records' ids begin with.
    pub const CALL: &str = "call.id";
    /// A record's id; its last 16 digits are its leg's digest.
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
    /// Which of a record's attempts it was.
    pub const NUMBER: &str = "attempt.number";
    /// How an attempt ended.
    pub const CLASS: &str = "attempt.class";
    /// The HTTP status that an attempt was answered with.
    pub const STATUS: &str = "attempt.status";
    /// How long an attempt took.
    pub const MILLIS: &str = "attempt.millis";
    /// An event's kind.
    pub const EVENT: &str = "event.kind";
    /// What was made of an event, as the delivery log says it.
    pub const VERDICT: &str = "event.verdict";
    /// When something is due.
    pub const DUE: &str = "due.at";
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
    /// A request's id at the gateway, as in its access log and in its answers' `apigw-requestid`.
    pub const GATEWAY: &str = "gateway.id";
    /// An invocation's id: the request's id in Lambda's own lines.
    pub const INVOCATION: &str = "invocation.id";
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
    // Err means that logging has started already, as in tests.
    let _ = match format {
        Format::Json => {
            tracing_subscriber::registry().with(Lines::to(std::io::stderr)).with(filter).try_init()
        }
        Format::Plain => {
            let builder = fmt().with_max_level(LevelFilter::TRACE).with_writer(std::io::stderr);
            builder.with_target(false).finish().with(filter).try_init()
        }
    };
}
