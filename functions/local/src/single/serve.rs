//! `ringbridge serve`: the three functions' routes and the retry job over one data folder, until it is told to end.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use ringbridge::alert::{LogOperator, Operator};
use ringbridge::clock::{Clock, SystemClock};
use ringbridge::config::{Config, ConfigError};
use ringbridge::http::api::SettingsApi;
use ringbridge::http::events::{self, EventsApi};
use ringbridge::http::{Background, settings};
use ringbridge::model::ids::SystemRandomness;
use ringbridge::post::Postman;
use ringbridge::sdk;
use ringbridge::wiring::{self, Outside};
use simulators::aws::{InProcess, TABLE, create_queue, create_table};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::args::Serve;
use super::door::Peer;
use super::folder::Folder;
use super::health::Health;
use super::mail::{MailOperator, Mailer};
use super::tls::TlsListener;
use super::watch::Watch;
use super::{Failure, clock, door, say, tally, tls};
use crate::secrets::{self, Secrets};
use crate::smtp::postman;
use crate::work::Work;

/// A message stays hidden this long while it is worked on.
const VISIBILITY: Duration = Duration::from_secs(30);
/// Requests in flight have so long to be answered once it is to end.
const ANSWERS: Duration = Duration::from_secs(15);
/// Work after answers has so long then; what does not end is found again by the sweep.
const AFTER: Duration = Duration::from_secs(15);

/// Serves until SIGTERM or Ctrl-C.
pub(super) async fn run(args: Serve) -> Result<(), Failure> {
    let time: Arc<dyn Clock> = Arc::new(SystemClock);
    let folder = Folder::open(&args.data)?;
    if !args.accept_clock {
        clock::check(&folder, time.now())?;
    }
    let tls = args.tls.as_ref().map(|(chain, key)| tls::config(chain, key)).transpose()?;
    let listener = bind(args.bind, "--bind").await?;
    let metrics = match args.metrics {
        Some(address) => Some(bind(address, "--metrics-bind").await?),
        None => None,
    };
    clock::keep(&folder, time.now())
        .map_err(|error| format!("{} takes no writes: {error}", args.data.display()))?;
    tally::begin();
    let secrets = Secrets::in_dir(Some(folder.path()))?;
    secrets::owners_alone(&folder.database())?;
    let aws = InProcess::start(Some(&folder.database())).await?;
    let (dynamodb, sqs) = (aws.dynamodb(), aws.sqs());
    create_table(&dynamodb).await?;
    let (queue_url, dead_letters) = create_queue(&sqs, VISIBILITY).await?;
    let config = config(&args, &secrets, queue_url)?;
    let postman = postman(&config)?;
    let mailer = mailer(&config, postman.clone(), &time)?;
    let operator: Arc<dyn Operator> = match &mailer {
        Some(mailer) => Arc::new(MailOperator::new(Arc::clone(mailer))),
        None => Arc::new(LogOperator),
    };
    let roots = sdk::roots_from_env()?;
    let outside = Outside {
        clock: Arc::clone(&time),
        random: Arc::new(SystemRandomness::default()),
        dynamodb: dynamodb.clone(),
        sqs: sqs.clone().into(),
        s3: sdk::access_from_env("S3", &roots),
        ses: sdk::access_from_env("SESV2", &roots),
        postman,
        operator,
    };
    let retry = wiring::retry(&config, &outside)?;
    let (calls, settings) = (Arc::new(retry.calls.clone()), Arc::new(retry.settings.clone()));
    let background = Background::default();
    let health = Health::new(dynamodb, time).await?;
    let router = events::router(EventsApi { deps: calls.clone(), after: background.clone() })
        .merge(settings::router(SettingsApi { settings, calls, simulator: None }));
    // Whoever asks whether it is ready is no request that could fail.
    let router = door::before(router, args.proxies.clone()).merge(health.router());

    // Before anybody is told that a signal ends it: without it, one that comes early would be a crash.
    let told_to_end = told_to_end()?;
    let (end, ended) = watch::channel(false);
    let at = listener.local_addr()?;
    let server = match tls {
        None => tokio::spawn(serve(listener, router, ended.clone())),
        Some(tls) => tokio::spawn(serve(TlsListener::start(listener, tls)?, router, ended.clone())),
    };
    let work = Work::start(retry, args.retry_every);
    let watch = Watch { folder, health: health.clone(), sqs, dead_letters, mailer };
    let watched = watch.start(metrics, args.check_every, aws, ended)?;
    say::line(&format!(
        "Ringbridge {} serves {at}, and is reached at {}.",
        env!("CARGO_PKG_VERSION"),
        config.public_url
    ));
    if let Some(metrics) = watched.metrics {
        say::line(&format!("Metrics at http://{metrics}/metrics."));
    }
    say::line("Ready; SIGTERM ends it.");

    told_to_end.await;
    say::line("Draining.");
    health.drain();
    end.send_replace(true);
    drain(server).await;
    work.end().await;
    if tokio::time::timeout(AFTER, background.idle()).await.is_err() {
        background.abort();
    }
    // Which closes the database.
    drop(watched.end().await?);
    say::line("Ended.");
    Ok(())
}

