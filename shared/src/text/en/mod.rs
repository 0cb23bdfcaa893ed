//! English: what notices say, and the pages.

pub(super) mod calls;
pub(super) mod common;
pub(super) mod connect;
pub(super) mod live;
pub(super) mod manage;
pub(super) mod overview;
pub(super) mod people;
pub(super) mod settings;
pub(super) mod told;
pub(super) mod tryout;
pub(super) mod unlogged;

use super::Words;

pub(crate) const GAVE_UP: Words = Words {
    sentence: "A call record could not be delivered, and the last attempt was used.",
    advice: "Check that the CRM is reachable, then resend the call from the delivery log.",
};
pub(crate) const CALL_FULL: Words = Words {
    sentence: "A call has more events than are kept of one; what came beyond was not looked at.",
    advice: "Open the delivery log at that time. If no call of yours rings so many phones, somebody knows an event URL.",
};
pub(crate) const ENDS_UNKNOWN: Words = Words {
    sentence: "A call's end was never told: neither by an event nor by the PBX's history.",
    advice: "Find it in the delivery log among what was not logged. If there are many, check that the extension's events are installed.",
};
pub(crate) const HISTORY_UNREADABLE: Words = Words {
    sentence: "The PBX's call history can't be read, so calls whose events were lost can't be found.",
    advice: "Check on the PBX that the application's user may read the call history; nothing else is affected.",
};
pub(crate) const CRM_REFUSED_CREDENTIALS: Words = Words {
    sentence: "The CRM refuses the stored credentials, so deliveries are paused.",
    advice: "Enter valid CRM credentials in the connection's settings; what waited is then delivered.",
};
pub(crate) const CRM_UNPAID: Words = Words {
    sentence: "The CRM serves nobody until its bill is paid, so deliveries are paused.",
    advice: "Pay the CRM's subscription, then save its settings here again; what waited is then delivered.",
};
pub(crate) const CRM_ENDPOINT_DISABLED: Words = Words {
    sentence: "The CRM's endpoint says that it is gone, or has taken nothing for five days, so deliveries are paused.",
    advice: "Enter the endpoint's address, the same one if it works again, in the connection's settings; what waited is then delivered.",
};
pub(crate) const PAUSED_BY_OPERATOR: Words = Words {
    sentence: "Whoever runs this service has paused deliveries.",
    advice: "Ask them why; what waited is then delivered.",
};
pub(crate) const CONSENT_ENDED: Words = Words {
    sentence: "The consent that was given on the PBX has ended. Work on the PBX is paused.",
    advice: "Connect the PBX account again and consent once more, or enter App ID and App Secret of a trusted \
                  application in the connection's settings.",
};
pub(crate) const BUDGET_USED_UP: Words = Words {
    sentence: "The PBX's hourly limit of requests is nearly or wholly used up, so the work on it waits.",
    advice: "Nothing: the work goes on when the hour is over. If it happens often, look for other integrations \
                  that send many requests, or ask the PBX provider for a higher limit.",
};
pub(crate) const TAKEN_OVER: Words = Words {
    sentence: "The PBX account was connected again with its credentials; all admin keys made before are void.",
    advice: "If none of you did it, renew the application's secret on the PBX and connect again; the audit trail \
                  says when and from where.",
};
pub(crate) const RECORD_REFUSED: Words = Words {
    sentence: "The CRM refused a call record.",
    advice: "Open the call in the delivery log, change what its reason names, and resend it.",
};
pub(crate) const FLOODED: Words = Words {
    sentence: "One extension's event URL brings more than 300 events a minute; what is more is refused.",
    advice: "If the PBX does not send these, somebody knows the URL: take the extension out of the mapping and put it back.",
};
pub(crate) const CRM_REMOVED_US: Words = Words {
    sentence: "The application was removed in the CRM, so deliveries are paused.",
    advice: "Install it there again; what waited is then delivered.",
};

/// The subject of a digest.
pub(crate) const MAIL_NEW: &str = "New notices: {}";
/// The line above a digest's list.
pub(crate) const MAIL_SINCE: &str = "This is new since the last digest:";
/// The line below a list that is not whole.
pub(crate) const MAIL_MORE: &str = "The page has {} more.";
/// The line above the link.
pub(crate) const MAIL_PAGE: &str = "Everything that is open stands on the page:";
/// The last line.
pub(crate) const MAIL_WHY: &str =
    "You get this because your address is entered in Ringbridge's settings, where it can be removed.";
/// What a test says.
pub(crate) const TEST: Words =
    Words { sentence: "This is a test: notices reach you.", advice: "There is nothing to do." };
