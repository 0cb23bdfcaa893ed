//! Russian: the sentences that are found by the English ones, and the pages.

pub(super) mod common;
pub(super) mod connect;
pub(super) mod manage;
mod notices;
pub(super) mod people;

use std::sync::LazyLock;

use super::matching::Catalogue;

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(&[notices::NOTICES]));
