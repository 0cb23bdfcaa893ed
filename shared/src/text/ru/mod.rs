//! Russian: the sentences that are found by the English ones, and the pages.

pub(super) mod calls;
pub(super) mod common;
pub(super) mod connect;
pub(super) mod live;
mod log;
mod notices;
pub(super) mod overview;
pub(super) mod people;
pub(super) mod settings;
pub(super) mod unlogged;

use std::sync::LazyLock;

use super::matching::Catalogue;

pub(super) static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::new(&[notices::NOTICES, log::LOG]));
