//! Moments as a clock on the wall shows them, for CRMs that write times without their zone: by the zone of the policy.

use jiff::tz::TimeZone;
use time::{OffsetDateTime, UtcOffset};

use crate::clock::Timestamp;

/// The moment in a zone; in UTC where the zone is not known.
pub(super) fn at(moment: Timestamp, zone: &str) -> OffsetDateTime {
    let secs = moment.secs().clamp(0, 253_402_300_799);
    let utc = OffsetDateTime::from_unix_timestamp(secs).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    offset(secs, zone).map_or(utc, |offset| utc.to_offset(offset))
}

fn offset(secs: i64, zone: &str) -> Option<UtcOffset> {
    let (zone, at) = (TimeZone::get(zone).ok()?, jiff::Timestamp::from_second(secs).ok()?);
    UtcOffset::from_whole_seconds(zone.to_offset(at).seconds()).ok()
}

/// `2026-09-01 13:00:00`.
pub(super) fn plain(moment: OffsetDateTime) -> String {
    let (date, time) = (moment.date(), moment.time());
    let (hour, minute, second) = time.as_hms();
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_on_the_wall_go_by_the_zone_and_its_summer() {
        let shown = |moment, zone| plain(at(Timestamp::parse_rfc3339(moment).unwrap(), zone));
        for (moment, zone, wall) in [
            ("2026-09-01T12:00:00Z", "Europe/London", "2026-09-01 13:00:00"),
            ("2026-12-01T12:00:00Z", "Europe/London", "2026-12-01 12:00:00"),
            ("2026-12-31T22:30:05Z", "Europe/Moscow", "2027-01-01 01:30:05"),
            ("2050-07-01T12:00:00Z", "America/New_York", "2050-07-01 08:00:00"),
            ("2026-09-01T12:00:00Z", "Nowhere/Nothing", "2026-09-01 12:00:00"),
        ] {
            assert_eq!(shown(moment, zone), wall, "{moment} in {zone}");
        }
    }
}
