//! Russian: the sentences that are found by the English ones, and the pages.

pub(super) mod calls;
pub(super) mod common;
pub(super) mod connect;
mod crm;
mod forms;
pub(super) mod live;
mod log;
mod mails;
pub(super) mod manage;
mod notices;
pub(super) mod overview;
mod pbx;
pub(super) mod people;
pub(super) mod settings;
pub(super) mod told;
pub(super) mod tryout;
pub(super) mod unlogged;
mod verdicts;

use std::sync::LazyLock;

use super::matching::Catalogue;

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::new(&[
        notices::NOTICES,
        verdicts::VERDICTS,
        pbx::PBX,
        forms::FORMS,
        crm::CRM,
        mails::MAILS,
        log::LOG,
    ])
});
