//! Looks at a PBX account before it is connected: are the credentials good, is the user one who can do the work, and
//! what is there. Whatever is missing is said in plain words, with the field that it concerns.

use super::extensions::Listing;
use crate::flow::deps::SettingsDeps;
use crate::model::budget::RateBudget;
use crate::model::connection::Origin;
use crate::model::ids::PbxClientId;
use crate::model::secret::Secret;
use crate::pbx::{Access, AccessToken, Customer, PbxError, Session, User};

/// An application on a PBX, as the administrator enters it.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Which PBX.
    pub origin: Origin,
    /// App ID.
    pub app_id: String,
    /// App Secret.
    pub app_secret: Secret,
}

/// Why the PBX account can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the PBX account can't be used ({field})")]
pub struct AccountProblem {
    /// The field below `pbx` that should be changed.
    pub field: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
}

/// All that is read of an account.
#[derive(Clone, Debug)]
pub(in crate::flow) struct Account {
    pub(in crate::flow) token: AccessToken,
    pub(in crate::flow) customer: Customer,
    pub(in crate::flow) event_limit: Option<u32>,
    pub(in crate::flow) listing: Listing,
    pub(in crate::flow) budget: Option<RateBudget>,
}

/// Tries credentials: whose account they open. Lists nothing.
pub(in crate::flow) async fn prove(
    deps: &SettingsDeps,
    credentials: &Credentials,
) -> Result<Account, AccountProblem> {
    let Credentials { origin, app_id, app_secret } = credentials;
    let token = deps.pbx.token(origin, app_id, app_secret).await.map_err(|error| refused(&error))?;
    let session = deps.pbx.session(origin, &token);
    let customer = who(&session).await?;
    Ok(Account { customer, event_limit: None, listing: Listing::default(), budget: session.budget(), token })
}

/// Reads an account: one request for each thing, and none repeated.
pub(in crate::flow) async fn read(
    deps: &SettingsDeps,
    credentials: &Credentials,
) -> Result<Account, AccountProblem> {
    let Credentials { origin, app_id, app_secret } = credentials;
    let token = deps.pbx.token(origin, app_id, app_secret).await.map_err(|error| refused(&error))?;
    read_with(deps, origin, token).await
}

/// The same, with a token at hand.
pub(in crate::flow) async fn read_with(
    deps: &SettingsDeps,
    origin: &Origin,
    token: AccessToken,
) -> Result<Account, AccountProblem> {
    let session = deps.pbx.session(origin, &token);
    let customer = who(&session).await?;
    let event_limit = match session.limits().await {
        Ok(limits) => limits.events,
        Err(error) if ends_it(&error) => return Err(refused(&error)),
        // Undocumented (docs/pbx.md §9.3), so what can't be read is not needed.
        Err(_) => None,
    };
    let mut listing = Listing::default();
    while let Some(page) = listing.next_page() {
        listing.take(session.extensions_page(page).await.map_err(|error| refused(&error))?);
    }
    Ok(Account { customer, event_limit, listing, budget: session.budget(), token })
}

/// The customer, if the user behind the token is an administrator of the whole account.
pub(in crate::flow) async fn who(session: &Session) -> Result<Customer, AccountProblem> {
    let user = session.user().await.map_err(|error| refused(&error))?;
    let client = able(&user)?;
    let customer = match session.client().await {
        Err(PbxError::NotFound) => session.client_info().await,
        answer => answer,
    };
    let customer = customer.map_err(|error| refused(&error))?;
    if customer.id != client {
        return Err(problem(
            "app_id",
            "The PBX names two different accounts for this application; ask its provider.",
        ));
    }
    if !customer.active {
        return Err(problem("app_id", "This PBX account is blocked; ask the PBX provider to unblock it."));
    }
    Ok(customer)
}

/// Whether a user can do what is needed (docs/pbx.md §1.6).
fn able(user: &User) -> Result<PbxClientId, AccountProblem> {
    let Some(client) = user.client_id else {
        return Err(problem(
            "app_id",
            "This application belongs to a user of the provider, not of a customer; create it as an administrator of \
             the PBX account.",
        ));
    };
    if !user.is_account_wide() {
        return Err(problem(
            "app_id",
            "This application belongs to a user of one extension or group, who sees only that; create it as an \
             administrator of the whole PBX account.",
        ));
    }
    match user.access {
        Access::Full | Access::Unknown => Ok(client),
        Access::ReadOnly => Err(problem(
            "app_id",
            "The user of this application may only read, so events can't be added; give the user the access level \
             `full`, or create the application as a user who has it.",
        )),
    }
}

/// Which field a refusal concerns, and what to do.
pub(in crate::flow) fn refused(error: &PbxError) -> AccountProblem {
    let field = match error {
        PbxError::CredentialsRejected { .. } => "app_secret",
        PbxError::Unauthorised | PbxError::Denied(_) | PbxError::RateLimited { .. } => "app_id",
        PbxError::NotReached(_)
        | PbxError::NoAnswer(_)
        | PbxError::NotFound
        | PbxError::StatisticsBusy
        | PbxError::Refused { .. }
        | PbxError::Failing { .. }
        | PbxError::Unreadable(_)
        | PbxError::TooLarge
        | PbxError::Redirected => "host",
    };
    problem(field, &format!("{} {}", error.sentence(), error.advice()))
}

/// Whether a failed request means that others would fail too, or must not be sent.
const fn ends_it(error: &PbxError) -> bool {
    match error {
        PbxError::RateLimited { .. }
        | PbxError::Unauthorised
        | PbxError::NotReached(_)
        | PbxError::NoAnswer(_) => true,
        PbxError::CredentialsRejected { .. }
        | PbxError::Denied(_)
        | PbxError::NotFound
        | PbxError::StatisticsBusy
        | PbxError::Refused { .. }
        | PbxError::Failing { .. }
        | PbxError::Unreadable(_)
        | PbxError::TooLarge
        | PbxError::Redirected => false,
    }
}

fn problem(field: &'static str, message: &str) -> AccountProblem {
    AccountProblem { field, message: message.to_owned() }
}
