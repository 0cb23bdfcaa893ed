//! TLS before a server on loopback, with a private root: what a function meets at AWS, without AWS.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use simulators::outside::Failure;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// A private root, and a server's certificate below it.
pub(crate) struct Authority {
    /// The file with the root.
    pub(crate) root: PathBuf,
    config: Arc<ServerConfig>,
}

impl Authority {
    /// Writes its root into the directory.
    pub(crate) fn new(directory: &Path) -> Result<Self, Failure> {
        let mut params = CertificateParams::new(Vec::new())?;
        // Who has the name of its issuer counts as self-signed with OpenSSL.
        params.distinguished_name.push(DnType::CommonName, "Root of the benches");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let names = vec!["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()];
        let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
        let root = directory.join("root.pem");
        std::fs::write(&root, issuer.pem())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Self { root, config: Arc::new(config) })
    }

    /// Stands before `http://host:port`.
    pub(crate) async fn before(&self, origin: &str) -> Result<Front, Failure> {
        let upstream = origin.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("https://{}", listener.local_addr()?);
        let acceptor = TlsAcceptor::from(Arc::clone(&self.config));
        let server = tokio::spawn(serve(listener, acceptor, upstream)).abort_handle();
        Ok(Front { origin, server })
    }
}

/// A server behind TLS, as long as this lives.
pub(crate) struct Front {
    /// `https://127.0.0.1:PORT`.
    pub(crate) origin: String,
    server: AbortHandle,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, upstream: String) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
        tokio::spawn(async move {
            // What fails here fails at the client, who says so.
            let _ = stream.set_nodelay(true);
            let (Ok(mut outside), Ok(mut inside)) =
                (acceptor.accept(stream).await, TcpStream::connect(upstream).await)
            else {
                return;
            };
            let _ = inside.set_nodelay(true);
            let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
        });
    }
}
