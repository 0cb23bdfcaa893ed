//! The SDK's HTTP client: one TLS stack, AWS's own roots or the operator's, and an error that says what an operator can
//! do about a root that is not known.

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::http_client::{AwsRoots, UnknownRoot};

/// A client that trusts these.
pub(super) fn client(roots: &AwsRoots) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    let trusted = TrustStore::empty().with_pem_certificate(roots.pem());
    let builder = match TlsContext::builder().with_trust_store(trusted).build() {
        Ok(context) => builder.tls_context(context),
        // Never so; without a context the system's roots count.
        Err(_) => builder,
    };
    SharedHttpClient::new(Explaining(builder.build_https()))
}

/// Passes everything on, and names the variable where a root is not known.
#[derive(Debug)]
struct Explaining<T>(T);

impl HttpClient for Explaining<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Explaining(self.0.http_connector(settings, components)))
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

impl HttpConnector for Explaining<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            answer.await.map_err(|error| {
                if UnknownRoot::is_cause_of(&error) {
                    ConnectorError::user(UnknownRoot.into())
                } else {
                    error
                }
            })
        })
    }
}
