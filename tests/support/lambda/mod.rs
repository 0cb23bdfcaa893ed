//! A small AWS Lambda for tests: it starts a built function as a process of its own, hands it invocations over the
//! Runtime API, and holds each open until the runtime and the extension, if there is one, have asked for the next.

mod api;
pub mod binaries;
mod process;
mod service;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::AbortHandle;

use self::process::Process;
pub use self::service::{Answer, InvocationId, Step};
use self::service::{Service, Stage};
use crate::patience::PATIENCE;

/// What is started as a function: a built one, or whatever else speaks the Runtime API.
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A running function. It is killed when this is dropped.
#[derive(Debug)]
pub struct Function {
    service: Arc<Service>,
    process: Process,
    api: AbortHandle,
}

impl Function {
    /// Starts the function of that name with these environment variables and those of Lambda, and no others.
    pub async fn start(name: &str, environment: &[(&str, String)]) -> std::io::Result<Self> {
        let program = Program { path: binaries::path(name).await?, args: Vec::new() };
        Self::launch(&program, name, environment).await
    }

    /// Starts any program as the function of that name.
    pub async fn launch(
        program: &Program,
        name: &str,
        environment: &[(&str, String)],
    ) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service::new(name));
        let router = api::router(Arc::clone(&service));
        let api = tokio::spawn(async move {
            // It serves until it is aborted.
            let _ = axum::serve(listener, router).await;
        })
        .abort_handle();
        let process = Process::start(program, &address.to_string(), name, environment)?;
        Ok(Self { service, process, api })
    }

    /// Hands it an event, to be dealt with within `time`; it waits while another invocation goes on.
    pub fn invoke(&self, event: &Value, time: Duration) -> InvocationId {
        self.service.invoke(event.to_string(), time)
    }

    /// Waits until it has started and asks for an event; false when it does not in time.
    pub async fn ready(&self) -> bool {
        self.service.wait(PATIENCE, |state| state.is_asking().then_some(())).await.is_some()
    }

    /// The id of its process, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Takes what the function answers, but leaves it waiting for a word that it was taken; or no longer.
    pub fn hold_answers(&self, held: bool) {
        self.service.hold(held);
    }

    /// Waits for the answer; `None` when there is none in time.
    pub async fn answer(&self, invocation: InvocationId) -> Option<Answer> {
        self.service.wait(PATIENCE, |state| state.answer(invocation)).await
    }

    /// Waits until the invocation has ended: answered, and the next one asked for. False when it has not in time.
    pub async fn ended(&self, invocation: InvocationId) -> bool {
        self.service.wait(PATIENCE, |state| state.has_ended(invocation).then_some(())).await.is_some()
    }

    /// Whether the invocation has been begun and has not ended.
    pub fn is_open(&self, invocation: InvocationId) -> bool {
        self.service.look(|state| state.stage == Stage::Invoking(invocation))
    }

    /// What happened so far, in order.
    pub fn steps(&self) -> Vec<Step> {
        self.service.look(|state| state.steps.clone())
    }

    /// Waits until the process has ended; `None` when it has not in time.
    pub async fn exit(&mut self) -> Option<ExitStatus> {
        tokio::time::timeout(PATIENCE, self.process.exit()).await.ok()?.ok()
    }

    /// Kills it; answers all that it wrote to standard output and standard error.
    pub async fn stop(mut self) -> String {
        self.process.kill();
        self.exit().await;
        self.process.logs()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.api.abort();
    }
}
