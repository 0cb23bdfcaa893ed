//! The subscription plan: a table of single situations, and properties over generated ones that hold whatever
//! crashes or gets lost on the way (R4 to R7, P5).

mod model;
mod properties;

use model::{KINDS, PHONE, PlanWorld, handler, id, own_url, token, url_of};
use ringbridge::model::emitter::EmitterKind;
use ringbridge::model::extension::{ExtensionKind, SubscribedKind};
use ringbridge::model::handler::{Handler, Handlers, Method};
use ringbridge::model::secret::{Digest, Secret};
use ringbridge::rules::plan::{self, NoRoom, Situation, Step, TokenChoice};
use url::Url;

use SubscribedKind::{AgentLogin, AgentLogout, Answer, DialIn, DialOut, Hangup};

/// Handlers of another integration, with ids from 900.
fn others(count: u64) -> Vec<Handler> {
    (0..count)
        .map(|n| handler(900 + n, "https://other.vendor.example/cb", Some(Hangup), Method::Get))
        .collect()
}

fn all_four(from_id: u64) -> Vec<Handler> {
    KINDS
        .into_iter()
        .zip(from_id..)
        .map(|(kind, n)| handler(n, &own_url(0), Some(kind), Method::Post))
        .collect()
}

#[test]
fn phone_without_events_gets_all_four_with_a_new_token() {
    let plan = PlanWorld::phone(Vec::new()).plan();
    assert_eq!(plan.create, KINDS);
    assert_eq!(plan.token, TokenChoice::New);
    assert_eq!(plan.steps(), KINDS.map(Step::Create));
    assert!(plan.adopt.is_empty() && plan.delete.is_empty() && plan.refused.is_none());
}

#[test]
fn queue_and_ivr_get_hangup_only_and_a_fax_nothing() {
    for (kind, wanted) in [
        (ExtensionKind::Queue, vec![Hangup]),
        (ExtensionKind::Ivr, vec![Hangup]),
        (ExtensionKind::Fax, Vec::new()),
    ] {
        let world = PlanWorld { kind: kind.into(), ..PlanWorld::phone(others(2)) };
        assert_eq!(world.plan().create, wanted);
    }
}

/// A queue agent with these handlers.
fn agent(rows: Vec<Handler>) -> PlanWorld {
    PlanWorld { kind: EmitterKind::Agent, ..PlanWorld::phone(rows) }
}

/// Our handlers on an agent.
fn both(from_id: u64) -> Vec<Handler> {
    let url = url_of(EmitterKind::Agent, 0);
    let kinds = [AgentLogin, AgentLogout].into_iter().zip(from_id..);
    kinds.map(|(kind, n)| handler(n, &url, Some(kind), Method::Post)).collect()
}

#[test]
fn agent_gets_login_and_logout_and_loses_ours_alone() {
    let plan = agent(others(3)).plan();
    assert_eq!((plan.create, plan.token, plan.foreign), (vec![AgentLogin, AgentLogout], TokenChoice::New, 3));
    assert!(agent([others(3), both(10)].concat()).plan().is_empty());
    let unwanted = PlanWorld { wanted: false, ..agent([others(3), both(10)].concat()) };
    assert_eq!(unwanted.plan().delete, [id(10), id(11)]);
    let half = agent(both(10)[1..].to_vec()).plan();
    assert_eq!((half.create, half.token), (vec![AgentLogin], TokenChoice::Keep(Secret::new(token(0)))));
}

#[test]
fn agent_without_room_is_refused_in_its_own_words() {
    let refused = agent(others(15)).plan().refused.expect("refused");
    assert_eq!(
        refused.sentence(),
        "This queue agent may have 16 events, other integrations use 15 of them, and 2 are needed."
    );
    assert!(refused.advice().contains("on this queue agent"));
}

