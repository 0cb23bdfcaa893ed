//! Endpoints in the place of AWS's own, over TLS with a root of their own: without a bundle the log names the variable,
//! with one the connection is trusted, and the table's is open before the first event.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use simulators::lambda::Function;
use simulators::patience::PATIENCE;
use simulators::world::World;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use super::{TIME, envelope, environment, status, token};

/// A private endpoint: TLS before a server on loopback.
struct Endpoint {
    port: u16,
    /// A file with its root.
    bundle: PathBuf,
    connections: Arc<watch::Sender<usize>>,
    server: AbortHandle,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
        let _ = std::fs::remove_file(&self.bundle);
    }
}

impl Endpoint {
    /// Before `upstream`, an address such as `http://127.0.0.1:8000`.
    async fn before(upstream: &str) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let bundle = std::env::temp_dir().join(format!("ringbridge-root-{}-{port}.pem", std::process::id()));
        std::fs::write(&bundle, root.pem()).unwrap();
        let upstream = upstream.strip_prefix("http://").unwrap().trim_end_matches('/').parse().unwrap();
        let (acceptor, connections) = (TlsAcceptor::from(Arc::new(config)), Arc::new(watch::Sender::new(0)));
        let server = tokio::spawn(serve(listener, acceptor, upstream, Arc::clone(&connections)));
        Self { port, bundle, connections, server: server.abort_handle() }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn connections(&self) -> usize {
        *self.connections.borrow()
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    upstream: SocketAddr,
    made: Arc<watch::Sender<usize>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, made) = (acceptor.clone(), Arc::clone(&made));
        tokio::spawn(async move {
            let mut trusted = acceptor.accept(stream).await?;
            made.send_modify(|count| *count += 1);
            copy_bidirectional(&mut trusted, &mut TcpStream::connect(upstream).await?).await?;
            io::Result::Ok(())
        });
    }
}

async fn at(world: &World, endpoint: &Endpoint, bundle: Option<String>) -> Function {
    let mut variables = environment(world).await;
    variables.retain(|(name, _)| *name != "AWS_ENDPOINT_URL_DYNAMODB");
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB", endpoint.url()));
    variables.extend(bundle.map(|path| ("AWS_CA_BUNDLE", path)));
    Function::start("event-receiver", &variables).await.unwrap()
}

#[tokio::test]
async fn a_private_endpoint_whose_root_is_not_known_names_the_variable() {
    let world = World::start().await;
    let endpoint = Endpoint::before(&world.aws.dynamodb).await;
    let function = at(&world, &endpoint, None).await;
    let invocation = function.invoke(&envelope!("http-api", &token(&world, 731_205)), TIME);
    assert_eq!(status(function.answer(invocation).await), 503, "the PBX may send it again");
    assert_eq!(endpoint.connections(), 0);
    let logs = function.stop().await;
    let naming = |line: &&str| line.contains("AWS_CA_BUNDLE");
    assert_eq!(logs.lines().filter(naming).count(), 2, "at the start, and of the event: {logs}");
}

#[tokio::test]
async fn a_private_endpoint_with_its_bundle_serves_and_is_open_before_the_first_event() {
    let world = World::start().await;
    let endpoint = Endpoint::before(&world.aws.dynamodb).await;
    let function = at(&world, &endpoint, Some(endpoint.bundle.display().to_string())).await;
    let mut connections = endpoint.connections.subscribe();
    let opened = connections.wait_for(|count| *count > 0);
    assert!(
        tokio::time::timeout(PATIENCE, opened).await.is_ok_and(|opened| opened.is_ok()),
        "opened without an event"
    );
    let invocation = function.invoke(&envelope!("http-api", &token(&world, 731_205)), TIME);
    assert_eq!(status(function.answer(invocation).await), 200);
    assert!(function.ended(invocation).await);
    assert_eq!(endpoint.connections(), 1, "and the event used it");
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_is_named_at_the_start() {
    let world = World::start().await;
    let endpoint = Endpoint::before(&world.aws.dynamodb).await;
    let missing = endpoint.bundle.with_extension("missing");
    let empty = endpoint.bundle.with_extension("empty");
    std::fs::write(&empty, "no certificates").unwrap();
    for bundle in [missing, empty.clone()] {
        let mut function = at(&world, &endpoint, Some(bundle.display().to_string())).await;
        assert_eq!(function.exit().await.unwrap().code(), Some(1));
        let logs = function.stop().await;
        assert!(logs.contains("AWS_CA_BUNDLE must name a file with CA certificates"), "{logs}");
    }
    std::fs::remove_file(empty).unwrap();
}
