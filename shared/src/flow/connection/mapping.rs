//! A mapping is saved, and carried out: first on our extensions, so that the next event knows its user (P7), then on
//! the PBX (R5). Saving is one write; whatever comes after it is found again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::agents;
use super::audit;
use super::provision::{self, Touched};
use crate::clock::Timestamp;
use crate::flow::deps::SettingsDeps;
use crate::model::audit::{Act, Actor};
use crate::model::connection::Connection;
use crate::model::emitter::Emitter;
use crate::model::extension::{Extension, ExtensionKind};
use crate::model::ids::{ConnectionId, CrmUserId, ExtensionId};
use crate::model::mapping::{MappedUser, Mapping};
use crate::model::notice::NoticeCause;
use crate::storage::{Mapped, Saved, StoreError, Stored};

/// When the retry job looks after a mapping whose own invocation died. Until then it leaves the work to that one, which a
/// person waits for.
const GRACE: Duration = Duration::from_secs(30);

/// Tries before extensions that others keep changing are left to the retry job.
const MAX_TURNS: usize = 8;

/// What became of a mapping that was to be saved.
#[derive(Clone, Debug)]
pub enum MappingSaved {
    /// Saved; carried out as far as time allowed.
    Done {
        /// What is stored now.
        mapping: Mapping,
        /// Whom it took extensions from, and which.
        removed: Vec<MappedUser>,
    },
    /// Somebody else saved first; this is theirs.
    Newer(Mapping),
    /// It can't be: where, and why.
    Wrong(Vec<(String, String)>),
}

/// What a person wants of a mapping.
#[derive(Clone, Debug)]
pub enum Wish {
    /// These users, and nobody else.
    Whole(Vec<MappedUser>),
    /// Of these users this; all others stay.
    Named(Vec<MappedUser>),
}

/// Saves a mapping, and carries it out. `seen` is the version that the person saw when they made it, if they say so.
/// They wait for what they changed; what was left of earlier work goes on by itself, so that one phone is as quick among
/// hundreds as alone.
pub async fn save(
    deps: &SettingsDeps,
    connection: &Connection,
    wish: Wish,
    seen: Option<u64>,
    by: &Actor,
) -> Result<MappingSaved, StoreError> {
    let (saved, touched) = noted(deps, connection, wish, seen, by, GRACE).await?;
    if let MappingSaved::Done { .. } = saved {
        provision::for_person_of(deps, connection, touched).await?;
    }
    Ok(saved)
}

/// The same, but for the work on the PBX: that is due, and whoever shows its progress has it done beside.
pub async fn note(
    deps: &SettingsDeps,
    connection: &Connection,
    wish: Wish,
    seen: Option<u64>,
    by: &Actor,
) -> Result<MappingSaved, StoreError> {
    Ok(noted(deps, connection, wish, seen, by, Duration::ZERO).await?.0)
}

/// Saves a mapping, and makes the work on the PBX due after a time.
async fn noted(
    deps: &SettingsDeps,
    connection: &Connection,
    wish: Wish,
    seen: Option<u64>,
    by: &Actor,
    due_after: Duration,
) -> Result<(MappingSaved, Touched), StoreError> {
    let extensions = deps.store.extensions(connection.id).await?;
    let mut mapping = deps.store.mapping(connection.id).await?;
    let (users, named) = match wish {
        Wish::Whole(users) => (users, None),
        Wish::Named(users) => (mapping.value.with(&users), Some(users.len())),
    };
    let wrong = problems(&users, named.unwrap_or(users.len()), &extensions);
    if !wrong.is_empty() {
        return Ok((MappingSaved::Wrong(wrong), None));
    }
    if seen.is_some_and(|seen| seen != mapping.value.version) {
        return Ok((MappingSaved::Newer(mapping.value), None));
    }
    let users: Vec<_> = users.into_iter().filter(|user| !user.extension_ids.is_empty()).collect();
    let former = mapping.value.clone();
    mapping.value = Mapping {
        version: mapping.value.version + 1,
        users,
        applied: false,
        due_at: Some(deps.clock.now() + GRACE),
    };
    audit::note(deps, connection.id, by, Act::MappingSaved { version: mapping.value.version }).await?;
    let mapping = match deps.store.save_mapping(connection.id, &mapping).await? {
        Saved::Done(saved) => saved,
        Saved::Changed(newer) => return Ok((MappingSaved::Newer(newer.value), None)),
    };
    let saved = mapping.value.clone();
    let touched = apply(deps, connection.id, mapping, due_after).await?;
    let removed = former.taken_by(&saved);
    Ok((MappingSaved::Done { mapping: saved, removed }, touched))
}

