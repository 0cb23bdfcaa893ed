//! The command line.

use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use ringbridge::model::ids::ConnectionId;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
What an operator of Ringbridge asks and does. It needs the functions' variables (RINGBRIDGE_TABLE, …) and credentials
of AWS that may read and write the table and the queues; infra/runbook.md says how one gets them.

  connections              every connection and how it is. No index lists them all, so the table is scanned, page by page:
                           it costs a read unit for each 8 kilobytes of the table
    --pages N              megabytes that are looked through (100); then --from is printed, to go on with
    --from PLACE           where to go on
  connection CONNECTION    how one is: pauses, health, notices
  call CONNECTION CALL     what became of a call: by its digest, by a record's id, or by the PBX's own CallID
    --show-personal        with numbers, names and the events as the PBX sent them
  pause CONNECTION         stop deliveries; what comes is parked
  resume CONNECTION        let deliveries go on, and have tried what the pause had parked
  redrive CONNECTION       have tried again what is parked or was given up
    --paused               only what a pause had parked
  redrive --dead-letters URL
                           bring dead letters back to the retry queue
  reseal                   with which key secrets are sealed, of all connections; --pages and --from as above
  reseal CONNECTION        the same of one
  --json                   answer in JSON
  --help                   this text
";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// What.
    pub(crate) command: Command,
    /// Whether the answer is for programs.
    pub(crate) json: bool,
}

/// A part of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Pages of a scan, of a megabyte each.
    pub(crate) pages: usize,
    /// Where it goes on.
    pub(crate) from: Option<String>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// How it is used.
    Help,
    /// How all connections are.
    Connections(Part),
    /// How one is.
    Connection(ConnectionId),
    /// What became of a call; with all that is personal.
    Call(ConnectionId, String, bool),
    /// Stops deliveries.
    Pause(ConnectionId),
    /// Lets them go on.
    Resume(ConnectionId),
    /// Has tried again what is parked; only what a pause had parked.
    TryAgain(ConnectionId, bool),
    /// Brings dead letters back.
    DeadLetters(String),
    /// How all secrets are sealed.
    Reseal(Part),
    /// How those of one connection are.
    ResealOne(ConnectionId),
}

/// Options, as they came.
struct Options {
    /// Names of those that are there or not.
    flags: Vec<&'static str>,
    dead_letters: Option<String>,
    part: Part,
}

impl Options {
    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Asked, lexopt::Error> {
    let part = Part { pages: 100, from: None };
    let mut options = Options { flags: Vec::new(), dead_letters: None, part };
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => options.flags.push("json"),
            Long("help") | Short('h') => options.flags.push("help"),
            Long("show-personal") => options.flags.push("show-personal"),
            Long("paused") => options.flags.push("paused"),
            Long("dead-letters") => options.dead_letters = Some(parser.value()?.string()?),
            Long("pages") => options.part.pages = parser.value()?.parse()?,
            Long("from") => options.part.from = Some(parser.value()?.string()?),
            Value(word) => words.push(word.string()?),
            Long(_) | Short(_) => return Err(argument.unexpected()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let json = options.has("json");
    let command = if options.has("help") { Command::Help } else { command(&words, options)? };
    Ok(Asked { command, json })
}

fn command(words: &[&str], options: Options) -> Result<Command, lexopt::Error> {
    let (personal, paused) = (options.has("show-personal"), options.has("paused"));
    Ok(match (words, options.dead_letters) {
        (["connections"], None) => Command::Connections(options.part),
        (["connection", id], None) => Command::Connection(connection(id)?),
        (["call", id, call], None) => Command::Call(connection(id)?, (*call).to_owned(), personal),
        (["pause", id], None) => Command::Pause(connection(id)?),
        (["resume", id], None) => Command::Resume(connection(id)?),
        (["redrive"], Some(url)) => Command::DeadLetters(url),
        (["redrive", id], None) => Command::TryAgain(connection(id)?, paused),
        (["reseal"], None) => Command::Reseal(options.part),
        (["reseal", id], None) => Command::ResealOne(connection(id)?),
        ([], None) => Command::Help,
        _ => return Err("no such command".into()),
    })
}

fn connection(text: &str) -> Result<ConnectionId, lexopt::Error> {
    ConnectionId::parse(text).ok_or_else(|| "a connection's id has 32 hexadecimal digits".into())
}
