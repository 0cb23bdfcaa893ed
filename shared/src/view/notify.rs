//! Who is told of notices, as it is shown, and what came of a test.

use serde::Serialize;
use utoipa::ToSchema;

use crate::flow::notify::NotSent;
use crate::flow::notify::settings::Shown;
use crate::flow::notify::test::Tested;
use crate::model::notify::EmailAddress;
use crate::text::Language;

/// Who is told of notices, and how.
#[derive(Clone, Serialize, ToSchema)]
pub struct Notify {
    /// Who gets e-mail.
    pub email: Vec<String>,
    /// A webhook; its secret is not shown.
    #[schema(required)]
    pub webhook: Option<NotifyHook>,
    /// Whether what stops no calls is told too, once a day.
    pub digest: bool,
    /// What they read.
    pub language: Language,
    /// Whether this installation sends e-mail at all.
    pub sends_email: bool,
}

/// A webhook.
#[derive(Clone, Serialize, ToSchema)]
pub struct NotifyHook {
    /// Where it is posted.
    #[schema(format = "uri")]
    pub url: String,
}

impl Notify {
    /// What is shown of it.
    pub fn of(shown: &Shown, sends_email: bool) -> Self {
        Self {
            email: shown.email.iter().map(|one| EmailAddress::reveal(one).to_owned()).collect(),
            webhook: shown.webhook.as_ref().map(|url| NotifyHook { url: url.to_string() }),
            digest: shown.digest,
            language: shown.language,
            sends_email,
        }
    }
}

/// What came of a test, by each channel; null: it is not used.
#[derive(Clone, Serialize, ToSchema)]
pub struct NotifyTest {
    /// By e-mail.
    #[schema(required)]
    pub email: Option<NotifySent>,
    /// By webhook.
    #[schema(required)]
    pub webhook: Option<NotifySent>,
}

/// Whether a channel took a test.
#[derive(Clone, Serialize, ToSchema)]
pub struct NotifySent {
    /// Whether it did.
    pub sent: bool,
    /// Why not.
    #[schema(required)]
    pub problem: Option<String>,
}

impl From<Tested> for NotifyTest {
    fn from(tested: Tested) -> Self {
        let shown = |sent: Option<Result<(), _>>| {
            sent.map(|sent| NotifySent {
                sent: sent.is_ok(),
                problem: sent.err().map(|error: NotSent| error.to_string()),
            })
        };
        Self { email: shown(tested.email), webhook: shown(tested.webhook) }
    }
}