/// Carries out on our extensions what an invocation left undone when it died.
pub(in crate::flow) async fn carry_out(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let mapping = deps.store.mapping(id).await?;
    apply(deps, id, mapping, Duration::ZERO).await?;
    Ok(())
}

/// Takes the mapping back, so that nothing is wanted any more.
pub(in crate::flow) async fn clear(deps: &SettingsDeps, id: ConnectionId) -> Result<(), StoreError> {
    let mut mapping = deps.store.mapping(id).await?;
    while !mapping.value.users.is_empty() || !mapping.value.applied {
        if !mapping.value.users.is_empty() {
            mapping.value.version += 1;
            mapping.value.users.clear();
            mapping.value.applied = false;
        }
        mapping.value.due_at = Some(deps.clock.now() + GRACE);
        mapping = match deps.store.save_mapping(id, &mapping).await? {
            Saved::Done(saved) => return apply(deps, id, saved, Duration::ZERO).await.map(drop),
            Saved::Changed(newer) => newer,
        };
    }
    Ok(())
}

/// Brings our extensions and agents to what a mapping that was saved makes of them, and writes those alone that differ. Two hands
/// can't undo each other's work: each write holds only as long as the mapping is the one that was read, and the
/// extensions are read after it, so that whatever an older mapping's hand has written is seen, and nothing comes later.
/// Which of them it wrote; the work on the PBX that this makes is due after a time.
async fn apply(
    deps: &SettingsDeps,
    id: ConnectionId,
    mut mapping: Stored<Mapping>,
    due_after: Duration,
) -> Result<Touched, StoreError> {
    let version = mapping.value.version;
    let mut touched = BTreeSet::new();
    let mut agents_are_new = false;
    for _ in 0..MAX_TURNS {
        // Others may carry out the same mapping; whoever saved a newer one carries that out.
        if mapping.value.applied || mapping.value.version != version {
            return Ok(None);
        }
        let changed = changed(deps, id, &mapping.value).await?;
        agents_are_new |= changed.agent_list.is_some();
        touched.extend(emitters(&changed));
        if !deps.store.save_mapped(id, &mapping, &changed).await? {
            mapping = deps.store.mapping(id).await?;
            continue;
        }
        mapping.value.applied = true;
        mapping.value.due_at = Some(deps.clock.now() + due_after);
        match deps.store.save_mapping(id, &mapping).await? {
            // Of all where it can't be told: when nothing differed, or agents come to be wanted, who are yet to be read.
            Saved::Done(_) => return Ok((!agents_are_new && !touched.is_empty()).then_some(touched)),
            Saved::Changed(newer) => mapping = newer,
        }
    }
    Err(StoreError::Contended)
}

fn emitters(mapped: &Mapped) -> impl Iterator<Item = Emitter> {
    let extensions = mapped.extensions.iter().map(|one| Emitter::from(one.value.listed.id));
    extensions.chain(mapped.agents.iter().map(|one| Emitter::from(one.value.listed.key)))
}

