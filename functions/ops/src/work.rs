//! Each command's work: what it needs is built as the functions build it.

use ringbridge::config::Config;
use ringbridge::flow::{RetryDeps, operate};
use ringbridge::model::connection::Connection;
use ringbridge::model::delivery::Which;
use ringbridge::model::ids::ConnectionId;
use ringbridge::storage::Stored;
use ringbridge::wiring::{self, Outside};
use serde_json::{Value, json};

use crate::args::{self, Command};
use crate::trouble::Trouble;
use crate::{call, connections, dead_letters};

/// What the commands work with.
pub(crate) struct Desk {
    /// What the flows need.
    pub(crate) deps: RetryDeps,
    /// For what no function does: scans, and the queue of dead letters.
    pub(crate) outside: Outside,
    /// The table.
    pub(crate) table: String,
    /// The retry queue.
    pub(crate) queue: String,
}

impl Desk {
    fn open() -> Result<Self, Trouble> {
        let config = Config::from_env()?;
        let outside = Outside::real(&config)?;
        let deps = wiring::retry(&config, &outside)?;
        Ok(Self { deps, outside, table: config.table, queue: config.queue_url })
    }

    /// A connection.
    pub(crate) async fn connection(&self, id: ConnectionId) -> Result<Stored<Connection>, Trouble> {
        self.deps.settings.store.connection(id).await?.ok_or(Trouble::NoConnection)
    }
}

/// Does what is asked.
pub(crate) async fn answer(command: Command) -> Result<Value, Trouble> {
    if command == Command::Help {
        return Ok(args::HELP.into());
    }
    let desk = Desk::open()?;
    let settings = &desk.deps.settings;
    match command {
        Command::Help => Ok(args::HELP.into()),
        Command::Connections(part) => connections::all(&desk, part, connections::How::Health).await,
        Command::Connection(id) => connections::one(&desk, &desk.connection(id).await?.value).await,
        Command::Call(id, name, personal) => {
            call::told(&desk, &desk.connection(id).await?.value, &name, personal).await
        }
        Command::Pause(id) => {
            let stopped = operate::pause(settings, desk.connection(id).await?).await?;
            connections::one(&desk, &stopped.value).await
        }
        Command::Resume(id) => {
            let going = operate::resume(settings, desk.connection(id).await?).await?;
            connections::one(&desk, &going.value).await
        }
        Command::TryAgain(id, paused) => {
            let id = desk.connection(id).await?.value.id;
            let which = if paused { Which::Paused } else { Which::Failed };
            let begun = operate::try_again(settings, id, which).await?;
            Ok(
                json!({ "connection": id.to_string(), "begun_at": begun.begun_at.rfc3339(), "by": "the retry job" }),
            )
        }
        Command::DeadLetters(url) => dead_letters::bring_back(&desk, &url).await,
        Command::Reseal(part) => connections::all(&desk, part, connections::How::Sealing).await,
        Command::ResealOne(id) => connections::sealing(&desk, &desk.connection(id).await?.value).await,
    }
}
