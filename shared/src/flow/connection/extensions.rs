//! The extension list of the PBX, page by page, and what it changes in ours. An answer that is empty, partial or
//! failed takes nothing away: an extension that is no longer listed keeps its mapping until a person changes it.

use std::collections::BTreeMap;

use crate::flow::deps::SettingsDeps;
use crate::model::extension::{Extension, ExtensionKind, ListedExtension};
use crate::model::ids::{ConnectionId, ExtensionId};
use crate::model::number::NumberPlan;
use crate::pbx::{ExtensionsPage, another_page};
use crate::storage::{StoreError, Stored};

/// The list as far as it was read.
#[derive(Clone, Debug, Default)]
pub(in crate::flow) struct Listing {
    items: BTreeMap<ExtensionId, ListedExtension>,
    first_ids: Vec<ExtensionId>,
    pages: u32,
    ended: bool,
    skipped: u32,
}

impl Listing {
    /// The page to ask for, until the last one was taken.
    pub(in crate::flow) fn next_page(&self) -> Option<u32> {
        (!self.ended).then_some(self.pages + 1)
    }

    /// Takes a page.
    pub(in crate::flow) fn take(&mut self, page: ExtensionsPage) {
        self.ended = !another_page(&page, &self.first_ids);
        self.pages += 1;
        self.skipped += page.skipped;
        self.first_ids.extend(page.first_id);
        self.items.extend(page.items.into_iter().map(|item| (item.id, item)));
    }

    /// How many phones are in it, and how many queues and voice menus.
    pub(in crate::flow) fn counted(&self) -> (u64, u64) {
        let of = |kinds: &[ExtensionKind]| {
            let found = self.items.values().filter(|item| kinds.contains(&item.kind)).count();
            u64::try_from(found).unwrap_or(u64::MAX)
        };
        (of(&[ExtensionKind::Phone]), of(&[ExtensionKind::Queue, ExtensionKind::Ivr]))
    }

    /// Whether what is not in it is not on the PBX.
    fn is_whole(&self) -> bool {
        self.ended && self.skipped == 0 && !self.items.is_empty()
    }
}

/// What a list changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New on the PBX, or there again.
    pub added: Vec<ExtensionId>,
    /// With another number, kind, label or status.
    pub changed: Vec<ExtensionId>,
    /// No longer listed.
    pub missing: Vec<ExtensionId>,
    /// Whether the whole list was read; if not, nothing counts as missing.
    pub whole: bool,
}

/// Brings our extensions to what the PBX lists, and says what that changed.
pub(in crate::flow) async fn merge(
    deps: &SettingsDeps,
    id: ConnectionId,
    listing: Listing,
) -> Result<Difference, StoreError> {
    let mut difference = Difference { whole: listing.is_whole(), ..Difference::default() };
    let mut listed = listing.items;
    for known in deps.store.extensions(id).await? {
        let extension = &known.value;
        let key = extension.listed.id;
        match listed.remove(&key) {
            Some(now) if !extension.present => {
                difference.added.push(update_listed(deps, id, known, now).await?);
            }
            Some(now) if extension.listed != now => {
                difference.changed.push(update_listed(deps, id, known, now).await?);
            }
            None if difference.whole && extension.present => {
                deps.store.update_extension(id, known, |extension| extension.present = false).await?;
                difference.missing.push(key);
            }
            Some(_) | None => {}
        }
    }
    difference.added.extend(listed.keys());
    let new: Vec<_> = listed.into_values().map(|new| Stored::new(Extension::new(new))).collect();
    deps.store.save_new_extensions(id, &new).await?;
    Ok(difference)
}

async fn update_listed(
    deps: &SettingsDeps,
    id: ConnectionId,
    known: Stored<Extension>,
    now: ListedExtension,
) -> Result<ExtensionId, StoreError> {
    let change = |extension: &mut Extension| {
        extension.listed = now.clone();
        extension.present = true;
    };
    Ok(deps.store.update_extension(id, known, change).await?.value.listed.id)
}

/// The numbering, knowing every extension that we know.
pub(in crate::flow) async fn numbering(
    deps: &SettingsDeps,
    id: ConnectionId,
    numbers: NumberPlan,
) -> Result<NumberPlan, StoreError> {
    let known = deps.store.extensions(id).await?;
    let listed = known.iter().map(|extension| &extension.value.listed);
    Ok(numbers.knowing(listed.map(|listed| (&listed.number, listed.kind))))
}
