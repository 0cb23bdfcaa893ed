//! Starts the stack, serves the routes, has the retry job's work done, and ends cleanly.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{from_fn, map_request};
use ringbridge::config::Config;
use ringbridge::http::api::SettingsApi;
use ringbridge::http::events::{self, EventsApi};
use ringbridge::http::simulator::TestCalls;
use ringbridge::http::{Background, settings};
use ringbridge::model::source::Source;
use ringbridge::wiring;
use tokio::net::TcpListener;

use crate::args::Args;
use crate::stack::Stack;
use crate::test_calls::Played;
use crate::work::Work;
use crate::{demo, index, print, request_log};

/// What is logged unless `RINGBRIDGE_LOG` says otherwise: what went wrong, since the terminal is the program's page.
pub(crate) fn log_filter() -> String {
    let usual = || "error,ringbridge=warn,ringbridge_local=warn".to_owned();
    Config::log_from_env().map_or_else(usual, request_log::ours)
}

/// Says which port of several can't be used.
pub(crate) fn taken(port: u16, whose: &str, error: &io::Error) -> String {
    format!("port {port}, for {whose}, can't be used: {error}; choose another with --port")
}

/// Serves until Ctrl-C.
pub(crate) async fn run(args: Args) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
        .await
        .map_err(|error| taken(args.port, "Ringbridge", &error))?;
    let port = listener.local_addr()?.port();
    let stack = Stack::start(&args, port).await?;
    let retry = wiring::retry(&stack.config, &stack.outside)?;
    let (calls, settings) = (retry.calls.clone(), retry.settings.clone());
    let simulator = stack.pbx.as_ref().map(|pbx| -> Arc<dyn TestCalls> { Arc::new(Played(pbx.handle())) });
    let background = Background::default();
    let router = events::router(EventsApi { deps: calls.clone().into(), after: background.clone() })
        .merge(settings::router(SettingsApi { settings: settings.into(), calls: calls.into(), simulator }));
    let work = Work::start(retry, args.retry_every);
    let own = format!("http://127.0.0.1:{port}");
    index::furnish(&stack, &own);
    let server = tokio::spawn(serve(listener, index::before(router, &stack, &own)));
    match demo::introduce(&args, &stack, &own).await {
        Ok(()) => {}
        Err(error) => print::error(&format!("the demo connection failed: {error}")),
    }
    server.await??;
    work.end().await;
    background.idle().await;
    // Which closes the database.
    drop(stack);
    print::line("Ended.");
    Ok(())
}

async fn serve(listener: TcpListener, router: Router) -> std::io::Result<()> {
    let ended = async {
        // Without a handler for Ctrl-C the process ends at once, which loses nothing either (P1).
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let router = router.layer(map_request(sourced)).layer(from_fn(request_log::logged));
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(ended).await
}

/// Tells the routes where a request came from, as the gateway does in AWS.
async fn sourced(ConnectInfo(from): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(Source::new(from.ip()));
    request
}
