//! The demo's other CRM: a simulated Bitrix24 portal.

use reqwest::Url;
use serde_json::{Value, json};
use simulators::bitrix24::{CLIENT_ID, CLIENT_SECRET, CODE, Portal};

use crate::print;

/// The users that the demo maps.
pub(crate) const USERS: [&str; 3] = ["1", "2", "3"];

/// The connection's CRM, as the settings take it.
pub(crate) fn settings(portal: &Portal) -> Value {
    json!({ "kind": "bitrix24", "portal": portal.url(), "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET })
}

/// Where a browser comes back to from the consent that this address begins. Nobody sits at the simulated portal who
/// could consent there, so the code is known already.
pub(crate) fn way_back(authorize_url: &str) -> Option<String> {
    let begun = Url::parse(authorize_url).ok()?;
    let (_, state) = begun.query_pairs().find(|(name, _)| name == "state")?;
    let mut back = begun.join("/api/v1/crm/callback").ok()?;
    back.query_pairs_mut().clear().append_pair("code", CODE).append_pair("state", &state);
    Some(format!("{}?{}", back.path(), back.query()?))
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
