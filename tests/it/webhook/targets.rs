//! Where a customer's webhook may point: not into our own network (docs/promises.md §7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use ringbridge::crm::CrmError;
use ringbridge::http_client::{TargetProblem, Targets, check_target, is_public};

use super::{deliver_to, inbox};
use simulators::patience::PATIENT;

const PRIVATE: [&str; 44] = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

const PUBLIC: [&str; 16] = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2001:200::1",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
];

#[test]
fn special_addresses_are_not_public() {
    for text in PRIVATE {
        assert!(!is_public(text.parse().unwrap()), "{text}");
    }
    for text in PUBLIC {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
}

proptest! {
    #[test]
    fn a_carried_address_is_judged_as_itself(bits: u32) {
        let v4 = Ipv4Addr::from_bits(bits);
        let nat64 = Ipv6Addr::from_bits((0x64_ff9b << 96) | u128::from(bits));
        let six_to_four = Ipv6Addr::from_bits((0x2002 << 112) | (u128::from(bits) << 80) | 1);
        for v6 in [v4.to_ipv6_mapped(), nat64, six_to_four] {
            prop_assert_eq!(is_public(IpAddr::V6(v6)), is_public(IpAddr::V4(v4)), "{}", v6);
        }
    }

    #[test]
    fn no_address_that_the_standard_library_calls_local_is_public(bits: u32) {
        let v4 = Ipv4Addr::from_bits(bits);
        let local = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
            || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
        prop_assert!(!(local && is_public(IpAddr::V4(v4))));
    }
}

#[tokio::test]
async fn private_literals_are_refused_before_anything_is_sent() {
    let inbox = inbox();
    let port = inbox.port();
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "10.1.2.3"] {
        let url = format!("https://{host}:{port}/hook");
        let error = deliver_to(&url, PATIENT, Targets::PublicOnly).await.unwrap_err();
        assert!(matches!(error, CrmError::PrivateAddress), "{host}: {error:?}");
    }
    assert_eq!(inbox.counters().requests, 0);
}

#[tokio::test]
async fn a_name_that_leads_to_loopback_is_refused_after_resolution() {
    let inbox = inbox();
    let url = format!("https://localhost:{}/hook", inbox.port());
    let error = deliver_to(&url, PATIENT, Targets::PublicOnly).await.unwrap_err();
    assert!(matches!(error, CrmError::PrivateAddress), "{error:?}");
}

#[tokio::test]
async fn any_address_means_loopback_too_by_digits_and_by_name() {
    let inbox = inbox();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/hook", inbox.port());
        deliver_to(&url, PATIENT, Targets::AnyAddress).await.unwrap();
    }
}

#[tokio::test]
async fn plain_http_is_refused_where_only_public_addresses_are_allowed() {
    let error = deliver_to("http://crm.example.com/", PATIENT, Targets::PublicOnly).await.unwrap_err();
    assert!(matches!(error, CrmError::Settings(_)));
}

#[test]
fn settings_are_checked_when_they_are_saved() {
    let public = |url: &str| check_target(url, Targets::PublicOnly).map(String::from);
    assert_eq!(
        public(" https://crm.example.com/calls?k=1 ").as_deref(),
        Ok("https://crm.example.com/calls?k=1")
    );
    assert_eq!(public("https://1.1.1.1/").as_deref(), Ok("https://1.1.1.1/"));
    for (url, problem) in [
        ("", TargetProblem::NotAUrl),
        ("crm.example.com/calls", TargetProblem::NotAUrl),
        ("https://", TargetProblem::NotAUrl),
        ("http://crm.example.com/", TargetProblem::NotHttps),
        ("ftp://crm.example.com/", TargetProblem::NotHttps),
        ("file:///etc/hosts", TargetProblem::NotHttps),
        ("https://me:key@crm.example.com/", TargetProblem::Credentials),
        ("https://me@crm.example.com/", TargetProblem::Credentials),
        ("https://10.0.0.1/", TargetProblem::PrivateAddress),
        ("https://[fd00::1]/", TargetProblem::PrivateAddress),
        ("https://localhost/", TargetProblem::PrivateAddress),
        ("https://crm.localhost./", TargetProblem::PrivateAddress),
    ] {
        assert_eq!(public(url), Err(problem), "{url}");
    }
    let long = format!("https://crm.example.com/{}", "x".repeat(2_048));
    assert_eq!(public(&long), Err(TargetProblem::TooLong));
    assert!(check_target("http://localhost:8081/hook", Targets::AnyAddress).is_ok());
    assert_eq!(check_target("ftp://localhost/", Targets::AnyAddress), Err(TargetProblem::NotHttp));
}
