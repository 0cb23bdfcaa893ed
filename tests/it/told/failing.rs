//! Mail servers and receivers that fail, and processes that die: each telling comes, under one id, and none is tried for ever.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::json;
use simulators::crm::CrmFault;
use simulators::world::SECRET;
use tracing_subscriber::fmt;

use super::{A_DAY, A_MINUTE, ANNA, Duration, Telling};
use crate::faults::alerts::Log;

#[tokio::test]
async fn what_one_channel_refused_is_repeated_there_alone() {
    let telling = Telling::start().await;
    telling.world.ses.refuse(Some((503, "ServiceUnavailable")));
    telling.unpaid().await;
    telling.after(A_MINUTE).await;
    telling.after(Duration::from_mins(2)).await;
    assert_eq!((telling.mails().len(), telling.world.ses.asked()), (0, 2));
    telling.world.ses.refuse(None);
    telling.after(Duration::from_mins(6)).await;
    let (mails, hooks) = (telling.mails(), telling.hooks());
    assert_eq!((mails.len(), hooks.len(), telling.inbox.requests().len()), (1, 1, 1));
    assert_eq!(mails[0].id, hooks[0].0);
    telling.after(A_DAY).await;
    assert_eq!((telling.world.ses.asked(), telling.due().await), (1, 0));
}

#[tokio::test]
async fn repeats_of_a_webhook_carry_one_id_and_a_signature_of_their_own_time() {
    let telling = Telling::start().await;
    telling.inbox.fail_next(1, &CrmFault::ResetAfterProcessing);
    telling.inbox.fail_next(1, &CrmFault::Status(410, None));
    telling.unpaid().await;
    for minutes in [1, 2, 6] {
        telling.after(Duration::from_mins(minutes)).await;
    }
    let requests = telling.inbox.requests();
    let heads = |name| requests.iter().map(|one| one.header(name).unwrap()).collect::<BTreeSet<_>>().len();
    assert_eq!((requests.len(), heads("webhook-id"), heads("webhook-timestamp")), (3, 1, 3));
    assert_eq!((telling.mails().len(), telling.hooks().len()), (1, 1));
}

#[tokio::test]
async fn nobody_is_tried_for_ever() {
    let telling = Telling::start().await;
    telling.choose(&json!({ "webhook": null })).await;
    telling.world.ses.refuse(Some((400, "MessageRejected")));
    telling.unpaid().await;
    for _ in 0..96 {
        telling.after(Duration::from_mins(30)).await;
    }
    // The first one and six more, after 1 m, 5 m, 15 m, 1 h, 4 h and 12 h.
    assert_eq!((telling.world.ses.asked(), telling.due().await), (7, 0));
    // The next cause has its own attempts.
    telling.world.ses.refuse(None);
    telling.gave_up().await;
    telling.after(A_DAY).await;
    assert_eq!(telling.mails().len(), 1);
}

#[tokio::test]
async fn log_says_that_nobody_was_told_and_not_who() {
    let telling = Telling::start().await;
    telling.world.ses.refuse(Some((400, "MessageRejected")));
    telling.inbox.fail_next(100, &CrmFault::Status(500, None));
    let log = Log::default();
    let writer = log.clone();
    let subscriber = fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    // Everything runs on this thread, and so writes into this log.
    let logging = tracing::subscriber::set_default(subscriber);
    telling.unpaid().await;
    for _ in 0..8 {
        telling.after(Duration::from_hours(14)).await;
    }
    drop(logging);
    let text = log.text();
    for said in
        ["400 MessageRejected", "it answered 500", "notice.channel=\"email\"", "the last attempt was used"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    for hidden in [ANNA, "customer.example", "bridge.example", &telling.inbox.url(), &SECRET[6..]] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
}

#[tokio::test]
async fn process_that_dies_anywhere_leaves_nobody_untold() {
    let mut whole = false;
    for requests in 0..40 {
        let telling = Telling::start().await;
        telling.unpaid().await;
        telling.world.clock.advance(A_MINUTE);
        telling.world.fuse.burn_after(requests);
        telling.world.retry().await;
        whole = !telling.world.fuse.mend();
        for _ in 0..3 {
            telling.after(Duration::from_mins(2)).await;
        }
        let mails = telling.mails();
        let ids: BTreeSet<_> = mails.iter().map(|mail| mail.id.clone()).collect();
        // Twice only where the outcome was not stored any more.
        assert!((1..=2).contains(&mails.len()) && ids.len() == 1, "{requests}: {mails:?}");
        assert_eq!((telling.hooks().len(), telling.due().await), (1, 0), "{requests}");
        if whole {
            assert_eq!(mails.len(), 1);
            break;
        }
    }
    assert!(whole, "a run takes more requests than were tried");
}

#[tokio::test]
async fn raising_that_dies_halfway_leaves_no_notice_untold() {
    let telling = Telling::start().await;
    for requests in 0..3 {
        telling.world.fuse.burn_after(requests);
        let (store, now) =
            (&telling.world.deps.settings.store, ringbridge::clock::Clock::now(&*telling.world.clock));
        let cause = ringbridge::model::notice::NoticeCause::PbxDenied;
        let _ = store.raise_notice(telling.id, &cause, "The PBX denies it.", "Allow it.", now).await;
        telling.world.fuse.mend();
    }
    telling.after(A_MINUTE).await;
    assert_eq!(telling.mails().len(), 1);
}

#[tokio::test]
async fn removal_takes_addresses_letters_and_notices_with_it() {
    let telling = Telling::start().await;
    telling.world.ses.refuse(Some((503, "ServiceUnavailable")));
    telling.unpaid().await;
    telling.gave_up().await;
    telling.after(A_MINUTE).await;
    assert_eq!(telling.world.delete("/api/v1/connection").await.0, StatusCode::OK);
    assert_eq!(telling.world.items().await, 0);
    telling.world.ses.refuse(None);
    telling.after(A_DAY).await;
    assert_eq!((telling.mails(), telling.world.items().await), (vec![], 0));
}

#[tokio::test]
async fn new_sealing_key_seals_addresses_anew() {
    let mut telling = Telling::start().await;
    let new = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let both = format!("{new},{}", crate::settings::world::SEALING_KEY);
    let from = super::MAILS[0];
    telling.world.redeploy(&[from, ("RINGBRIDGE_SEALING_KEY", &both)]);
    telling.after(Duration::from_hours(1)).await;
    telling.world.redeploy(&[from, ("RINGBRIDGE_SEALING_KEY", new)]);
    let shown = telling.world.get("/api/v1/connection").await.1;
    assert_eq!(shown["notify"]["email"], json!([ANNA]));
    telling.unpaid().await;
    telling.after(A_MINUTE).await;
    assert_eq!((telling.mails().len(), telling.hooks().len()), (1, 1));
}
