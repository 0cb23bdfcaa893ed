//! What Pipedrive's template makes of calls of every outcome, noted for `.ci/pipedrive` in the file that
//! `RINGBRIDGE_PIPEDRIVE_BODIES` names.

use std::fmt::Write as _;

use ringbridge::model::call::{Direction, Outcome, RecordKind};
use ringbridge::model::connection::Policy;
use ringbridge::model::delivery::Progress;
use ringbridge::model::ids::CrmUserId;
use serde_json::json;
use simulators::template_crms::{Crm, TemplateCrm};

use super::examples::{deliver, message};
use super::target;
use crate::bitrix24::answered;

#[tokio::test]
async fn every_call_becomes_a_body_of_known_words() {
    let crm = TemplateCrm::start(Crm::Pipedrive).unwrap();
    crm.state().contacts.push((101, "+442079460555".to_owned()));
    let (target, mut record) = (target(&crm), answered());
    let outcomes = [
        (Outcome::Answered, RecordKind::Ended),
        (Outcome::NoAnswer, RecordKind::Ended),
        (Outcome::Busy, RecordKind::Ended),
        (Outcome::Cancelled, RecordKind::Ended),
        (Outcome::Failed, RecordKind::Ended),
        (Outcome::Unavailable, RecordKind::Ended),
        (Outcome::Missed, RecordKind::Missed),
    ];
    for (outcome, kind) in outcomes {
        for (user, direction) in [(Some("7"), Direction::Inbound), (None, Direction::Outbound)] {
            (record.outcome, record.kind, record.direction) = (Some(outcome), kind, direction);
            let user = user.and_then(CrmUserId::parse);
            let message = message(&record, user.as_ref());
            deliver(&target, &Policy::default(), &message, &mut Progress::default()).await.unwrap();
        }
    }
    record.external_number = None;
    deliver(&target, &Policy::default(), &message(&record, None), &mut Progress::default()).await.unwrap();
    let bodies: Vec<_> = crm.state().calls.iter().map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies.len(), 15);
    assert_eq!((&bodies[0]["person_id"], &bodies[0]["user_id"]), (&json!(101), &json!(7)));
    assert_eq!(bodies[14]["to_phone_number"], "unknown");
    assert!(bodies[14].get("person_id").is_none());
    #[expect(clippy::disallowed_methods, reason = "the file is told from outside")]
    let file = std::env::var_os("RINGBRIDGE_PIPEDRIVE_BODIES").filter(|file| !file.is_empty());
    if let Some(file) = file {
        let lines = bodies.iter().fold(String::new(), |mut lines, body| {
            writeln!(lines, "{body}").unwrap();
            lines
        });
        std::fs::write(file, lines).unwrap();
    }
}
