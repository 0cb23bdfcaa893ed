//! The strict half of reading an event: bytes to fields. Whatever is not clean form encoding is refused as a
//! whole, so that no half of an event is ever stored.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

use super::fields::Fields;

/// The largest event that is taken, in bytes: the documented ones have less than 1,024.
pub const MAX_EVENT_BYTES: usize = 8 * 1024;
/// More fields than this are no event of the PBX; the documented ones have at most 25.
pub const MAX_EVENT_FIELDS: usize = 128;

/// Why bytes are not an event. The texts name no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedEvent {
    /// Over [`MAX_EVENT_BYTES`].
    #[error("the event is larger than 8 KiB")]
    TooLarge,
    /// Over [`MAX_EVENT_FIELDS`].
    #[error("the event has more than 128 fields")]
    TooManyFields,
    /// A `%` without two hexadecimal digits.
    #[error("the event is not form-encoded: a percent sign without two hexadecimal digits")]
    BrokenEncoding,
    /// Not UTF-8 after decoding.
    #[error("the event is not UTF-8")]
    NotUtf8,
    /// NUL or another control character in a key or a value.
    #[error("the event has control characters")]
    ControlCharacters,
    /// A payload of another resource, such as `call-status-change` (docs/pbx.md §5.3): understood, not needed.
    #[error("the event is not about a call")]
    NotACall,
    /// No `EventType`, or an empty one.
    #[error("the event has no EventType")]
    NoEventType,
    /// No usable `CallID`.
    #[error("the event has no CallID of 1 to 200 printable characters")]
    NoCallId,
    /// No `agent_id` that is a number, or no `agent_status` (docs/pbx.md §5.1).
    #[error("the event has no agent_id or no agent_status")]
    NoAgent,
    /// A `SubCallID` that can't be one.
    #[error("the event's SubCallID is longer than 256 characters")]
    BadLegId,
}

/// Decodes a form body or query string; keys are unique case-insensitively (the first non-empty value stays,
/// an empty value counts as absent: docs/pbx.md §6.1).
pub(in crate::model) fn decode(bytes: &[u8]) -> Result<Fields, MalformedEvent> {
    if bytes.len() > MAX_EVENT_BYTES {
        return Err(MalformedEvent::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| MalformedEvent::NotUtf8)?;
    let mut fields = Fields::for_form(text.len());
    let mut rooms = (String::new(), String::new());
    for (count, pair) in text.trim().split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if count >= MAX_EVENT_FIELDS {
            return Err(MalformedEvent::TooManyFields);
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (component(key, &mut rooms.0)?, component(value, &mut rooms.1)?);
        if !value.is_empty() {
            fields.insert(key, value);
        }
    }
    Ok(fields)
}

/// A key or a value, decoded into the room unless nothing is encoded, which is most of them.
fn component<'a>(raw: &'a str, room: &'a mut String) -> Result<&'a str, MalformedEvent> {
    if raw.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'%' | b'+')) {
        return Ok(raw);
    }
    room.clear();
    if printable(raw, room).is_none() {
        *room = any(raw)?;
    }
    Ok(room)
}

/// Decodes printable ASCII; nothing of whatever else a part holds.
fn printable(raw: &str, room: &mut String) -> Option<()> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'+' => b' ',
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            byte => byte,
        };
        let is_printable = byte == b' ' || byte.is_ascii_graphic();
        is_printable.then(|| room.push(char::from(byte)))?;
    }
    Some(())
}

/// Decodes anything, or says why it can't be decoded.
fn any(raw: &str) -> Result<String, MalformedEvent> {
    let mut escapes = raw.split('%');
    escapes.next();
    if !escapes.all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit())) {
        return Err(MalformedEvent::BrokenEncoding);
    }
    let spaced = raw.replace('+', " ");
    let text = percent_decode_str(&spaced).decode_utf8().map_err(|_| MalformedEvent::NotUtf8)?;
    if text.chars().any(char::is_control) {
        return Err(MalformedEvent::ControlCharacters);
    }
    Ok(text.into_owned())
}

/// Adds a part behind its length in bytes. By hand, since it is done for each field of each event.
pub(super) fn push_sized(text: &mut String, part: &str) {
    match part.len() {
        length @ 0..100 => {
            let digit = |number: usize| u8::try_from(number).map_or('0', |number| char::from(b'0' + number));
            if length >= 10 {
                text.push(digit(length / 10));
            }
            text.push(digit(length % 10));
        }
        // Writing to a string can't fail.
        length => drop(write!(text, "{length}")),
    }
    text.push(':');
    text.push_str(part);
}
