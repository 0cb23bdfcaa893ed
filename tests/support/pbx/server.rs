//! The HTTP server. It has its own accept loop because a scripted fault may need to drop a connection without
//! an answer, which a router can't.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::{fmt, io};

use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::fault::DropConnection;
use super::tenant::Tenant;
use super::world::{Pbx, Settings};
use super::{control, routes};

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
        let pbx = Arc::new(Pbx::new(settings, tenants)?);
        let router = routes::vendor(&pbx).merge(control::routes(&pbx));
        let accepting = tokio::spawn(accept(listener, TowerToHyperService::new(router)));
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

/// The router as hyper calls it.
type App = TowerToHyperService<axum::Router>;

/// Accepts until it is aborted; the connections end with it.
async fn accept(listener: TcpListener, app: App) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, app.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection; an error of the service makes hyper close it without an answer.
async fn serve(stream: TcpStream, app: App) {
    let service = service_fn(|request: http::Request<Incoming>| {
        let answer = app.call(request);
        async move {
            let response: Response = answer.await.map_err(io::Error::other)?;
            if response.extensions().get::<DropConnection>().is_some() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Ok::<_, io::Error>(response)
        }
    });
    // A connection that fails has nobody left to be told.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