/// Binds an address, or says which one can't be had and why.
async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| {
        let why = if error.kind() == io::ErrorKind::AddrInUse {
            "is taken by another process".to_owned()
        } else {
            format!("can't be used: {error}")
        };
        format!("{address} {why}; choose another with {flag}").into()
    })
}

fn config(args: &Serve, secrets: &Secrets, queue_url: String) -> Result<Config, Failure> {
    let hosts = (!args.pbx_hosts.is_empty()).then(|| args.pbx_hosts.join(","));
    let given = [
        ("RINGBRIDGE_TABLE", Some(TABLE.to_owned())),
        ("RINGBRIDGE_QUEUE_URL", Some(queue_url)),
        ("RINGBRIDGE_SEALING_KEY", Some(secrets.sealing_key.reveal().to_owned())),
        ("RINGBRIDGE_PUBLIC_URL", args.public_url.clone()),
        ("RINGBRIDGE_PBX_HOSTS", hosts),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Config::from_env_and(given).map_err(|error| match error {
        ConfigError::Missing("RINGBRIDGE_PUBLIC_URL") => {
            "give --public-url, or set RINGBRIDGE_PUBLIC_URL".into()
        }
        ConfigError::Missing("RINGBRIDGE_PBX_HOSTS") => "give --pbx-host, or set RINGBRIDGE_PBX_HOSTS".into(),
        other @ (ConfigError::Missing(_) | ConfigError::Unreadable { .. }) => other.into(),
    })
}

fn mailer(
    config: &Config,
    postman: Option<Arc<dyn Postman>>,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<Mailer>>, Failure> {
    let to = Config::operators_from_env()?;
    if to.is_empty() {
        return Ok(None);
    }
    let postman =
        postman.ok_or("RINGBRIDGE_OPERATOR_EMAIL needs a RINGBRIDGE_SMTP_URL that takes the mail")?;
    let place = config.public_url.clone();
    Ok(Some(Arc::new(Mailer { postman, to, place, clock: Arc::clone(clock) })))
}

async fn serve<L>(listener: L, router: Router, mut ended: watch::Receiver<bool>) -> io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    Peer: for<'a> Connected<IncomingStream<'a, L>>,
{
    let ended = async move {
        // An error is a sender that is gone, which means the same.
        let _ = ended.wait_for(|end| *end).await;
    };
    let router = router.into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, router).with_graceful_shutdown(ended).await
}

/// Waits for answers in flight, not for clients that never end theirs.
async fn drain(mut server: JoinHandle<io::Result<()>>) {
    match tokio::time::timeout(ANSWERS, &mut server).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => say::error(&format!("serving ended badly: {error}")),
        Ok(Err(error)) => say::error(&format!(
            "serving ended badly: {}",
            error.source().map_or_else(String::new, ToString::to_string)
        )),
        Err(_) => server.abort(),
    }
}

/// Takes the signals from now on; done when one has come.
fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
