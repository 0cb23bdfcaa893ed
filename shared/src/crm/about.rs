//! What a connector says of itself: the fields of its settings, which the JSON reader, the OpenAPI document and the
//! pages' forms all use, and what its CRM can do.

/// A kind of CRM.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name in the settings, such as `webhook`.
    pub kind: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What must be entered.
    pub fields: &'static [Field],
    /// What its CRM can do.
    pub abilities: Abilities,
}

impl About {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// One setting of a CRM.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in the settings.
    pub name: &'static str,
    /// What it is called for people.
    pub label: &'static str,
    /// Where one finds it, or what it is for.
    pub help: &'static str,
    /// What may be entered.
    pub kind: FieldKind,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What may be entered in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// An address that outgoing requests go to: checked against private networks.
    Address,
    /// A line of text that is shown again.
    Text,
    /// A secret: never shown again.
    Secret,
    /// A JSON object, kept as a text; what is wrong in it is said by the path.
    Document,
}

/// What a CRM can do.
#[derive(Clone, Copy, Debug)]
pub struct Abilities {
    /// Whether it is told at once that phones ring, are answered, and stop ringing.
    pub signals: bool,
    /// How a record is kept from being made twice.
    pub writes: Writes,
    /// What becomes of a record that turned out not to be true.
    pub withdraws: Withdraws,
    /// Whether it has a list of users for the mapping.
    pub users: bool,
    /// Whether a person must consent in the CRM, unless the settings do without.
    pub consent: bool,
}

/// How a record is kept from being made twice (P3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// The CRM takes a repeat under the same key for one.
    Idempotent,
    /// The CRM has no key: whoever is not sure looks before they write.
    LookFirst,
}

/// What becomes of a record that turned out not to be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdraws {
    /// The CRM is told, and does what it likes.
    Told,
    /// It is removed.
    Removed,
    /// It is corrected, since the CRM removes nothing; the log says so.
    Corrected,
}
