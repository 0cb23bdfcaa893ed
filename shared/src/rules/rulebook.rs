//! What the rules need to know of a connection.

use crate::model::connection::Policy;
use crate::model::ids::ConnectionId;
use crate::model::number::{NumberPlan, Party};

/// Whose calls they are, and how they are logged.
#[derive(Clone, Copy, Debug)]
pub struct Rulebook<'a> {
    /// Whose calls they are.
    pub connection: ConnectionId,
    /// Prefix, length of extension numbers, and which exist.
    pub numbers: &'a NumberPlan,
    /// How calls are logged.
    pub policy: &'a Policy,
}

impl Rulebook<'_> {
    /// The party of a number, or nobody.
    pub(super) fn party(&self, text: Option<&str>) -> Party {
        text.map_or(Party::Withheld, |text| self.numbers.party(text))
    }
}
