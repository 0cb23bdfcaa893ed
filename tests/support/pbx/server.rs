//! The HTTP server: the router, and connections that are dropped without an answer where a script wants it.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::{fmt, io};

use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::fault::DropConnection;
use super::tenant::Tenant;
use super::world::{Pbx, Settings};
use super::{control, desk, routes};
use crate::net;

/// A running simulator; dropping it stops the server.
pub struct FakePbx {
    pbx: Arc<Pbx>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl FakePbx {
    /// Starts serving on loopback.
    pub async fn start(settings: Settings, tenants: Vec<Tenant>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
        let address = listener.local_addr()?;
        let pbx = Arc::new(Pbx::new(settings, tenants, format!("http://{address}"))?);
        let router = routes::vendor(&pbx).merge(control::routes(&pbx)).merge(desk::routes(&pbx));
        let app = TowerToHyperService::new(router);
        let service = service_fn(move |request| answer(app.clone(), request));
        let accepting = tokio::spawn(net::serve(listener, service));
        Ok(Self { pbx, address, accepting })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops and waits until the port is free again; dropping doesn't wait.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // Being aborted is how it ends.
        let _ = (&mut self.accepting).await;
    }

    /// The PBX itself, to keep where the server isn't.
    pub fn handle(&self) -> Arc<Pbx> {
        Arc::clone(&self.pbx)
    }
}

impl Deref for FakePbx {
    type Target = Pbx;

    fn deref(&self) -> &Pbx {
        &self.pbx
    }
}

impl Drop for FakePbx {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for FakePbx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakePbx").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The router as hyper calls it; what is to be dropped is an error, which breaks the connection off.
async fn answer(
    app: TowerToHyperService<axum::Router>,
    request: http::Request<Incoming>,
) -> io::Result<Response> {
    let response: Response = app.call(request).await.map_err(io::Error::other)?;
    if response.extensions().get::<DropConnection>().is_some() {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    Ok(response)
}
