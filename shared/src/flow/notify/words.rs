//! What a letter says: as a mail in plain text, and as a webhook's JSON. Nothing stands in it but what the notices say.

use std::fmt::Write as _;

use serde::Serialize;
use url::Url;

use super::send::Told;
use crate::clock::Timestamp;
use crate::model::ids::ConnectionId;
use crate::model::notice::Notice;
use crate::model::notify::LetterKind;
use crate::text::{Language, MAIL_MORE, MAIL_NEW, MAIL_PAGE, MAIL_SINCE, MAIL_WHY, TEST, say};

/// The page of notices, below the public address.
const PAGE: &str = "app/notices";
/// The longest subject: what is longer, mailboxes cut.
const SUBJECT: usize = 120;

/// The kind of a webhook that is a test.
pub(super) const TEST_KIND: &str = "notice.test";

/// The kind of a letter's webhook.
pub(super) const fn kind(letter: LetterKind) -> &'static str {
    match letter {
        LetterKind::Raised => "notice.raised",
        LetterKind::Digest => "notice.digest",
    }
}

/// The address of the page.
pub(super) fn page(public_url: &Url) -> String {
    format!("{}/{PAGE}", public_url.as_str().trim_end_matches('/'))
}

/// A mail's subject: what happened, or how much.
pub(super) fn subject(language: Language, told: Told<'_>) -> String {
    let said = match told.notices {
        [] => say(language, TEST.sentence).into_owned(),
        [one] => say(language, &one.text).into_owned(),
        many => {
            let count = (many.len() + told.more).to_string();
            say(language, &MAIL_NEW.replace("{}", &count)).into_owned()
        }
    };
    let subject: String = format!("Ringbridge: {said}").chars().take(SUBJECT + 1).collect();
    if subject.chars().count() <= SUBJECT {
        return subject;
    }
    // Between words.
    let cut = subject.rsplit_once(' ').map_or(subject.as_str(), |(cut, _)| cut);
    format!("{cut} …")
}

/// A mail's text: what happened, what to do, the link, and why one gets it.
pub(super) fn body(language: Language, told: Told<'_>, page: &str) -> String {
    let said = |english| say(language, english);
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = match told.notices {
        [] => writeln!(text, "{}\n\n{}\n", said(TEST.sentence), said(TEST.advice)),
        [one] if told.more == 0 => writeln!(text, "{}\n\n{}\n", said(&one.text), said(&one.advice)),
        many => {
            let _ = writeln!(text, "{}\n", said(MAIL_SINCE));
            for (at, one) in many.iter().enumerate() {
                let often = if one.count > 1 { format!(" ({}×)", one.count) } else { String::new() };
                let _ = writeln!(text, "{}. {}{often}\n   {}\n", at + 1, said(&one.text), said(&one.advice));
            }
            if told.more > 0 {
                let more = MAIL_MORE.replace("{}", &told.more.to_string());
                let _ = writeln!(text, "{}\n", say(language, &more));
            }
            Ok(())
        }
    };
    let _ = writeln!(text, "{}\n{page}\n\n-- \n{}", said(MAIL_PAGE), said(MAIL_WHY));
    text
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    connection_id: String,
    notices: Vec<One<'a>>,
    more: usize,
}

#[derive(Serialize)]
struct One<'a> {
    id: String,
    text: String,
    advice: String,
    first_at: String,
    last_at: String,
    count: u64,
    url: &'a str,
}

/// A webhook's body.
pub(super) fn json(
    language: Language,
    id: ConnectionId,
    told: Told<'_>,
    page: &str,
    at: Timestamp,
) -> String {
    let one = |notice: &&'_ Notice| One {
        id: notice.cause.key(),
        text: say(language, &notice.text).into_owned(),
        advice: say(language, &notice.advice).into_owned(),
        first_at: notice.first_at.rfc3339(),
        last_at: notice.last_at.rfc3339(),
        count: notice.count,
        url: page,
    };
    let data = Data {
        connection_id: id.to_string(),
        notices: told.notices.iter().map(one).collect(),
        more: told.more,
    };
    // A struct of texts and numbers is always JSON.
    serde_json::to_string(&Body { r#type: told.kind, timestamp: at.rfc3339(), data }).unwrap_or_default()
}
