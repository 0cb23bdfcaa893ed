//! The subscription plan: what to add to an extension or a queue agent of the PBX and what to remove from it, so that it
//! has exactly the handlers that we want and everybody else's stay (R4 to R7, P5).
//!
//! Nothing that is remembered is trusted over what the PBX lists now. A handler is ours when its address is one that
//! only we can have made: a public address of this installation with a token of this very extension or agent. So a handler
//! whose POST lost its answer is found again and adopted, one that somebody pointed elsewhere is no longer ours even
//! though its id is remembered, and another extension's or installation's handlers are never touched.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::model::emitter::EmitterKind;
use crate::model::extension::{SubscribedKind, Subscriptions};
use crate::model::handler::{Handler, Handlers, Method};
use crate::model::ids::HandlerId;
use crate::model::secret::{Digest, Secret};

/// Events on one extension, all integrations together, unless the PBX tells another number (R7).
pub const DEFAULT_EVENT_LIMIT: u32 = 16;

/// The path below a public address where events arrive (docs/promises.md §3).
const fn event_path(kind: EmitterKind) -> &'static str {
    match kind {
        EmitterKind::Extension(_) => "/ext-event/",
        EmitterKind::Agent => "/agent-event/",
    }
}

/// What the PBX is told to call for a token. [`plan`] recognises exactly what this builds.
pub fn event_url(public_url: &Url, kind: EmitterKind, token: &Secret) -> Secret {
    let base = public_url.as_str().trim_end_matches('/');
    Secret::new(format!("{base}{}{}", event_path(kind), token.reveal()))
}

/// All that a plan depends on.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// What sends the events.
    pub kind: EmitterKind,
    /// Whether its events are wanted.
    pub wanted: bool,
    /// What we remember of it. Its tokens must include each one ever sent to the PBX and perhaps still there.
    pub known: &'a Subscriptions,
    /// What the PBX lists now.
    pub listed: &'a Handlers,
    /// How many events it may have: [`DEFAULT_EVENT_LIMIT`] unless the PBX told another number.
    pub limit: u32,
    /// Where events arrive.
    pub public_url: &'a Url,
    /// Where they arrived earlier: handlers that point there are ours too, and are replaced.
    pub former_urls: &'a [Url],
}

/// What to do about an extension or an agent. Empty when everything is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Our handlers that are right as they are: all that is installed before the first step.
    pub adopt: BTreeMap<SubscribedKind, HandlerId>,
    /// To be added, all with the same token.
    pub create: Vec<SubscribedKind>,
    /// Ours, to be removed.
    pub delete: Vec<HandlerId>,
    /// Places taken by others.
    pub foreign: u32,
    /// The token of what is added.
    pub token: TokenChoice,
    /// Why nothing is added, although something is wanted.
    pub refused: Option<NoRoom>,
    /// How many of `delete`, at its end, wait until what replaces them was added.
    replaced: usize,
}

/// Which token the added handlers carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenChoice {
    /// The one that the extension's other handlers have, read from their address.
    Keep(Secret),
    /// A new one: make it, and store its digest as the last of the extension's before the first POST.
    New,
    /// Nothing is added.
    Unneeded,
}

/// One request to the PBX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Add a handler.
    Create(SubscribedKind),
    /// Remove a handler of ours.
    Delete(HandlerId),
}

/// An extension or an agent that has no room for all that is wanted (R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom {
    /// What has none.
    pub kind: EmitterKind,
    /// Events that it may have.
    pub limit: u32,
    /// Those of others.
    pub foreign: u32,
    /// Those that we need.
    pub needed: u32,
}

impl NoRoom {
    /// What the administrator is told.
    pub fn sentence(&self) -> String {
        let Self { kind, limit, foreign, needed } = self;
        let noun = kind.noun();
        format!(
            "This {noun} may have {limit} events, other integrations use {foreign} of them, and {needed} are needed."
        )
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        let noun = self.kind.noun();
        format!(
            "Delete unused events of other integrations on this {noun}, or ask the PBX administrator for a higher limit."
        )
    }
}

impl Plan {
    /// The requests in their order, one at a time: carry one out, store its result, go on with the next. What is
    /// superfluous goes first. What is replaced goes last, so that no event is missed, unless it must make room.
    pub fn steps(&self) -> Vec<Step> {
        let split = self.delete.len().saturating_sub(self.replaced);
        let (first, last) = self.delete.split_at(split);
        let delete = |ids: &[HandlerId]| ids.iter().copied().map(Step::Delete).collect::<Vec<_>>();
        let creates = self.create.iter().copied().map(Step::Create);
        delete(first).into_iter().chain(creates).chain(delete(last)).collect()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.delete.is_empty()
    }
}