#[test]
fn addresses_of_calls_on_an_agent_and_of_agents_on_a_phone_are_foreign() {
    let plan = agent(vec![handler(10, &own_url(0), Some(AgentLogin), Method::Post)]).plan();
    assert_eq!((plan.foreign, plan.delete.len(), plan.create.len()), (1, 0, 2));
    let plan = PlanWorld::phone(both(10)).plan();
    assert_eq!((plan.foreign, plan.delete.len(), plan.create.len()), (2, 0, 4));
}

#[test]
fn phone_that_has_all_is_left_alone() {
    let plan = PlanWorld::phone([others(3), all_four(10)].concat()).plan();
    assert!(plan.is_empty());
    assert_eq!(plan.adopt.values().map(|id| id.get()).collect::<Vec<_>>(), [10, 11, 12, 13]);
    assert_eq!((plan.foreign, plan.token, plan.refused), (3, TokenChoice::Unneeded, None));
}

#[test]
fn handler_whose_answer_was_lost_is_adopted_and_its_token_is_used_for_the_rest() {
    let plan = PlanWorld::phone(vec![handler(10, &own_url(0), Some(DialIn), Method::Post)]).plan();
    assert_eq!(plan.adopt.get(&DialIn), Some(&id(10)));
    assert_eq!(plan.create, [DialOut, Answer, Hangup]);
    assert_eq!(plan.token, TokenChoice::Keep(Secret::new(token(0))));
}

#[test]
fn of_duplicates_the_lowest_id_stays() {
    let plan = PlanWorld::phone([all_four(20), all_four(10)].concat()).plan();
    assert_eq!(plan.adopt.get(&DialIn), Some(&id(10)));
    assert_eq!(plan.delete, [id(20), id(21), id(22), id(23)]);
}

#[test]
fn wrong_method_is_replaced_without_a_gap() {
    let mut rows = all_four(10);
    rows[0].method = Method::Get;
    let plan = PlanWorld::phone(rows).plan();
    assert_eq!(plan.steps(), [Step::Create(DialIn), Step::Delete(id(10))]);
}

#[test]
fn replaced_handler_goes_first_when_it_must_make_room() {
    let mut rows = [others(12), all_four(10)].concat();
    rows[12].method = Method::Get;
    let plan = PlanWorld::phone(rows).plan();
    assert_eq!(plan.steps(), [Step::Delete(id(10)), Step::Create(DialIn)]);
}

#[test]
fn handlers_with_an_older_token_give_way_to_those_with_the_newer() {
    let mut rows = all_four(10);
    rows.extend(
        KINDS.into_iter().zip(20..).map(|(kind, n)| handler(n, &own_url(1), Some(kind), Method::Post)),
    );
    let plan = PlanWorld::phone(rows).plan();
    assert_eq!(plan.delete, [id(10), id(11), id(12), id(13)]);
    assert!(plan.create.is_empty());
}

#[test]
fn own_handlers_of_kinds_that_are_not_wanted_are_removed() {
    let mut rows = all_four(10);
    rows.push(handler(30, &own_url(0), None, Method::Post));
    assert_eq!(PlanWorld::phone(rows.clone()).plan().delete, [id(30)]);
    let queue = PlanWorld { kind: ExtensionKind::Queue.into(), ..PlanWorld::phone(rows) };
    assert_eq!(queue.plan().delete, [id(10), id(11), id(12), id(30)]);
}

#[test]
fn unmapped_extension_loses_ours_and_nothing_else() {
    let world = PlanWorld { wanted: false, ..PlanWorld::phone([others(12), all_four(10)].concat()) };
    let plan = world.plan();
    assert_eq!(plan.delete, [id(10), id(11), id(12), id(13)]);
    assert_eq!((plan.create.len(), plan.foreign, plan.token), (0, 12, TokenChoice::Unneeded));
}

