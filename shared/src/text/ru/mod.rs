//! Russian: the sentences that are found by the English ones, and the pages.

pub(super) mod calls;
pub(super) mod common;
pub(super) mod connect;
mod crm;
mod forms;
mod mails;
pub(super) mod manage;
mod notices;
mod pbx;
pub(super) mod people;
pub(super) mod told;
pub(super) mod tryout;
mod verdicts;
pub(super) mod live;
mod log;
pub(super) mod overview;
pub(super) mod settings;
pub(super) mod unlogged;

use std::sync::LazyLock;

use super::matching::Catalogue;

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::new(&[notices::NOTICES, verdicts::VERDICTS, pbx::PBX, forms::FORMS, crm::CRM, mails::MAILS, log::LOG])
});
