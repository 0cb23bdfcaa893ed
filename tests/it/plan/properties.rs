//! Properties of the plan over generated extensions and agents.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use ringbridge::model::emitter::EmitterKind;
use ringbridge::model::extension::{ExtensionKind, SubscribedKind};
use ringbridge::model::handler::{Handler, Method};

use super::model::{
    KNOWN_TOKENS, PHONE, PlanFault, PlanWorld, former_url, handler, id, own_url, public_url, token, url_of,
};

/// Whether the address is ours, said independently of the rule: by the addresses that the model makes.
fn is_ours(world: &PlanWorld, row: &Handler) -> bool {
    let path = if world.kind == EmitterKind::Agent { "agent-event" } else { "ext-event" };
    (0..100).any(|n| {
        [public_url(), former_url()].iter().any(|base| {
            format!("{}/{path}/{}", base.as_str().trim_end_matches('/'), token(n)) == row.url.reveal()
        })
    })
}

fn foreign(world: &PlanWorld) -> Vec<Handler> {
    world.rows.iter().filter(|row| !is_ours(world, row)).cloned().collect()
}

fn url() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..KNOWN_TOKENS).prop_map(own_url),
        4 => (0..KNOWN_TOKENS).prop_map(|n| url_of(EmitterKind::Agent, n)),
        1 => (0..KNOWN_TOKENS).prop_map(|n| own_url(n).replace("hooks.example.net/pbx", "old.example.net")),
        1 => Just("https://hooks.example.net/pbx/ext-event/token-of-another-extension".to_owned()),
        1 => (0..KNOWN_TOKENS).prop_map(|n| own_url(n).replace("hooks.", "elsewhere.")),
        1 => (0..KNOWN_TOKENS).prop_map(|n| format!("{}?x=1", own_url(n))),
        3 => "https://[a-z]{3,8}\\.vendor\\.example/[a-z]{0,5}",
    ]
}

fn row() -> impl Strategy<Value = (String, usize, Method)> {
    let method = prop_oneof![4 => Just(Method::Post), 1 => Just(Method::Get), 1 => Just(Method::Other)];
    (url(), 0..7_usize, method)
}

prop_compose! {
    fn world()(
        rows in vec(row(), 0..20),
        ids in Just((1..=20_u64).collect::<Vec<_>>()).prop_shuffle(),
        kind in prop_oneof![
            4 => Just(PHONE),
            1 => Just(EmitterKind::Extension(ExtensionKind::Queue)),
            1 => Just(EmitterKind::Extension(ExtensionKind::Ivr)),
            1 => Just(EmitterKind::Extension(ExtensionKind::Fax)),
            3 => Just(EmitterKind::Agent),
        ],
        wanted in prop::bool::weighted(0.8),
        limit in prop_oneof![3 => Just(16_u32), 1 => 0..24_u32],
        remembered in vec(option::of(1..=20_u64), 6),
    ) -> PlanWorld {
        let rows = rows
            .into_iter()
            .zip(ids)
            .map(|((url, kind, method), n)| handler(n, &url, SubscribedKind::ALL.get(kind).copied(), method))
            .collect();
        let mut world = PlanWorld { kind, wanted, limit, ..PlanWorld::phone(rows) };
        // What is remembered may be anything, among it ids of others.
        for (kind, n) in SubscribedKind::ALL.into_iter().zip(remembered) {
            if let Some(n) = n {
                world.known.installed.insert(kind, id(n));
            }
        }
        world
    }
}

fn faults() -> impl Strategy<Value = Vec<(usize, PlanFault)>> {
    vec((0..8_usize, prop_oneof![Just(PlanFault::Before), Just(PlanFault::After)]), 0..6)
}

/// Ours are exactly what is wanted: once each, as a POST to the present address, with one token.
fn is_settled(world: &PlanWorld) -> bool {
    let mut kinds: Vec<_> = world.rows.iter().filter(|row| is_ours(world, row)).map(|row| row.kind).collect();
    kinds.sort();
    let mut urls: Vec<_> =
        world.rows.iter().filter(|row| is_ours(world, row)).map(|row| row.url.reveal()).collect();
    urls.dedup();
    let expected = if world.wanted { world.kind.wanted() } else { &[] };
    kinds == expected.iter().copied().map(Some).collect::<Vec<_>>()
        && urls.len() <= 1
        && urls.iter().all(|url| url.starts_with(public_url().as_str()))
        && world.rows.iter().filter(|row| is_ours(world, row)).all(|row| row.method == Method::Post)
}

proptest! {
    #[test]
    fn foreign_handlers_are_never_deleted(world in world()) {
        let foreign = foreign(&world);
        let plan = world.plan();
        prop_assert!(plan.delete.iter().all(|id| foreign.iter().all(|row| row.id != *id)));
        prop_assert_eq!(plan.foreign as usize, foreign.len());
    }

    #[test]
    fn what_is_right_is_not_touched(world in world()) {
        let plan = world.plan();
        prop_assert!(plan.adopt.values().all(|id| !plan.delete.contains(id)));
        prop_assert!(plan.adopt.keys().all(|kind| !plan.create.contains(kind)));
        if is_settled(&world) {
            prop_assert!(plan.is_empty());
        }
    }

    #[test]
    fn applying_twice_equals_once(mut world in world()) {
        world.run(None);
        let once = world.clone();
        prop_assert_eq!(world.run(None), 0);
        prop_assert_eq!(world.rows, once.rows);
        prop_assert_eq!(world.known, once.known);
    }

    #[test]
    fn crashes_and_lost_answers_converge_to_exactly_what_is_wanted(mut world in world(), faults in faults()) {
        let others = foreign(&world);
        let most = world.rows.len().max(world.limit as usize);
        for fault in faults {
            world.run(Some(fault));
            prop_assert!(world.rows.len() <= most);
        }
        world.run(None);
        let refused = world.plan().refused;
        prop_assert_eq!(world.run(None), 0);
        prop_assert_eq!(foreign(&world), others);
        if refused.is_none() {
            prop_assert!(is_settled(&world), "{:?}", world);
        }
        let remembered: Vec<_> = world.known.installed.values().copied().collect();
        prop_assert!(remembered.iter().all(|id| world.rows.iter().any(|row| row.id == *id && is_ours(&world, row))));
    }

    #[test]
    fn refusal_is_for_want_of_room_only_and_adds_nothing(world in world()) {
        let plan = world.plan();
        let needed = if world.wanted { world.kind.wanted().len() } else { 0 };
        let fits = plan.foreign as usize + needed <= world.limit as usize;
        let complete = plan.adopt.len() == needed;
        prop_assert_eq!(plan.refused.is_some(), !fits && !complete);
        prop_assert!(plan.refused.is_none() || plan.create.is_empty());
    }

    #[test]
    fn unmapped_extension_loses_all_of_ours_whatever_crashes(world in world(), faults in faults()) {
        let mut world = PlanWorld { wanted: false, ..world };
        let others = foreign(&world);
        for fault in faults {
            world.run(Some(fault));
        }
        world.run(None);
        prop_assert_eq!(world.rows, others);
    }
}