/// The extensions and agents of which a mapping makes something else than they are, as it makes them.
async fn changed(deps: &SettingsDeps, id: ConnectionId, mapping: &Mapping) -> Result<Mapped, StoreError> {
    let users = mapping.by_extension();
    let now = deps.clock.now();
    let (mut changed, mut queues) = (Vec::new(), false);
    for mut stored in deps.store.extensions(id).await? {
        let extension = &mut stored.value;
        queues |= extension.listed.kind == ExtensionKind::Queue && wanted(extension, &users);
        let target = Target {
            version: mapping.version,
            user: users.get(&extension.listed.id).copied(),
            wanted: wanted(extension, &users),
            now,
        };
        if !target.differs(extension) {
            continue;
        }
        if extension.events.problem.is_some() && extension.events.wanted != target.wanted {
            let cause = NoticeCause::ExtensionProblem { extension: extension.listed.id };
            deps.store.resolve_notice(id, &cause.key()).await?;
        }
        target.put(extension);
        changed.push(stored);
    }
    let (agent_list, agents) = agents::rewanted(deps.store.agents(id).await?, queues, now);
    Ok(Mapped { extensions: changed, agent_list, agents })
}

/// Phones that somebody uses; voice menus and queues as soon as anybody uses anything, since missed calls come from
/// them (R4, R13).
fn wanted(extension: &Extension, users: &BTreeMap<ExtensionId, &CrmUserId>) -> bool {
    match extension.listed.kind {
        ExtensionKind::Phone => users.contains_key(&extension.listed.id),
        ExtensionKind::Ivr | ExtensionKind::Queue => {
            !users.is_empty() && extension.listed.active && extension.present
        }
        ExtensionKind::Fax => false,
    }
}

/// What a mapping makes of an extension.
struct Target<'a> {
    version: u64,
    user: Option<&'a CrmUserId>,
    wanted: bool,
    now: Timestamp,
}

impl Target<'_> {
    fn differs(&self, extension: &Extension) -> bool {
        extension.mapping_version <= self.version
            && (extension.crm_user.as_ref() != self.user || extension.events.wanted != self.wanted)
    }

    fn put(&self, extension: &mut Extension) {
        extension.mapping_version = self.version;
        extension.crm_user = self.user.cloned();
        extension.events.want(self.wanted, self.now);
    }
}

/// Everything that is wrong with the first `given` users of a mapping, by path. The others stay as they were stored.
fn problems(users: &[MappedUser], given: usize, extensions: &[Stored<Extension>]) -> Vec<(String, String)> {
    let (users, others) = users.split_at(given);
    let theirs: BTreeSet<_> = others.iter().flat_map(|user| &user.extension_ids).collect();
    let known: BTreeMap<_, _> = extensions.iter().map(|one| (one.value.listed.id, &one.value)).collect();
    let mut seen_users = BTreeSet::new();
    let mut seen = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, user) in users.iter().enumerate() {
        if !seen_users.insert(user.crm_user.as_str()) {
            wrong.push((format!("users[{at}].crm_user"), "this user stands in the list twice".to_owned()));
        }
        for (position, id) in user.extension_ids.iter().enumerate() {
            let message = match known.get(id) {
                None => Some("this connection has no such extension; refresh it if the extension is new"),
                Some(extension) if extension.listed.kind == ExtensionKind::Fax => {
                    Some("this is a fax; only phones, queues and voice menus can be mapped")
                }
                Some(extension) if !extension.present && extension.crm_user.is_none() => {
                    Some("this extension is no longer on the PBX")
                }
                Some(_) if theirs.contains(id) => {
                    Some("this extension belongs to a user who is not named here; name them too, without it")
                }
                Some(_) => match seen.insert(*id, at) {
                    Some(other) if other != at => Some("this extension belongs to another user of the list"),
                    Some(_) => Some("this extension stands here twice"),
                    None => None,
                },
            };
            let path = || format!("users[{at}].extension_ids[{position}]");
            wrong.extend(message.map(|message| (path(), message.to_owned())));
        }
    }
    wrong
}
