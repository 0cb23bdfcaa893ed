//! An outside number in one form for every CRM: E.164, by the metadata of libphonenumber. The PBX's own text is kept
//! beside it. The metadata is loaded when the first number is read, so a process that reads none pays nothing.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use crate::model::number::PhoneNumber;

/// Shorter ones are public services and extensions, which mean something only where they are dialled.
const SHORTEST: usize = 7;
/// The longest that E.164 allows.
const LONGEST: usize = 15;

/// A number that means the same everywhere. Never printed by `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    e164: PhoneNumber,
    national: PhoneNumber,
    significant: PhoneNumber,
}

impl External {
    /// Reads a number as a PBX writes it; national forms are those of `country` (ISO 3166). Nothing of a short or
    /// withheld number, or of what is no telephone number.
    pub fn read(number: &PhoneNumber, country: &str) -> Option<Self> {
        let text = bare(number.reveal());
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let punctuated = text.chars().all(|c| c.is_ascii_digit() || "+-. ()/".contains(c));
        if !punctuated || !(SHORTEST..=LONGEST + 2).contains(&digits.len()) {
            return None;
        }
        let abroad = |digits: &str| valid(&format!("+{digits}"), None);
        if text.starts_with('+') {
            return abroad(&digits);
        }
        if let Some(rest) = digits.strip_prefix("00") {
            return abroad(rest);
        }
        let country: Option<Region> = country.to_ascii_uppercase().parse().ok();
        // A PBX may leave out the plus, but a number that is one of the country's own is meant as such.
        let national = country.and_then(|country| valid(&digits, Some(country)));
        national.or_else(|| abroad(&digits))
    }

    /// `+` and up to fifteen digits.
    pub fn e164(&self) -> &str {
        self.e164.reveal()
    }

    /// Its digits without the country's and without what is dialled before them at home.
    pub fn significant(&self) -> &str {
        self.significant.reveal()
    }

    /// How people write it: a CRM that compares texts is asked for each.
    pub fn spellings(&self) -> Vec<String> {
        let e164 = self.e164();
        let mut spellings = vec![e164.to_owned(), e164.trim_start_matches('+').to_owned()];
        let national = self.national.reveal();
        let digits: String = national.chars().filter(char::is_ascii_digit).collect();
        spellings.extend([digits, national.to_owned()]);
        let mut seen = Vec::new();
        spellings.retain(|one| {
            !seen.contains(one) && {
                seen.push(one.clone());
                true
            }
        });
        spellings
    }
}

fn valid(text: &str, country: Option<Region>) -> Option<External> {
    let number =
        PHONE_NUMBER_UTIL.parse(text, country).ok().filter(rlibphonenumber::PhoneNumber::is_valid)?;
    let written = |form| PhoneNumber::new(number.format_as(form));
    let significant = PhoneNumber::new(number.get_national_significant_number());
    let (e164, national) = (written(PhoneNumberFormat::E164), written(PhoneNumberFormat::National));
    Some(External { e164, national, significant })
}

/// Without `sip:` or `tel:` before it, and without what stands behind it.
fn bare(text: &str) -> &str {
    let text = text.trim().trim_start_matches('<');
    let schemes = ["sip:", "sips:", "tel:"];
    let is_scheme = |s: &&str| text.get(..s.len()).is_some_and(|start| start.eq_ignore_ascii_case(s));
    let text =
        schemes.iter().find(|s| is_scheme(s)).map_or(text, |s| text.get(s.len()..).unwrap_or_default());
    text.split(['@', ';', '>']).next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, country: &str) -> Option<String> {
        let read = External::read(&PhoneNumber::new(text), country)?;
        Some(read.e164().to_owned())
    }

    #[test]
    fn every_way_of_writing_a_number_gives_one() {
        for (text, country, wanted) in [
            ("84951234567", "RU", Some("+74951234567")),
            ("74951234567", "RU", Some("+74951234567")),
            ("4951234567", "RU", Some("+74951234567")),
            ("+7 (495) 123-45-67", "GB", Some("+74951234567")),
            ("88001234567", "RU", Some("+78001234567")),
            ("0074951234567", "GB", Some("+74951234567")),
            ("02079460123", "GB", Some("+442079460123")),
            ("442079460123", "GB", Some("+442079460123")),
            ("00442079460123", "RU", Some("+442079460123")),
            ("442079460123", "RU", Some("+442079460123")),
            ("sip:+442079460123@pbx.example", "RU", Some("+442079460123")),
            ("TEL:+442079460123;ext=5", "RU", Some("+442079460123")),
            ("<sip:02079460123@pbx.example>", "gb", Some("+442079460123")),
            ("+442079460123", "nowhere", Some("+442079460123")),
            // Public services, extensions, and what is no number.
            ("112", "RU", None),
            ("1000", "GB", None),
            ("4821*205", "GB", None),
            ("sip:alice@example.com", "GB", None),
            ("anonymous", "GB", None),
            ("", "GB", None),
            ("+999123", "GB", None),
            ("99999999999999999999", "GB", None),
            ("٠٢٠٧٩٤٦٠١٢٣", "GB", None),
        ] {
            assert_eq!(read(text, country).as_deref(), wanted, "{text} in {country}");
        }
    }

    #[test]
    fn spellings_are_those_that_people_use_and_nothing_is_printed() {
        let number = External::read(&PhoneNumber::new("84951234567"), "RU").unwrap();
        let spellings = number.spellings();
        for wanted in ["+74951234567", "74951234567", "84951234567", "8 (495) 123-45-67"] {
            assert!(spellings.iter().any(|one| one == wanted), "{wanted} in {spellings:?}");
        }
        assert!(!format!("{number:?}").contains("495"));
    }
}
