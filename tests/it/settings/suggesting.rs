//! Offers of matches: the same as comparing each user with each phone, without the cost of it.

use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;
use proptest::prelude::*;
use ringbridge::clock::{Clock as _, SystemClock, Timestamp};
use ringbridge::model::extension::{Extension, ExtensionKind, Label, ListedExtension};
use ringbridge::model::ids::{CrmUserId, ExtensionId};
use ringbridge::model::number::ExtensionNumber;
use ringbridge::rules::suggest::{Basis, Candidate, suggest};
use serde_json::json;

use super::world::SettingsWorld;

fn phone(id: u64, label: &str) -> Extension {
    Extension::new(ListedExtension {
        id: ExtensionId::new(id).unwrap(),
        number: ExtensionNumber::parse("4821*205").unwrap(),
        kind: ExtensionKind::Phone,
        label: Some(Label::new(label)),
        active: true,
    })
}

fn user(at: usize, name: &str, email: Option<&str>) -> Candidate {
    let crm_user = CrmUserId::parse(&format!("u{at}")).unwrap();
    Candidate { crm_user, name: Some(name.to_owned()), email: email.map(str::to_owned), number: None }
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split([' ', '@']).filter(|word| !word.is_empty()).collect()
}

/// What fits, read off one user and one label.
fn basis(user: &Candidate, label: &str) -> Option<Basis> {
    let name = words(user.name.as_deref().unwrap());
    if !name.is_empty() && name == words(label) {
        Some(Basis::Name)
    } else if user.email.as_deref() == Some(label) {
        Some(Basis::Email)
    } else {
        (name.len() >= 2 && name.is_subset(&words(label))).then_some(Basis::NameWithin)
    }
}

proptest! {
    #[test]
    fn offers_are_those_of_comparing_each_with_each(
        names in prop::collection::vec(("[ab c]{0,7}", prop::option::of("[ab]{1}@c")), 0..12),
        labels in prop::collection::vec("[ab c]{0,9}|[ab]@c", 1..8),
    ) {
        let users: Vec<_> =
            names.iter().enumerate().map(|(at, (name, email))| user(at, name, email.as_deref())).collect();
        let phones: Vec<_> = (1..).zip(&labels).map(|(id, label)| phone(id, label)).collect();
        let mut expected = Vec::new();
        for (id, label) in (1..).zip(&labels) {
            let fits = users.iter().filter_map(|user| Some((basis(user, label)?, &user.crm_user)));
            let fits: Vec<_> = fits.collect();
            let best = fits.iter().map(|(basis, _)| *basis).min();
            if let [(by, user)] = fits.iter().filter(|fit| Some(fit.0) == best).collect::<Vec<_>>()[..] {
                expected.push(((*user).clone(), ExtensionId::new(id).unwrap(), *by));
            }
        }
        let offered = suggest(&users, &phones);
        let offered: Vec<_> = offered.into_iter().map(|one| (one.crm_user, one.extension, one.by)).collect();
        prop_assert_eq!(offered, expected);
    }
}

/// A directory of so many users and phones, whose names share their words.
fn directory(users: usize, phones: u64) -> (Vec<Candidate>, Vec<Extension>) {
    let name = |at: usize| format!("Mary{at} Smith{} Jr", at % 89);
    let users = (0..users).map(|at| user(at, &name(at), None)).collect();
    let phones = (1..=phones).map(|id| phone(id, &name(usize::try_from(id).unwrap() * 3))).collect();
    (users, phones)
}

/// The processor time that this thread has taken: what else runs on the machine does not count. Wall time where the system
/// tells no other.
fn worked() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| SystemClock.now().since(Timestamp::from_secs(0)), Duration::from_nanos)
}

#[test]
fn offers_cost_what_the_directories_hold_not_their_product() {
    let cost = |(users, phones): (Vec<Candidate>, Vec<Extension>), times: u32| {
        let began = worked();
        for _ in 0..times {
            std::hint::black_box(suggest(&users, &phones));
        }
        worked().saturating_sub(began) / times
    };
    // Ten times the users and phones: ten times the work, and a hundred times if each were compared with each.
    let (few, many) = (cost(directory(200, 59), 50), cost(directory(2_000, 590), 5));
    assert!(many < few * 40, "{few:?} for 200 by 59, {many:?} for 2,000 by 590");
}

#[tokio::test]
async fn names_that_nobody_has_are_refused() {
    let world = SettingsWorld::connected().await;
    let long = "Mary ".repeat(10_000);
    let users = json!({"users": [{"crm_user": "u1", "name": long, "email": "x".repeat(300)}]});
    let (status, body) = world.post("/api/v1/mapping/suggestions", &users).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths: Vec<_> =
        body["errors"].as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
    assert_eq!(paths, ["users[0].name", "users[0].email"]);
}
