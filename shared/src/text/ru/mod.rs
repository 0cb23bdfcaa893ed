//! Russian: the sentences that are found by the English ones, and the pages.

pub(super) mod calls;
pub(super) mod common;
pub(super) mod connect;
mod crm;
mod forms;
mod hubspot;
mod kommo;
pub(super) mod live;
mod log;
mod mails;
pub(super) mod manage;
mod notices;
pub(super) mod overview;
mod pbx;
pub(super) mod people;
mod retailcrm;
pub(super) mod settings;
mod template;
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
        kommo::KOMMO,
        hubspot::HUBSPOT,
        retailcrm::RETAILCRM,
        template::TEMPLATE,
        mails::MAILS,
        log::LOG,
    ])
});
