//! Whom connections trust. AWS's own endpoints chain to five roots, which are compiled in: reading the system's hundred
//! and more certificates would be most of a cold start. The system's are for everybody else, and are read once, when
//! the first connection to a CRM or a PBX needs them.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, LazyLock, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

/// Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2, valid until 2037 or longer, as Amazon
/// Trust Services gives them out (<https://www.amazontrust.com/repository/>).
const AWS: &[u8] = include_bytes!("aws_roots.pem");

/// The SDK's own variable for a file of certificates, which are trusted in the place of AWS's own roots.
pub const AWS_BUNDLE: &str = "AWS_CA_BUNDLE";

/// Whom connections to AWS, or to what stands for it, trust.
#[derive(Clone, Debug)]
pub struct AwsRoots(Cow<'static, [u8]>);

impl Default for AwsRoots {
    /// AWS's own.
    fn default() -> Self {
        Self(Cow::Borrowed(AWS))
    }
}

impl AwsRoots {
    /// From a file of certificates (PEM). Those that can't be roots are left out, as in any system's bundle; `None` if
    /// there is no other, or if it is no such file.
    pub fn from_bundle(pem: &[u8]) -> Option<Self> {
        let (mut store, mut usable) = (RootCertStore::empty(), String::new());
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.ok()?;
            let text = STANDARD.encode(&certificate);
            if store.add(certificate).is_ok() {
                // Writing to a string can't fail.
                let _ = writeln!(usable, "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----");
            }
        }
        (!usable.is_empty()).then(|| Self(Cow::Owned(usable.into_bytes())))
    }

    /// As PEM.
    pub fn pem(&self) -> &[u8] {
        &self.0
    }
}

/// The other side's certificate comes from a root that is not among those for AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the certificate comes from a root that is not known; for endpoints other than AWS's own {AWS_BUNDLE} must \
     name a file with their roots"
)]
pub struct UnknownRoot;

impl UnknownRoot {
    /// Whether it is why a connection failed.
    pub fn is_cause_of(error: &(dyn StdError + 'static)) -> bool {
        let unknown = |error: &Error| {
            matches!(error, Error::Other(OtherError(own)) if own.is::<Self>())
                || *error == Error::InvalidCertificate(CertificateError::UnknownIssuer)
        };
        // What an I/O error holds is not its source, but that one's.
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        error.is::<Self>()
            || error.downcast_ref().is_some_and(unknown)
            || held.is_some_and(|held| Self::is_cause_of(held))
            || error.source().is_some_and(Self::is_cause_of)
    }
}

/// TLS for CRMs and PBXs.
pub(super) fn system_tls() -> ClientConfig {
    static SYSTEM: LazyLock<Arc<Verifier>> = LazyLock::new(|| Arc::new(Verifier::new(Roots::System)));
    tls(Arc::clone(&SYSTEM))
}

/// TLS for AWS, or for what stands for it.
pub(crate) fn aws_tls(roots: &AwsRoots) -> ClientConfig {
    tls(Arc::new(Verifier::new(Roots::Aws(roots.clone()))))
}

fn tls(verifier: Arc<Verifier>) -> ClientConfig {
    super::install_provider();
    let config = ClientConfig::builder().dangerous().with_custom_certificate_verifier(verifier);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

#[derive(Debug)]
enum Roots {
    System,
    Aws(AwsRoots),
}

/// Verifies as rustls itself does, by roots that are read when they are needed first.
#[derive(Debug)]
struct Verifier {
    roots: Roots,
    provider: Arc<CryptoProvider>,
    ready: OnceLock<Arc<WebPkiServerVerifier>>,
}

impl Verifier {
    fn new(roots: Roots) -> Self {
        Self { roots, provider: Arc::new(ring::default_provider()), ready: OnceLock::new() }
    }

    /// A failure is not kept: files may be there the next time.
    fn ready(&self) -> Result<&Arc<WebPkiServerVerifier>, Error> {
        if let Some(ready) = self.ready.get() {
            return Ok(ready);
        }
        let mut store = RootCertStore::empty();
        match &self.roots {
            Roots::System => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Roots::Aws(roots) => {
                let certificates = CertificateDer::pem_slice_iter(roots.pem());
                store.add_parsable_certificates(certificates.filter_map(Result::ok));
            }
        }
        let made = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&self.provider));
        let made = made.build().map_err(|_| Error::General("no CA certificates are installed".to_owned()))?;
        Ok(self.ready.get_or_init(|| made))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.ready()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.map_err(|error| match (&self.roots, &error) {
            (Roots::Aws(_), Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                Error::Other(OtherError(Arc::new(UnknownRoot)))
            }
            (Roots::System | Roots::Aws(_), _) => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
