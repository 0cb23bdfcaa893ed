//! Name resolution that hands out only allowed addresses. The connection uses exactly the addresses that were
//! checked here, so a name that changes between check and use gains nothing.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Targets;
use super::addresses::is_public;

/// The name leads only to addresses that may not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to a private network")]
pub(super) struct Refused;

/// The system's resolver behind a filter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked {
    targets: Targets,
}

impl Checked {
    pub(super) const fn new(targets: Targets) -> Self {
        Self { targets }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.targets;
        Box::pin(async move {
            // Port 0 is replaced by the URL's.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(allowed(found, targets)?.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be asked; refused when there were some and none is left.
fn allowed(mut found: Vec<SocketAddr>, targets: Targets) -> Result<Vec<SocketAddr>, Refused> {
    let any = !found.is_empty();
    found.retain(|address| targets == Targets::AnyAddress || is_public(address.ip()));
    if any && found.is_empty() { Err(Refused) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn only_public_addresses_of_a_name_are_used() {
        let found = addresses(&["127.0.0.1", "1.1.1.1", "fd00::1", "2606:4700::1111"]);
        let left = allowed(found.clone(), Targets::PublicOnly);
        assert_eq!(left, Ok(addresses(&["1.1.1.1", "2606:4700::1111"])));
        assert_eq!(allowed(found.clone(), Targets::AnyAddress), Ok(found));
    }

    #[test]
    fn a_name_with_private_addresses_alone_is_refused() {
        assert_eq!(allowed(addresses(&["10.0.0.1", "::1"]), Targets::PublicOnly), Err(Refused));
    }
}