/// Compares what is wanted with what the PBX lists.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let wanted = if situation.wanted { situation.kind.wanted() } else { &[] };
    let Rows { own, foreign, total } = rows(situation);
    let in_use = in_use(&own, wanted);
    let adopt = adopt(&own, in_use, wanted);

    let mut create: Vec<_> = wanted.iter().copied().filter(|kind| !adopt.contains_key(kind)).collect();
    let needed = count(wanted.len());
    let fits = create.is_empty() || foreign.saturating_add(needed) <= situation.limit;
    let refused = (!fits).then_some(NoRoom { kind: situation.kind, limit: situation.limit, foreign, needed });

    let kept: BTreeSet<HandlerId> = adopt.values().copied().collect();
    let rest = own.iter().filter(|own| !kept.contains(&own.handler.id));
    let (replaced, superfluous): (Vec<_>, Vec<_>) =
        rest.partition(|own| own.handler.kind.is_some_and(|kind| create.contains(&kind)));
    let mut delete: Vec<_> = superfluous.iter().map(|own| own.handler.id).collect();
    let left = total.saturating_sub(count(delete.len()));
    let roomy = left.saturating_add(count(create.len())) <= situation.limit;
    if fits {
        delete.extend(replaced.iter().map(|own| own.handler.id));
    } else {
        // What can't be replaced stays: it may still deliver.
        create.clear();
    }

    let token = match in_use {
        _ if create.is_empty() => TokenChoice::Unneeded,
        Some(own) => TokenChoice::Keep(Secret::new(own.token)),
        None => TokenChoice::New,
    };
    let replaced = if fits && roomy { replaced.len() } else { 0 };
    Plan { adopt, create, delete, foreign, token, refused, replaced }
}

/// The handler whose token is in use: rather one that serves, else one at our present address; then the newest.
fn in_use<'a, 'b>(own: &'b [Own<'a>], wanted: &[SubscribedKind]) -> Option<&'b Own<'a>> {
    own.iter()
        .filter(|own| own.current)
        .max_by_key(|own| (own.serves(wanted).is_some(), own.at_present_url, own.age))
}

/// The handlers that are right as they are; of several for a kind the one with the lowest id.
fn adopt(
    own: &[Own<'_>],
    in_use: Option<&Own<'_>>,
    wanted: &[SubscribedKind],
) -> BTreeMap<SubscribedKind, HandlerId> {
    let mut adopt = BTreeMap::new();
    for own in own.iter().filter(|own| in_use.is_some_and(|in_use| in_use.age == own.age)) {
        if let Some(kind) = own.serves(wanted) {
            adopt.entry(kind).or_insert(own.handler.id);
        }
    }
    adopt
}

/// What is on the extension.
struct Rows<'a> {
    /// Ours, by their ids.
    own: Vec<Own<'a>>,
    /// How many are not ours.
    foreign: u32,
    /// How many there are.
    total: u32,
}

/// A handler of ours.
struct Own<'a> {
    handler: &'a Handler,
    token: &'a str,
    /// The token's place among the extension's: the larger, the newer.
    age: usize,
    at_present_url: bool,
    /// Whether its token may stay in use.
    current: bool,
}

impl Own<'_> {
    /// The wanted kind that it delivers, if it does so in the right way.
    fn serves(&self, wanted: &[SubscribedKind]) -> Option<SubscribedKind> {
        let right = self.current && self.at_present_url && self.handler.method == Method::Post;
        self.handler.kind.filter(|kind| right && wanted.contains(kind))
    }
}

fn rows<'a>(situation: &Situation<'a>) -> Rows<'a> {
    let mut own = Vec::new();
    let mut foreign = BTreeSet::new();
    for handler in &situation.listed.items {
        match recognise(situation, handler) {
            Some(ours) => own.push(ours),
            None => {
                foreign.insert(handler.id);
            }
        }
    }
    // An id that names somebody else's handler too is no id to delete by.
    own.retain(|own| !foreign.contains(&own.handler.id));
    own.sort_by_key(|own| own.handler.id);
    own.dedup_by_key(|own| own.handler.id);
    let foreign = count(foreign.len()).saturating_add(situation.listed.unreadable);
    let total = foreign.saturating_add(count(own.len()));
    Rows { own, foreign, total }
}

/// Both facts are needed: the address is this installation's, and the token this very extension's or agent's.
fn recognise<'a>(situation: &Situation<'a>, handler: &'a Handler) -> Option<Own<'a>> {
    let url = handler.url.reveal();
    let below = |base| token_below(base, situation.kind, url);
    let present = below(situation.public_url);
    let token = present.or_else(|| situation.former_urls.iter().find_map(below))?;
    let digest = Digest::of(token.as_bytes());
    let known = situation.known;
    let retired = || known.retired.iter().position(|retired| retired.digest.matches(&digest));
    let in_use = known.tokens.iter().rposition(|token| token.matches(&digest));
    let age = in_use.map(|place| place + known.retired.len()).or_else(retired)?;
    let current = in_use.is_some() && !known.replace.iter().any(|old| old.matches(&digest));
    Some(Own { handler, token, age, at_present_url: present.is_some(), current })
}

/// The token of an address that [`event_url`] built for this base, to the letter.
fn token_below<'a>(base: &Url, kind: EmitterKind, url: &'a str) -> Option<&'a str> {
    let rest = url.strip_prefix(base.as_str().trim_end_matches('/'))?;
    rest.strip_prefix(event_path(kind)).filter(|token| !token.is_empty())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
