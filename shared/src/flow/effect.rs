//! What a changed policy would have made of calls that were: asked before it is saved, and stores nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::clock::Timestamp;
use crate::flow::call::book;
use crate::flow::deps::CallDeps;
use crate::model::call::RecordId;
use crate::model::connection::{Connection, Policy};
use crate::model::extension::Extension;
use crate::model::ids::ExtensionId;
use crate::rules::effect::{Change, compare, given};
use crate::rules::leg::Rulebook;
use crate::rules::whole::Whole;
use crate::storage::{CallItems, Span, StoreError};

/// Calls that are looked at.
const MOST_CALLS: usize = 300;
/// Calls that are read side by side.
const SIDE_BY_SIDE: usize = 16;
/// Records of one page of a list.
const PAGE: i32 = 100;

/// What would have become of the calls of a span.
#[derive(Clone, Debug, Default)]
pub struct Effect {
    /// Calls that were looked at.
    pub calls: usize,
    /// Whether there were more.
    pub cut: bool,
    /// Records under the policy as it is.
    pub now: usize,
    /// Records under the changed one.
    pub then: usize,
    /// Every difference.
    pub changes: Vec<Change>,
}

/// See the module.
pub async fn effect(
    deps: &CallDeps,
    connection: &Connection,
    changed: &Policy,
    (from, to): (Timestamp, Timestamp),
) -> Result<Effect, StoreError> {
    let (keys, cut) = calls(deps, connection, from, to).await?;
    let extensions = deps.store.extensions(connection.id).await?;
    let extensions = extensions.into_iter().map(|stored| (stored.value.listed.id, stored.value)).collect();
    let mut effect = Effect { calls: keys.len(), cut, ..Effect::default() };
    for keys in keys.chunks(SIDE_BY_SIDE) {
        let reads = keys.iter().map(|key| deps.store.call(connection.id, *key));
        for call in try_join_all(reads).await? {
            one(deps, connection, changed, &extensions, &call, &mut effect);
        }
    }
    Ok(effect)
}

/// The calls of a span, logged or not, and whether there are more than are looked at.
async fn calls(
    deps: &CallDeps,
    connection: &Connection,
    from: Timestamp,
    to: Timestamp,
) -> Result<(Vec<[u8; 16]>, bool), StoreError> {
    let (mut keys, mut seen, mut cut) = (Vec::new(), BTreeSet::new(), false);
    for logged in [true, false] {
        let mut cursor: Option<String> = None;
        loop {
            let span = Span { from, to, cursor: cursor.as_deref(), limit: PAGE };
            let (ids, next) = if logged {
                let page = deps.store.records(connection.id, span).await?;
                (page.items.into_iter().map(|listed| listed.id).collect::<Vec<_>>(), page.cursor)
            } else {
                let page = deps.store.unlogged(connection.id, span).await?;
                (page.items, page.cursor)
            };
            let fresh = ids.iter().map(RecordId::call).filter(|key| seen.insert(*key));
            keys.extend(fresh);
            cursor = next;
            if cursor.is_none() || keys.len() > MOST_CALLS {
                break;
            }
        }
        cut |= keys.len() > MOST_CALLS;
    }
    keys.truncate(MOST_CALLS);
    Ok((keys, cut))
}

fn one(
    deps: &CallDeps,
    connection: &Connection,
    changed: &Policy,
    extensions: &BTreeMap<ExtensionId, Extension>,
    call: &CallItems,
    effect: &mut Effect,
) {
    let Some(call_id) = call.call_id() else { return };
    let (legs, now) = (call.spoken(), deps.clock.now());
    let own = |id: ExtensionId| {
        let extension = extensions.get(&id);
        (extension.and_then(|one| one.crm_user.clone()), extension.map(|one| one.listed.kind))
    };
    let under = |policy: &Policy| {
        let book = Rulebook { policy, ..book(connection) };
        let whole = Whole::read(call_id, &legs, call.evidence(), book);
        given(&whole, &legs, policy, own, deps.timing.hold, now)
    };
    let (before, after) = (under(&connection.policy), under(changed));
    effect.now += before.len();
    effect.then += after.len();
    effect.changes.extend(compare(&before, &after));
}
