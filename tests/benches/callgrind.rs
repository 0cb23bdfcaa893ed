//! Instructions, counted by Valgrind: the same on a busy machine as on an idle one. What an event takes is the difference
//! between a run with N events and one with twice as many.

use std::path::{Path, PathBuf};

use serde_json::Value;
use simulators::lambda::Program;
use simulators::outside::Failure;

use crate::process;
use crate::stage::{Endpoints, Stage};
use crate::subject::{Subject, tool};

/// How often a count is tried.
const TRIES: usize = 4;

/// Counts instructions.
#[derive(Clone, Debug)]
pub(crate) struct Callgrind {
    valgrind: PathBuf,
    file: PathBuf,
}

impl Callgrind {
    /// If it is installed; the directory keeps its output.
    pub(crate) fn new(directory: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(directory)?;
        Ok(Self { valgrind: tool("valgrind")?, file: directory.canonicalize()?.join("callgrind.out") })
    }

    /// Instructions from a subject's start until it has taken these events and asks for the next. Under Valgrind on a busy
    /// machine the product's own timeouts may strike; then it is counted again.
    pub(crate) async fn count(
        &self,
        stage: &Stage,
        subject: &Subject,
        to: &Endpoints,
        events: &[Value],
    ) -> Result<u64, Failure> {
        let mut counted = self.count_once(stage, subject, to, events).await;
        for _ in 1..TRIES {
            if counted.is_ok() {
                break;
            }
            counted = self.count_once(stage, subject, to, events).await;
        }
        counted
    }

    async fn count_once(
        &self,
        stage: &Stage,
        subject: &Subject,
        to: &Endpoints,
        events: &[Value],
    ) -> Result<u64, Failure> {
        let out = format!("--callgrind-out-file={}", self.file.display());
        let binary = subject.program.path.to_string_lossy().into_owned();
        let args = vec!["--tool=callgrind".to_owned(), "--quiet".to_owned(), out, binary];
        let program = Program { path: self.valgrind.clone(), args };
        let running = stage.launch(subject, &program, to, &[]).await?;
        for event in events {
            running.take(event).await?;
        }
        process::end(running.process()?)?;
        if !running.ended().await {
            return Err("Valgrind does not end".into());
        }
        let counted = std::fs::read_to_string(&self.file)?;
        std::fs::remove_file(&self.file)?;
        let total =
            counted.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")));
        Ok(total.ok_or("Valgrind counted nothing")?.trim().parse()?)
    }
}
