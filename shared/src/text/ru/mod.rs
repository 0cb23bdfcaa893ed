//! Russian.

mod mails;
mod notices;

use std::sync::LazyLock;

use super::matching::Catalogue;

pub(super) static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::new(&[notices::NOTICES, mails::MAILS]));
