//! Which addresses a customer may name for their CRM: checked when settings are saved, so that a person reads why,
//! and again before every request, since names and rules change.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::addresses::is_public;

/// The longest address that is accepted, in bytes.
const MAX_LEN: usize = 2048;

/// Where customers' CRMs may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// On the Internet, by https. Production.
    PublicOnly,
    /// The same, and one server of the operator's own: the local runner's inbox.
    PublicAnd(SocketAddr),
    /// Anywhere, also by http: for the local runner and for tests.
    AnyAddress,
}

impl Targets {
    /// Whether this very address is allowed, whatever it is.
    fn exempts(self, url: &Url) -> bool {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        let asked = address.zip(url.port_or_known_default()).map(SocketAddr::from);
        match self {
            Self::PublicOnly => false,
            Self::PublicAnd(own) => url.scheme() == "http" && asked == Some(own),
            Self::AnyAddress => matches!(url.scheme(), "http" | "https"),
        }
    }
}

/// Why an address can't be used; the texts are for the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetProblem {
    /// Over 2048 bytes.
    #[error("the address is longer than 2048 characters; give a shorter one")]
    TooLong,
    /// Not a URL.
    #[error("this is not a web address; give one such as https://crm.example.com/calls")]
    NotAUrl,
    /// Not https.
    #[error("the address must begin with https://")]
    NotHttps,
    /// Neither http nor https.
    #[error("the address must begin with https:// or http://")]
    NotHttp,
    /// User and password in the address.
    #[error("the address contains a user name or password; remove them, since requests are signed instead")]
    Credentials,
    /// Private, loopback, link-local and the like.
    #[error("the address belongs to a private network; give one that can be reached from the Internet")]
    PrivateAddress,
    /// Not https, told by the local runner, which has a flag for it.
    #[error(
        "the address must begin with https://, unless the runner is started with --allow-private-targets"
    )]
    NotHttpsHere,
    /// Private, told by the local runner.
    #[error(
        "the address belongs to a private network, which the runner allows only when started with --allow-private-targets"
    )]
    PrivateHere,
}

impl TargetProblem {
    /// The same as the local runner says it: in AWS nobody who reads it could start anything anew.
    const fn told_by(self, targets: Targets) -> Self {
        match (self, targets) {
            (Self::NotHttps, Targets::PublicAnd(_)) => Self::NotHttpsHere,
            (Self::PrivateAddress, Targets::PublicAnd(_)) => Self::PrivateHere,
            (other, Targets::PublicOnly | Targets::PublicAnd(_) | Targets::AnyAddress) => other,
        }
    }
}

/// Reads an address from the settings. What its name resolves to is checked when it is used.
pub fn check_target(url: &str, targets: Targets) -> Result<Url, TargetProblem> {
    let text = url.trim();
    if text.len() > MAX_LEN {
        return Err(TargetProblem::TooLong);
    }
    let url = Url::parse(text).map_err(|_| TargetProblem::NotAUrl)?;
    check_url(&url, targets).map_err(|problem| problem.told_by(targets))?;
    if targets != Targets::AnyAddress && url.domain().is_some_and(names_this_machine) {
        return Err(TargetProblem::PrivateAddress.told_by(targets));
    }
    Ok(url)
}

/// All that can be said about an address without resolving its name.
pub(super) fn check_url(url: &Url, targets: Targets) -> Result<(), TargetProblem> {
    let exempt = targets.exempts(url);
    if url.scheme() != "https" && !exempt {
        let any = targets == Targets::AnyAddress;
        return Err(if any { TargetProblem::NotHttp } else { TargetProblem::NotHttps });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TargetProblem::Credentials);
    }
    let public = match url.host() {
        None => return Err(TargetProblem::NotAUrl),
        Some(Host::Domain(_)) => true,
        Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
    };
    if public || exempt { Ok(()) } else { Err(TargetProblem::PrivateAddress) }
}

/// RFC 6761: `localhost` and everything below it. Told here, since the resolver would tell it too late.
fn names_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}
