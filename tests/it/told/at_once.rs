//! What stops calls is told by the next retry run, once, whoever runs beside it.

use http::StatusCode;
use ringbridge::flow::retry;
use ringbridge::model::notice::NoticeCause;
use serde_json::json;
use simulators::pbx::{Matcher, PbxFault};

use super::{A_DAY, A_MINUTE, ANNA, Duration, FROM, Telling};
use crate::settings::world::MARY;

const PAGE: &str = "https://bridge.example/app/notices";

#[tokio::test]
async fn credentials_that_the_pbx_refuses_are_told_at_once_by_mail_and_webhook() {
    let telling = Telling::start().await;
    let world = &telling.world;
    world.pbx.revoke_tokens();
    let refused = PbxFault::Status(400, json!({"error": "invalid_client"}).to_string());
    world.pbx.fail_next(Matcher::new("POST", "/oauth/token").times(9), refused);
    assert!(world.map(&[("u1", &[MARY])]).await.0.is_success());
    telling.after(A_MINUTE).await;
    let [mail] = &telling.mails()[..] else { panic!("one mail") };
    assert_eq!((mail.from.as_str(), &mail.to[..]), (FROM, &[ANNA.to_owned()][..]));
    let notices = world.get("/api/v1/notices").await.1;
    let notice = &notices["items"][0];
    let (text, advice) = (notice["text"].as_str().unwrap(), notice["advice"].as_str().unwrap());
    let lines: Vec<_> = mail.body.lines().collect();
    assert_eq!((lines[0], lines[2]), (text, advice), "first what happened, then what to do");
    assert!(lines.contains(&PAGE), "{lines:?}");
    assert!(mail.subject.starts_with("Ringbridge: The PBX"), "{}", mail.subject);
    let [(id, hook)] = &telling.hooks()[..] else { panic!("one webhook") };
    assert_eq!(*id, mail.id);
    assert_eq!(hook["type"], "notice.raised");
    assert_eq!(hook["data"]["connection_id"], telling.id.to_string());
    assert_eq!(hook["data"]["more"], 0);
    let told = &hook["data"]["notices"][0];
    for name in ["id", "text", "advice", "first_at", "last_at", "count"] {
        assert_eq!(told[name], notice[name], "{name}");
    }
    assert_eq!(told["url"], PAGE);
}

#[tokio::test]
async fn one_cause_is_told_once_however_often_it_is_raised_and_looked_at() {
    let telling = Telling::start().await;
    for _ in 0..3 {
        telling.unpaid().await;
        telling.after(A_MINUTE).await;
    }
    telling.after(A_DAY).await;
    assert_eq!((telling.mails().len(), telling.hooks().len(), telling.due().await), (1, 1, 0));
}

#[tokio::test]
async fn two_runs_side_by_side_tell_once() {
    for _ in 0..5 {
        let telling = Telling::start().await;
        let hand = telling.world.hand_with(super::MAILS).await;
        tokio::join!(telling.unpaid(), telling.unpaid());
        telling.world.clock.advance(A_MINUTE);
        let budget = Duration::from_mins(10);
        tokio::join!(retry::run(&telling.world.deps, budget), retry::run(&hand.deps, budget));
        telling.after(A_MINUTE).await;
        assert_eq!((telling.mails().len(), telling.hooks().len()), (1, 1));
        let notices = telling.world.get("/api/v1/notices").await.1;
        assert_eq!(notices["items"][0]["count"], 2);
    }
}

#[tokio::test]
async fn cause_that_comes_back_is_told_again_but_once_an_hour_at_most() {
    let telling = Telling::start().await;
    telling.unpaid().await;
    telling.after(A_MINUTE).await;
    let first = telling.mails();
    for _ in 0..3 {
        telling.resolve(&NoticeCause::CrmUnpaid).await;
        telling.after(A_MINUTE).await;
        telling.unpaid().await;
        telling.after(A_MINUTE).await;
    }
    assert_eq!(telling.mails(), []);
    telling.after(Duration::from_hours(1)).await;
    let second = telling.mails();
    assert_eq!((first.len(), second.len(), telling.hooks().len()), (1, 1, 2));
    assert_ne!(first[0].id, second[0].id);
}

#[tokio::test]
async fn cause_that_is_gone_before_anybody_looked_is_not_told() {
    let telling = Telling::start().await;
    telling.unpaid().await;
    telling.resolve(&NoticeCause::CrmUnpaid).await;
    telling.after(A_DAY).await;
    assert_eq!((telling.mails(), telling.hooks().len()), (vec![], 0));
}

#[tokio::test]
async fn what_was_raised_before_anybody_was_to_be_told_stays_on_the_page() {
    let telling = Telling::nobody().await;
    telling.unpaid().await;
    telling.gave_up().await;
    telling.after(A_DAY).await;
    assert_eq!(telling.due().await, 0, "nothing is looked at again and again");
    telling.choose(&json!({ "email": [ANNA] })).await;
    telling.after(A_DAY).await;
    assert_eq!(telling.mails(), []);
    assert_eq!(telling.world.notices().await, ["crm-unpaid", "gave-up"]);
}

#[tokio::test]
async fn takeover_is_told_to_whoever_had_the_connection() {
    let mut telling = Telling::start().await;
    let (status, _) = telling.world.post("/api/v1/connections", &telling.world.form()).await;
    assert_eq!(status, StatusCode::CREATED);
    telling.after(A_MINUTE).await;
    let [mail] = &telling.mails()[..] else { panic!("one mail") };
    assert!(mail.subject.contains("was connected again"), "{}", mail.subject);
    telling.world.connect().await;
}

#[tokio::test]
async fn russian_readers_are_told_in_russian() {
    let telling = Telling::start().await;
    telling.choose(&json!({ "language": "ru" })).await;
    telling.unpaid().await;
    telling.after(A_MINUTE).await;
    let [mail] = &telling.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, "Ringbridge: CRM не работает, пока не оплачен счёт; доставка приостановлена.");
    assert!(
        mail.body.contains("Оплатите подписку CRM") && mail.body.contains("указан в настройках"),
        "{}",
        mail.body
    );
    let hooks = telling.hooks();
    assert!(hooks[0].1["data"]["notices"][0]["text"].as_str().unwrap().starts_with("CRM не работает"));
}
