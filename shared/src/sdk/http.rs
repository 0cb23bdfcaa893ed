//! The SDK's HTTP client: the same connections as everywhere else in the process, without HTTP/2, which AWS's endpoints for
//! our services don't speak. AWS's own roots or the operator's, and an error that says what an operator can do about a
//! root that is not known.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper_rustls::{DefaultServerNameResolver, HttpsConnector};
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::http_client::{AwsRoots, UnknownRoot, aws_tls};

/// A client that trusts these.
pub(super) fn client(roots: &AwsRoots) -> SharedHttpClient {
    SharedHttpClient::new(Pool { roots: roots.clone(), ready: OnceLock::new() })
}

/// The connections of a configuration's clients, which share its timeouts.
#[derive(Debug)]
struct Pool {
    roots: AwsRoots,
    ready: OnceLock<SharedHttpConnector>,
}

impl HttpClient for Pool {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let made = || SharedHttpConnector::new(Wire::new(&self.roots, settings.connect_timeout()));
        self.ready.get_or_init(made).clone()
    }
}

#[derive(Clone, Debug)]
struct Wire(Client<HttpsConnector<Tcp>, SdkBody>);

impl Wire {
    fn new(roots: &AwsRoots, connect_timeout: Option<Duration>) -> Self {
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Of the TCP connection; the handshake is bounded with the attempt that it belongs to.
        tcp.set_connect_timeout(connect_timeout);
        let names = Arc::new(DefaultServerNameResolver::default());
        let https = HttpsConnector::new(tcp, aws_tls(roots), false, names);
        Self(Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https))
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(classified)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// As the SDK's own client classifies them: what never left, or was cut off, may be repeated.
fn classified(error: legacy::Error) -> ConnectorError {
    if UnknownRoot::is_cause_of(&error) {
        return ConnectorError::user(UnknownRoot.into());
    }
    let wire: Option<&hyper::Error> = cause(&error);
    if wire.is_some_and(hyper::Error::is_timeout) || is_timeout(&error) {
        ConnectorError::timeout(error.into())
    } else if wire.is_some_and(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else if error.is_connect()
        || wire.is_some_and(|wire| wire.is_closed() || wire.is_canceled())
        || cause::<io::Error>(&error).is_some()
    {
        ConnectorError::io(error.into())
    } else {
        // The other side closed the connection before it had answered whole.
        let kind = wire.filter(|wire| wire.is_incomplete_message()).map(|_| ErrorKind::TransientError);
        ConnectorError::other(error.into(), kind)
    }
}

fn is_timeout(error: &legacy::Error) -> bool {
    cause::<io::Error>(error).is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut)
}

fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    causes.find_map(|error| error.downcast_ref())
}
