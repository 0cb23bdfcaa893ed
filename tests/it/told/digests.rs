//! What stops nothing is told once a day, together; without news nothing is.

use ringbridge::model::ids::ExtensionId;
use ringbridge::model::notice::NoticeCause;
use serde_json::json;

use super::{A_DAY, A_MINUTE, Duration, Telling};

#[tokio::test]
async fn digest_comes_a_day_after_its_first_notice_and_names_each_once() {
    let telling = Telling::start().await;
    telling.gave_up().await;
    telling.after(Duration::from_hours(20)).await;
    telling.gave_up().await;
    telling.raise(&NoticeCause::RecordRefused, "The CRM refused a call record.", "Open the call.").await;
    // What stops calls is told by itself, and not again.
    telling.unpaid().await;
    telling.after(A_MINUTE).await;
    assert_eq!((telling.mails().len(), telling.hooks().len()), (1, 1));
    telling.after(Duration::from_hours(3)).await;
    assert_eq!((telling.mails().len(), telling.hooks().len()), (0, 0), "a day is not over");
    telling.after(Duration::from_hours(1)).await;
    let [mail] = &telling.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, "Ringbridge: New notices: 2");
    assert!(mail.body.contains("and the last attempt was used. (2×)\n   Check that"), "{}", mail.body);
    assert!(mail.body.contains("refused a call record.") && !mail.body.contains("bill"), "{}", mail.body);
    let [(id, hook)] = &telling.hooks()[..] else { panic!("one webhook") };
    assert_eq!((id, &hook["type"]), (&mail.id, &json!("notice.digest")));
    assert_eq!(hook["data"]["notices"].as_array().map(Vec::len), Some(2));
    for _ in 0..3 {
        telling.gave_up().await;
        telling.after(A_DAY).await;
    }
    assert_eq!((telling.mails().len(), telling.hooks().len()), (0, 0), "a repeat is no news");
    assert_eq!(telling.due().await, 0);
}

#[tokio::test]
async fn there_is_one_digest_a_day_however_much_is_raised() {
    let telling = Telling::start().await;
    let mut days = 0;
    for hour in 0..72_u64 {
        let cause = NoticeCause::ExtensionProblem { extension: ExtensionId::new(700_000 + hour).unwrap() };
        telling.raise(&cause, &format!("Extension 4821*{hour}: it is full."), "Remove an event.").await;
        telling.after(Duration::from_hours(1)).await;
        days += telling.mails().len();
    }
    assert_eq!(days, 3);
}

#[tokio::test]
async fn digest_tells_of_what_stands_and_of_nothing_else() {
    let telling = Telling::start().await;
    telling.gave_up().await;
    telling.raise(&NoticeCause::RecordRefused, "The CRM refused a call record.", "Open the call.").await;
    telling.resolve(&NoticeCause::GaveUp).await;
    telling.after(A_DAY).await;
    let mails = telling.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Ringbridge: The CRM refused a call record.");
    telling.resolve(&NoticeCause::RecordRefused).await;
    telling.gave_up().await;
    telling.resolve(&NoticeCause::GaveUp).await;
    telling.after(A_DAY).await;
    assert_eq!(telling.mails(), []);
}

#[tokio::test]
async fn who_wants_no_digest_is_told_of_what_stops_calls_alone() {
    let telling = Telling::start().await;
    telling.choose(&json!({ "digest": false })).await;
    telling.gave_up().await;
    telling.unpaid().await;
    telling.after(A_MINUTE).await;
    assert_eq!(telling.mails().len(), 1);
    telling.after(A_DAY).await;
    assert_eq!((telling.mails().len(), telling.due().await), (0, 0));
}

#[tokio::test]
async fn long_digest_names_fifty_and_counts_the_rest() {
    let telling = Telling::start().await;
    for number in 0..60_u64 {
        let cause = NoticeCause::ExtensionProblem { extension: ExtensionId::new(700_000 + number).unwrap() };
        telling.raise(&cause, &format!("Extension 4821*{number}: it is full."), "Remove an event.").await;
    }
    telling.after(A_DAY).await;
    let [mail] = &telling.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, "Ringbridge: New notices: 60");
    assert!(mail.body.contains("\n50. ") && !mail.body.contains("\n51. "), "{}", mail.body);
    assert!(mail.body.contains("The page has 10 more."), "{}", mail.body);
    let hooks = telling.hooks();
    assert_eq!((&hooks[0].1["data"]["more"], telling.due().await), (&json!(10), 0));
}
