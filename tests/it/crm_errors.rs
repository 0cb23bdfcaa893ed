//! What every HTTP status means for a delivery, as one table (house rule 5).

use std::fmt::Write as _;
use std::time::Duration;

use ringbridge::crm::CrmError;
use ringbridge::error::{Classified as _, Retryability};

fn meaning(status: u16) -> String {
    let error = CrmError::Status { status, retry_after: Some(Duration::from_mins(1)) };
    assert_eq!(error.status(), Some(status));
    let retry = match error.retryability() {
        Retryability::Transient { retry_after } => {
            assert_eq!(retry_after, Some(Duration::from_mins(1)), "{status} loses Retry-After");
            "transient"
        }
        Retryability::Permanent => "permanent",
    };
    format!("{:?}, {retry}", error.class())
}

#[test]
fn every_status_has_one_meaning() {
    let mut table = String::new();
    let mut first = 100;
    for status in 100..=599 {
        if status == 599 || meaning(status) != meaning(status + 1) {
            let range = if first == status { format!("{status}") } else { format!("{first}-{status}") };
            writeln!(table, "{range:8} {}", meaning(status)).unwrap();
            first = status + 1;
        }
    }
    insta::assert_snapshot!(table, @r"
    100-400  Refused, permanent
    401      Unauthorised, permanent
    402      Refused, permanent
    403      Unauthorised, permanent
    404-407  Refused, permanent
    408      Transient, transient
    409      Refused, permanent
    410      Gone, permanent
    411-422  Refused, permanent
    423      Transient, transient
    424      Refused, permanent
    425      Transient, transient
    426-428  Refused, permanent
    429      Throttled, transient
    430-499  Refused, permanent
    500-599  PerhapsDelivered, transient
    ");
}

#[test]
fn our_own_refusals_are_permanent() {
    for error in [CrmError::PrivateAddress, CrmError::Settings("the address is not valid")] {
        assert_eq!(error.retryability(), Retryability::Permanent);
        assert_eq!(error.status(), None);
    }
}
