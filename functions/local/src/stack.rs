//! Everything that the functions need, in this process: DynamoDB, SQS, a PBX, a CRM inbox.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ringbridge::alert::LogOperator;
use ringbridge::clock::{Clock, SystemClock};
use ringbridge::config::Config;
use ringbridge::http_client::Targets;
use ringbridge::model::ids::SystemRandomness;
use ringbridge::model::secret::Secret;
use ringbridge::sdk;
use ringbridge::wiring::Outside;
use simulators::aws::{InProcess, TABLE, create_queue, create_table};
use simulators::bitrix24::Portal;
use simulators::crm::{Inbox, Options};
use simulators::pbx::{DEMO_PUBLIC_APP, FakePbx, Settings, Tenant};

use crate::args::{Args, DemoCrm};
use crate::secrets::{self, Secrets};
use crate::serve::taken;
use crate::single::folder::Folder;
use crate::smtp::postman;

/// A message stays hidden this long while it is worked on.
const VISIBILITY: Duration = Duration::from_secs(30);

/// The running parts, and how to reach them.
pub(crate) struct Stack {
    /// The simulated PBX, unless real ones are connected.
    pub(crate) pbx: Option<FakePbx>,
    /// The CRM inbox.
    pub(crate) inbox: Inbox,
    /// The simulated Bitrix24 portal, if the demo is to be connected to it.
    pub(crate) portal: Option<Portal>,
    /// The secret that the inbox expects.
    pub(crate) inbox_secret: Secret,
    /// The configuration of the functions.
    pub(crate) config: Config,
    /// Time, randomness, AWS.
    pub(crate) outside: Outside,
    /// DynamoDB and SQS, while this lives.
    _aws: InProcess,
    /// Keeps other processes off the data.
    _folder: Option<Folder>,
}

impl Stack {
    /// Starts what the functions need; `port` is where they will serve.
    pub(crate) async fn start(args: &Args, port: u16) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let data = args.data.as_deref();
        let folder = data.map(Folder::open).transpose()?;
        let secrets = Secrets::in_dir(data)?;
        let database = data.map(|dir| dir.join("dynamodb.sqlite"));
        if let Some(file) = &database {
            secrets::owners_alone(file)?;
        }
        let aws = InProcess::start_unsynced(database.as_deref()).await?;
        let (dynamodb, sqs) = (aws.dynamodb(), aws.sqs());
        create_table(&dynamodb).await?;
        let (queue_url, _) = create_queue(&sqs, VISIBILITY).await?;
        let pbx = match args.pbx_hosts.as_slice() {
            [] => {
                let port = beside(args.port, 1);
                let pbx = simulator(data, port).await;
                Some(pbx.map_err(|error| taken(port, "the simulated PBX", &error))?)
            }
            _ => None,
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let file = data.map(|dir| dir.join("inbox.jsonl"));
        if let Some(file) = &file {
            secrets::owners_alone(file)?;
        }
        let options = Options { clock: Some(clock.clone()), file, ..Options::default() };
        let inbox_port = beside(args.port, 2);
        let inbox = Inbox::start_with(inbox_port, secrets.inbox.reveal(), options)
            .map_err(|error| taken(inbox_port, "the CRM inbox", &error))?;
        let portal = match args.crm {
            DemoCrm::Webhook => None,
            DemoCrm::Bitrix24 => {
                let port = beside(args.port, 3);
                let portal = simulated_portal(port, clock.clone());
                Some(portal.map_err(|error| taken(port, "the simulated portal", &error))?)
            }
        };
        let hosts = pbx.as_ref().map_or_else(|| args.pbx_hosts.join(","), FakePbx::origin);
        let public_url = args.public_url.clone().unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
        let public_app =
            pbx.as_ref().map(|pbx| ("RINGBRIDGE_PBX_PUBLIC_APPS", open_to_consent(pbx, &public_url)));
        let given = [
            ("RINGBRIDGE_TABLE", TABLE.to_owned()),
            ("RINGBRIDGE_QUEUE_URL", queue_url),
            ("RINGBRIDGE_SEALING_KEY", secrets.sealing_key.reveal().to_owned()),
            ("RINGBRIDGE_PUBLIC_URL", public_url),
            ("RINGBRIDGE_PBX_HOSTS", hosts),
        ];
        let tokens = portal.as_ref().map(|portal| ("RINGBRIDGE_BITRIX24_OAUTH", portal.oauth_url()));
        let given = given.into_iter().chain(tokens).chain(public_app);
        let mut config = Config::from_env_and(given.map(|(name, value)| (name.to_owned(), value)))?;
        if args.allow_private_targets {
            config.targets = Targets::AnyAddress;
        } else if config.targets == Targets::PublicOnly {
            let inbox = SocketAddr::from((Ipv4Addr::LOCALHOST, inbox.port()));
            config.targets = Targets::PublicAnd(portal.as_ref().map_or(inbox, Portal::address));
        }
        let roots = sdk::roots_from_env()?;
        let outside = Outside {
            clock,
            random: Arc::new(SystemRandomness::default()),
            dynamodb,
            sqs: sqs.into(),
            s3: sdk::access_from_env("S3", &roots),
            ses: sdk::access_from_env("SESV2", &roots),
            postman: postman(&config)?,
            operator: Arc::new(LogOperator),
        };
        Ok(Self {
            pbx,
            inbox,
            portal,
            inbox_secret: secrets.inbox,
            config,
            outside,
            _aws: aws,
            _folder: folder,
        })
    }
}

async fn simulator(data: Option<&Path>, port: u16) -> std::io::Result<FakePbx> {
    let mut settings = Settings::new(Arc::new(|| SystemClock.now().micros()));
    settings.port = port;
    settings.persist = data.map(|dir| dir.join("simulated-pbx.json"));
    settings.callback_rings = true;
    let pbx = FakePbx::start(settings, vec![Tenant::demo().with_second_queue().with_unheard_phone()]).await?;
    // An account for a second connection; data of an earlier version knows the first alone.
    pbx.add_tenant(Tenant::other());
    Ok(pbx)
}

/// Registers our public application on the simulated PBX, as an operator does on a real one, so that it can be connected
/// by consent; answers what the configuration says of it.
fn open_to_consent(pbx: &FakePbx, public_url: &str) -> String {
    let origin = pbx.origin();
    let place = origin.trim_start_matches("http://").replace(':', "-");
    let back = format!("{}/api/v1/oauth/callback/{place}", public_url.trim_end_matches('/'));
    let demo = Tenant::demo().client_id;
    pbx.register_public_app(demo, DEMO_PUBLIC_APP, &back);
    let (id, secret) = DEMO_PUBLIC_APP;
    format!("{origin}|{id}|{secret}")
}

/// The demo plays in seconds what takes a customer an hour, so its portal's budget is not the usual one.
fn simulated_portal(port: u16, clock: Arc<dyn Clock>) -> std::io::Result<Portal> {
    let portal = Portal::start(port, clock)?;
    let mut state = portal.state();
    state.budget = u32::MAX;
    // Somebody who calls in the demo is known there.
    state.add_contact(11, "+442079460555", 1, "2026-09-01");
    drop(state);
    Ok(portal)
}

/// A port beside the given one, so that a restart on the same data finds the same addresses; any for port 0.
const fn beside(port: u16, distance: u16) -> u16 {
    if port == 0 { 0 } else { port.saturating_add(distance) }
}
