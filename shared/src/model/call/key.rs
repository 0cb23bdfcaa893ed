//! The documented keys of an event (docs/pbx.md §6.1), and how those that R12 tells are spelled otherwise.

use super::fields::Key;

pub(super) const EVENT_TYPE: Key = Key::new("eventtype");
pub(super) const EVENT_TIME: Key = Key::new("eventtime");
pub(super) const CALL_ID: Key = Key::new("callid");
pub(super) const SUB_CALL_ID: Key = Key::new("subcallid");
pub(super) const CALL_API_ID: Key = Key::new("callapiid");
pub(super) const CALL_FLOW: Key = Key::new("callflow");
pub(super) const CALL_STATUS: Key = Key::new("callstatus");
pub(super) const CALLER_ID_NUM: Key = Key::new("calleridnum");
pub(super) const CALLER_NUM: Key = Key::new("callernum");
pub(super) const CALLER_ID_NAME: Key = Key::new("calleridname");
pub(super) const CALLED_NUMBER: Key = Key::new("callednumber");
pub(super) const CALLED_NUM: Key = Key::new("callednum");
pub(super) const CALLED_DID: Key = Key::new("calleddid");
pub(super) const CALLED_EXTENSION: Key = Key::new("calledextension");
pub(super) const CALLED_EXTENSION_ID: Key = Key::new("calledextensionid");
pub(super) const CALLER_EXTENSION: Key = Key::new("callerextension");
pub(super) const CALLER_EXTENSION_ID: Key = Key::new("callerextensionid");
pub(super) const DURATION: Key = Key::new("duration");
pub(super) const REC_ID: Key = Key::new("recid");
pub(super) const BRIDGED: Key = Key::new("bridged");
pub(super) const TRANSFERRED: Key = Key::new("transfered");
pub(super) const REMOTE_NUMBER: Key = Key::new("remotenumber");
pub(super) const CALL_BACK_ID: Key = Key::new("callbackid");
/// Events of another resource have it (docs/pbx.md §5.3).
pub(super) const OTHER_RESOURCE: Key = Key::new("event_type");

/// Marks an event of an old URL; the PBX sends none of that name.
pub(super) const OLD_URL_MARK: Key = Key::new("ringbridge-old-url");

/// Where a literal `+` may have been decoded to a space (docs/pbx.md §6.7).
pub(super) const OF_NUMBERS: &[Key] =
    &[CALLER_ID_NUM, CALLER_NUM, CALLER_ID_NAME, CALLED_NUMBER, CALLED_NUM, CALLED_DID, REMOTE_NUMBER];

/// All but [`OTHER_RESOURCE`]: their values are never bundle information.
pub(super) const DOCUMENTED: &[Key] = &[
    EVENT_TYPE,
    EVENT_TIME,
    CALL_ID,
    SUB_CALL_ID,
    CALL_API_ID,
    CALL_FLOW,
    CALL_STATUS,
    CALLER_ID_NUM,
    CALLER_NUM,
    CALLER_ID_NAME,
    CALLED_NUMBER,
    CALLED_NUM,
    CALLED_DID,
    CALLED_EXTENSION,
    CALLED_EXTENSION_ID,
    CALLER_EXTENSION,
    CALLER_EXTENSION_ID,
    DURATION,
    REC_ID,
    BRIDGED,
    TRANSFERRED,
    REMOTE_NUMBER,
    CALL_BACK_ID,
];