#[test]
fn lookalikes_are_foreign_even_when_their_id_is_remembered() {
    let lookalikes = [
        "https://other.vendor.example/cb".to_owned(),
        own_url(7),
        format!("{}?x=1", own_url(0)),
        format!("{}/", own_url(0)),
        own_url(0).replace("hooks.example.net", "elsewhere.example.net"),
        own_url(0).replace("https://", "http://"),
        "https://hooks.example.net/pbx/ext-event/".to_owned(),
        String::new(),
    ];
    for url in lookalikes {
        let mut world = PlanWorld::phone(vec![handler(10, &url, Some(DialIn), Method::Post)]);
        world.known.installed.insert(DialIn, id(10));
        let plan = world.plan();
        assert_eq!((plan.foreign, plan.delete.len(), plan.create.len()), (1, 0, 4), "{url}");
        let unmapped = PlanWorld { wanted: false, ..world }.plan();
        assert!(unmapped.is_empty(), "{url}");
    }
}

#[test]
fn handlers_at_a_former_address_are_replaced_and_keep_their_token() {
    let rows = all_four(10)
        .into_iter()
        .map(|row| Handler {
            url: Secret::new(row.url.reveal().replace("hooks.example.net/pbx", "old.example.net")),
            ..row
        })
        .collect();
    let plan = PlanWorld::phone(rows).plan();
    assert_eq!((plan.create.len(), plan.delete.len(), plan.foreign), (4, 4, 0));
    assert_eq!(plan.token, TokenChoice::Keep(Secret::new(token(0))));
}

#[test]
fn nothing_is_added_where_not_all_fit_and_what_is_there_stays() {
    let mut rows = [others(13), all_four(10)].concat();
    rows.truncate(14);
    let plan = PlanWorld::phone(rows).plan();
    assert!(plan.is_empty());
    assert_eq!(plan.adopt.len(), 1);
    let refused = plan.refused.expect("refused");
    assert_eq!(refused, NoRoom { kind: PHONE, limit: 16, foreign: 13, needed: 4 });
    assert_eq!(
        refused.sentence(),
        "This extension may have 16 events, other integrations use 13 of them, and 4 are needed."
    );
}

#[test]
fn last_free_places_are_used() {
    assert_eq!(PlanWorld::phone(others(12)).plan().create, KINDS);
    assert!(PlanWorld::phone(others(13)).plan().refused.is_some());
}

#[test]
fn handlers_that_could_not_be_read_take_places() {
    let world = PlanWorld::phone(others(10));
    let situation = Situation {
        kind: PHONE,
        wanted: true,
        known: &world.known,
        listed: &Handlers { items: world.rows.clone(), unreadable: 3 },
        limit: 16,
        public_url: &model::public_url(),
        former_urls: &[],
    };
    assert_eq!(
        plan::plan(&situation).refused,
        Some(NoRoom { kind: PHONE, limit: 16, foreign: 13, needed: 4 })
    );
}

#[test]
fn address_is_the_same_with_and_without_a_slash_at_the_end_of_the_public_one() {
    let token = Secret::new("t0k3n");
    for (base, kind, expected) in [
        ("https://hooks.example.net", PHONE, "https://hooks.example.net/ext-event/t0k3n"),
        ("https://hooks.example.net/pbx/", PHONE, "https://hooks.example.net/pbx/ext-event/t0k3n"),
        (
            "https://hooks.example.net/pbx/",
            EmitterKind::Agent,
            "https://hooks.example.net/pbx/agent-event/t0k3n",
        ),
    ] {
        let base = Url::parse(base).expect("a base");
        assert_eq!(plan::event_url(&base, kind, &token).reveal(), expected);
    }
}

#[test]
fn plan_does_not_print_tokens() {
    let plan = PlanWorld::phone(vec![handler(10, &own_url(0), Some(DialIn), Method::Post)]).plan();
    assert!(!format!("{plan:?}").contains(&token(0)));
    assert_ne!(Digest::of(token(0).as_bytes()), Digest::of(token(1).as_bytes()));
}
