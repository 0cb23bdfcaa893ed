//! Moments and spans as people write them, in the connection's time zone.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, ZonedDateTime};

use super::voice::Voice;
use crate::clock::Timestamp;
use crate::text::pages::fill;

/// A time zone.
#[derive(Clone, Debug)]
pub(super) struct Zone(TimeZone);

impl Zone {
    /// By its IANA name; one that is not known counts as UTC, which is said where the name is entered.
    pub(super) fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// Whether there is one of that name.
    pub(super) fn is_known(name: &str) -> bool {
        TimeZone::get(name).is_ok()
    }

    fn at(&self, moment: Timestamp) -> ZonedDateTime {
        Moment::from_microsecond(moment.micros()).unwrap_or_default().to_zoned_datetime(self.0.clone())
    }

    /// When the day began that is so many days before the one of that moment.
    pub(super) fn day_start(&self, moment: Timestamp, days_before: u32) -> Timestamp {
        let day = self.at(moment).date();
        let earlier = (0..days_before).fold(day, |day, _| day.yesterday().unwrap_or(day));
        let start = earlier.to_zoned_datetime(self.0.clone()).map(|start| start.timestamp().as_microsecond());
        start.map_or(moment, Timestamp::from_micros)
    }

    /// The hour of the day, 0 to 23.
    pub(super) fn hour(&self, moment: Timestamp) -> usize {
        usize::try_from(self.at(moment).hour()).unwrap_or_default()
    }

    /// What a field of the kind `datetime-local` says, such as `2026-09-01T12:00`.
    pub(super) fn parse(&self, text: &str) -> Option<Timestamp> {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        let moment = civil.to_zoned_datetime(self.0.clone()).ok()?.timestamp().as_microsecond();
        Some(Timestamp::from_micros(moment))
    }
}

/// A day, such as `today` or `3 Sep`.
pub(super) fn day(voice: &Voice, zone: &Zone, moment: Timestamp, now: Timestamp) -> String {
    let (at, present) = (zone.at(moment), zone.at(now));
    if at.date() == present.date() {
        return voice.t.common.today.to_owned();
    }
    if at.date().tomorrow().is_ok_and(|next| next == present.date()) {
        return voice.t.common.yesterday.to_owned();
    }
    let month = usize::try_from(at.month() - 1).unwrap_or_default();
    let month = voice.t.common.months.split('|').nth(month).unwrap_or_default();
    let day = fill(voice.t.common.day_month, &[&at.day().to_string(), month]);
    if at.year() == present.year() { day } else { format!("{day} {}", at.year()) }
}

/// A day and the time on it, such as `today 14:05`.
pub(super) fn moment(voice: &Voice, zone: &Zone, moment: Timestamp, now: Timestamp) -> String {
    format!("{} {}", day(voice, zone, moment, now), zone.at(moment).strftime("%H:%M"))
}

/// The time of day with seconds.
pub(super) fn clock(zone: &Zone, moment: Timestamp) -> String {
    zone.at(moment).strftime("%H:%M:%S").to_string()
}

/// A span, in the two largest units that it has.
pub(super) fn span(voice: &Voice, seconds: u64) -> String {
    let common = &voice.t.common;
    match seconds {
        0..60 => fill(common.seconds, &[&seconds.to_string()]),
        60..3600 => fill(common.minutes, &[&(seconds / 60).to_string(), &(seconds % 60).to_string()]),
        _ => fill(common.hours, &[&(seconds / 3600).to_string(), &(seconds % 3600 / 60).to_string()]),
    }
}

/// The same of what has passed.
pub(super) fn passed(voice: &Voice, since: Duration) -> String {
    span(voice, since.as_secs())
}

/// A moment that a view wrote.
pub(super) fn read(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap_or_default()
}
