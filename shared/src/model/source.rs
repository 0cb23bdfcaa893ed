//! Where a request came from. An address is personal data: printed and stored it is shortened; whole it serves for
//! counting failures alone.

use std::fmt;
use std::net::IpAddr;

/// The address that a request came from, as the gateway or the listener saw it; a header that anybody can write is no
/// source.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Source(IpAddr);

impl Source {
    /// From an address; one of version 4 in the dress of version 6 is taken for what it is.
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// Reads what a gateway writes.
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self::new)
    }

    /// The network, without the place in it: `203.0.113.0/24` or `2001:db8:1::/48`.
    pub fn shortened(&self) -> String {
        match self.0 {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
        }
    }

    /// What one subscriber has: an address of version 4, or a network of 64 bits of version 6.
    pub fn subscriber(&self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.shortened())
    }
}
