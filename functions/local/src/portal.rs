//! The demo's other CRM: a simulated Bitrix24 portal.

use std::collections::BTreeMap;

use reqwest::Url;
use ringbridge::crm::{Connectors, CrmError};
use ringbridge::flow::CallDeps;
use ringbridge::flow::crm_access::seal_grant;
use ringbridge::model::ids::ConnectionId;
use ringbridge::model::secret::Secret;
use ringbridge::storage::Saved;
use serde_json::{Value, json};
use simulators::bitrix24::{CLIENT_ID, CLIENT_SECRET, CODE, Portal};

use crate::demo::Failure;
use crate::print;

/// The users that the demo maps.
pub(crate) const USERS: [&str; 3] = ["1", "2", "3"];

/// The connection's CRM, as the settings take it.
pub(crate) fn settings(portal: &Portal) -> Value {
    json!({ "kind": "bitrix24", "portal": portal.url(), "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET })
}

/// What the callback does with the code that a browser brings back: tokens for it, kept with the connection. Nobody
/// sits at the simulated portal who could consent there, so it is given already.
pub(crate) async fn consent(deps: &CallDeps, portal: &Portal, connection: &str) -> Result<(), Failure> {
    let id = ConnectionId::parse(connection).ok_or("no connection's id in the answer")?;
    let stored = deps.store.connection(id).await?.ok_or("the connection is not stored")?;
    let target = Connectors::open(&stored.value, &deps.sealer)?;
    let consent = deps.connectors.of(&target.kind)?.consent().ok_or(CrmError::NoConsent)?;
    let code = BTreeMap::from([("code".to_owned(), Secret::new(CODE))]);
    let grant = consent.exchange(&target, &code, &Url::parse(&portal.url())?, deps.clock.now()).await?;
    let mut state = deps.store.crm_state(id).await?;
    state.value.grant = Some(seal_grant(deps.crm(), id, &grant)?);
    match deps.store.save_crm_state(id, &state).await? {
        Saved::Done(_) => Ok(()),
        Saved::Changed(_) => Err("somebody else consented at the same time".into()),
    }
}

/// Prints the calls that the portal logged.
pub(crate) fn show(portal: &Portal) {
    print::line("\nCalls in the Bitrix24 portal:");
    print::line("  user  direction number            seconds  status       code   recording  started");
    for call in portal.calls() {
        let text = |name: &str| call[name].as_str().unwrap_or("-").to_owned();
        print::line(&format!(
            "  {:<5} {:<9} {:<17} {:>7}  {:<12} {:<6} {:<10} {}",
            text("user"),
            text("direction"),
            text("number"),
            call["duration"],
            text("status"),
            text("code"),
            if call["recording"] == true { "yes" } else { "no" },
            text("started"),
        ));
    }
    print::line(&format!("See them at {}/, or as JSON at {}/calls.", portal.url(), portal.url()));
}
