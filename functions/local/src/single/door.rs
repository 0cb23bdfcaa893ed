//! The door: where requests come from, and how they were answered.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::IncomingStream;
use http::HeaderMap;
use ringbridge::model::source::Source;
use tokio::net::TcpListener;

use super::tally;
use super::tls::TlsListener;

/// Who is at the other end of a connection, by whatever listener it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Puts the door before a router; the proxies' word on where a request came from is believed.
pub(super) fn before(router: Router, proxies: Vec<IpAddr>) -> Router {
    router.layer(from_fn_with_state(proxies, pass))
}

async fn pass(
    State(proxies): State<Vec<IpAddr>>,
    ConnectInfo(Peer(from)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let from = Source::new(from.ip());
    let believed = proxies.iter().any(|proxy| Source::new(*proxy) == from);
    let told = believed.then(|| last_hop(request.headers())).flatten();
    request.extensions_mut().insert(told.unwrap_or(from));
    let answer = next.run(request).await;
    tally::answered(answer.status().as_u16());
    answer
}

/// What the proxy itself wrote: the last address. What stands before it anybody can send.
fn last_hop(headers: &HeaderMap) -> Option<Source> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    Source::parse(last.to_str().ok()?.rsplit(',').next()?)
}
