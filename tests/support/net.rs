//! What the fakes have in common on the wire: how they serve, and an address at which nobody does.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

/// Serves until it is dropped; its connections end with it. An error of the service breaks its connection off
/// without an answer, which a router can't.
pub(crate) async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        // A failed accept concerns one connection that is gone already.
        let Ok((stream, _)) = accepted else {
            tokio::task::yield_now().await;
            continue;
        };
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
        // An error here is a broken connection, which is often what the test asked for.
        connections.spawn(async move { drop(connection.await) });
    }
}

/// An address at which nobody listens. The port is held, so that nobody else gets it meanwhile.
#[derive(Debug)]
pub struct ClosedPort {
    address: SocketAddr,
    _held: TcpSocket,
}

impl ClosedPort {
    /// A port of 127.0.0.1.
    pub fn new() -> io::Result<Self> {
        let held = TcpSocket::new_v4()?;
        held.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self { address: held.local_addr()?, _held: held })
    }

    /// `127.0.0.1:PORT`.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}
