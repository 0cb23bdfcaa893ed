//! The strict half of reading an event: bytes to fields. Whatever is not clean form encoding is refused as a
//! whole, so that no half of an event is ever stored.

use percent_encoding::percent_decode_str;

use super::fields::{Fields, Span, Unordered};

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
    let text = std::str::from_utf8(bytes).map_err(|_| MalformedEvent::NotUtf8)?.trim();
    let mut fields = Unordered::of_form(text);
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        let key = Part::new(text, at, true);
        let value = match text.as_bytes().get(key.end) {
            Some(b'=') => Part::new(text, key.end + 1, false),
            Some(_) | None => Part { start: key.end, ..key },
        };
        if value.end > at {
            count += 1;
            if count > MAX_EVENT_FIELDS {
                return Err(MalformedEvent::TooManyFields);
            }
            let (key, value) = (key.decoded(text, fields.text())?, value.decoded(text, fields.text())?);
            if value.1 > value.0 {
                fields.place(key, value);
            }
        }
        at = value.end + 1;
    }
    Ok(fields.ordered())
}

/// Where a key or a value lies in a form.
struct Part {
    start: usize,
    end: usize,
    /// Most are not.
    is_encoded: bool,
    /// Whether what is not encoded is printable ASCII.
    is_printable: bool,
}

/// Whether a byte has a meaning in a form, or is no printable ASCII: looked up, since every byte of every event is.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [true; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        special[byte as usize] = matches!(byte, b'=' | b'&' | b'%' | b'+');
        byte += 1;
    }
    special
};

impl Part {
    /// The part that begins there; a key ends at an equals sign too.
    fn new(form: &str, start: usize, is_key: bool) -> Self {
        let bytes = form.as_bytes();
        let mut part = Self { start, end: start, is_encoded: false, is_printable: true };
        loop {
            let rest = bytes.get(part.end..).unwrap_or_default();
            part.end += rest.iter().position(|byte| IS_SPECIAL[usize::from(*byte)]).unwrap_or(rest.len());
            match bytes.get(part.end) {
                None | Some(b'&') => return part,
                Some(b'=') if is_key => return part,
                Some(b'=') => {}
                Some(b'%' | b'+') => part.is_encoded = true,
                Some(_) => part.is_printable = false,
            }
            part.end += 1;
        }
    }

    /// Where it lies in a text that begins with the form; there it is added in clear if something of it is encoded.
    #[inline]
    fn decoded(&self, form: &str, text: &mut String) -> Result<Span, MalformedEvent> {
        if self.is_printable && !self.is_encoded {
            return Ok((self.start, self.end));
        }
        self.add_to(text, form.get(self.start..self.end).unwrap_or_default())
    }

    fn add_to(&self, text: &mut String, raw: &str) -> Result<Span, MalformedEvent> {
        let start = text.len();
        if !self.is_printable || add_printable(text, raw).is_none() {
            text.truncate(start);
            text.push_str(&any(raw)?);
        }
        Ok((start, text.len()))
    }
}

/// Decodes what holds and encodes nothing but printable ASCII; nothing of whatever else a part holds.
fn add_printable(text: &mut String, raw: &str) -> Option<()> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut rest = raw;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'%' | b'+')) {
        text.push_str(rest.get(..at)?);
        let (byte, length) = match rest.as_bytes().get(at..)? {
            [b'%', high, low, ..] => (digit(*high)? << 4 | digit(*low)?, 3),
            [b'+', ..] => (b' ', 1),
            _ => return None,
        };
        let is_printable = byte == b' ' || byte.is_ascii_graphic();
        is_printable.then(|| text.push(char::from(byte)))?;
        rest = rest.get(at + length..)?;
    }
    text.push_str(rest);
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
