//! The one HTTP client with which the simulated PBX calls the registered URLs.

use std::time::Duration;

use crate::patience::PATIENCE;

/// A client that waits a limited time, follows no redirect and uses no proxy.
#[expect(clippy::disallowed_methods, reason = "the simulator's one constructor of an HTTP client")]
pub(super) fn event_client() -> reqwest::Result<reqwest::Client> {
    // Already installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(2))
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("pbx-simulator")
        .no_proxy()
        .build()
}
