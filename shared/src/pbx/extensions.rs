//! The extension list, page by page (docs/pbx.md §3). There is no total: a short page is the last one.

use serde::de::DeserializeOwned;

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
pub(super) const MAX_LABEL: usize = 200;

/// One page of the list of extensions.
pub type ExtensionsPage = ListPage<ListedExtension, ExtensionId>;

/// One page of a list of the PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage<T, I> {
    /// What could be read.
    pub items: Vec<T>,
    /// How many were on the page.
    pub raw_count: usize,
    /// The id that stood first.
    pub first_id: Option<I>,
    /// How many could not be read.
    pub skipped: u32,
}

/// Whether there may be a page after `page`, given the first ids of the pages before it. A PBX that ignores `page`
/// sends the same page again: it adds nothing, and it is the end.
pub fn another_page<T, I: PartialEq>(page: &ListPage<T, I>, first_ids_before: &[I]) -> bool {
    page.raw_count >= PER_PAGE
        && first_ids_before.len() + 1 < MOST_PAGES
        && page.first_id.as_ref().is_some_and(|first| !first_ids_before.contains(first))
}

impl Session {
    /// One page of the account's extensions; the first is 1.
    pub async fn extensions_page(&self, page: u32) -> Result<ExtensionsPage, PbxError> {
        self.page("client/@me/extension/", page, ExtensionId::new, extension).await
    }

    /// One page of a list whose items have an `id`.
    pub(super) async fn page<W: DeserializeOwned, T, I>(
        &self,
        path: &str,
        page: u32,
        id: impl Fn(u64) -> Option<I> + Send,
        read: impl Fn(&W) -> Option<T> + Send,
    ) -> Result<ListPage<T, I>, PbxError> {
        let query = [("page", page.to_string()), ("per_page", PER_PAGE.to_string())];
        let values = list(self.get(path, &query).await?)?;
        let raw_count = values.len();
        let first = values.first().and_then(|value| value.get("id"));
        let first_id = first.and_then(|first| Loose::from(first).number()).and_then(id);
        let (items, skipped) = wire::items(values, |item| read(&item));
        Ok(ListPage { items, raw_count, first_id, skipped })
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
