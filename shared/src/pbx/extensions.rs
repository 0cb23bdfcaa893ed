//! The extension list, page by page (docs/pbx.md §3). There is no total: a short page is the last one.

use super::answer::list;
use super::error::PbxError;
use super::session::Session;
use super::wire::{self, Loose};
use crate::model::extension::{ExtensionKind, Label, ListedExtension};
use crate::model::ids::ExtensionId;
use crate::model::number::ExtensionNumber;

/// Asked for and accepted in practice; the maximum is not documented (docs/pbx.md §3.2).
const PER_PAGE: usize = 100;

/// Numbers have at most four digits, so there are at most ten thousand extensions.
const MOST_PAGES: usize = 101;

/// Longer names are cut.
const MAX_LABEL: usize = 200;

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionsPage {
    /// What could be read.
    pub items: Vec<ListedExtension>,
    /// How many were on the page.
    pub raw_count: usize,
    /// The id that stood first.
    pub first_id: Option<ExtensionId>,
    /// How many could not be read.
    pub skipped: u32,
}

/// Whether there may be a page after `page`, given the first ids of the pages before it. A PBX that ignores `page`
/// sends the same page again: it adds nothing, and it is the end.
pub fn another_page(page: &ExtensionsPage, first_ids_before: &[ExtensionId]) -> bool {
    page.raw_count >= PER_PAGE
        && first_ids_before.len() + 1 < MOST_PAGES
        && page.first_id.is_some_and(|first| !first_ids_before.contains(&first))
}

impl Session {
    /// One page of the account's extensions; the first is 1.
    pub async fn extensions_page(&self, page: u32) -> Result<ExtensionsPage, PbxError> {
        let query = [("page", page.to_string()), ("per_page", PER_PAGE.to_string())];
        let values = list(self.get("client/@me/extension/", &query).await?)?;
        let raw_count = values.len();
        let first_id = values
            .first()
            .and_then(|value| value.get("id"))
            .and_then(|id| Loose::from(id).number())
            .and_then(ExtensionId::new);
        let (items, skipped) = wire::items(values, |item| extension(&item));
        Ok(ExtensionsPage { items, raw_count, first_id, skipped })
    }
}

fn extension(item: &wire::Extension) -> Option<ListedExtension> {
    Some(ListedExtension {
        id: item.id.number().and_then(ExtensionId::new)?,
        number: ExtensionNumber::parse(item.name.text()?)?,
        kind: item.kind.text().map_or(ExtensionKind::Fax, kind),
        label: item.label.text().map(|text| Label::new(text.chars().take(MAX_LABEL).collect::<String>())),
        active: item.status.text().is_none_or(|status| status == "active"),
    })
}

/// Kinds that we don't know are left alone, as faxes are.
pub(super) fn kind(text: &str) -> ExtensionKind {
    [ExtensionKind::Phone, ExtensionKind::Ivr, ExtensionKind::Queue]
        .into_iter()
        .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
        .unwrap_or(ExtensionKind::Fax)
}
