//! The CRM beside a connection: its users, and whether it works.

use serde::Serialize;
use utoipa::ToSchema;

use super::mapping::Suggestion;
use crate::crm::{CrmUser as User, Withdraws};
use crate::flow::connection::crm_check::Checked;

/// A person of the CRM.
#[derive(Clone, Serialize, ToSchema)]
pub struct CrmUser {
    /// Their id, as the mapping names it.
    pub crm_user: String,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// The inner number that the CRM has of them.
    #[schema(required)]
    pub extension: Option<String>,
    /// An extension that may be theirs; only an offer.
    #[schema(required)]
    pub offer: Option<Suggestion>,
}

impl CrmUser {
    /// A user with what may be theirs.
    pub fn of(user: &User, offer: Option<Suggestion>) -> Self {
        Self {
            crm_user: user.id.as_str().to_owned(),
            name: user.name.clone(),
            email: user.email.clone(),
            extension: user.extension.clone(),
            offer,
        }
    }
}

/// What came of trying the CRM.
#[derive(Clone, Serialize, ToSchema)]
pub struct CrmCheck {
    /// Whether it works.
    pub works: bool,
    /// What does not, and what to do.
    #[schema(required)]
    pub problem: Option<String>,
    /// What became of the test record, whose call id begins with `ringbridge-test-`.
    #[schema(required)]
    pub test_record: Option<TestRecord>,
    /// What a person should know of how it was done.
    #[schema(required)]
    pub remark: Option<String>,
}

/// What became of the test record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestRecord {
    /// The CRM was told of it, and that it is not true.
    TakenBack,
    /// It was made and removed.
    Removed,
    /// It stands there: this CRM removes nothing.
    Stands,
}

impl From<Checked> for CrmCheck {
    fn from(checked: Checked) -> Self {
        let fails =
            |problem: String| Self { works: false, problem: Some(problem), test_record: None, remark: None };
        match checked {
            Checked::Fails(error) => fails(error.to_string()),
            Checked::Slow => fails("the CRM takes too long to answer".to_owned()),
            Checked::Works(withdraws, remark) => Self {
                works: true,
                problem: None,
                test_record: Some(match withdraws {
                    Withdraws::Told => TestRecord::TakenBack,
                    Withdraws::Removed => TestRecord::Removed,
                    Withdraws::Corrected => TestRecord::Stands,
                }),
                remark: remark.map(str::to_owned),
            },
        }
    }
}

/// A consent that worked.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Consented {
    /// `connected`.
    pub state: &'static str,
}

/// A number that is being called.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Calling {
    /// The call, as its records and the log name it.
    pub call_id: String,
}
