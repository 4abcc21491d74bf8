//! Times as texts, in UTC.

/// RFC 3339, such as `2026-01-31T12:00:00Z`, of seconds since 1970; what was before is 1970.
#[must_use]
pub fn rfc3339(seconds: i64) -> String {
    let (year, month, day, time) = split(seconds);
    format!("{year:04}-{month:02}-{day:02}T{}", clock(time, ":"))
}

/// `YYYYMMDDTHHMMSSZ`.
pub(crate) fn stamp(seconds: i64) -> String {
    let (year, month, day, time) = split(seconds);
    format!("{year:04}{month:02}{day:02}T{}", clock(time, ""))
}

fn clock(time: u64, between: &str) -> String {
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{hour:02}{between}{minute:02}{between}{second:02}Z")
}

/// Year, month, day, and the seconds of the day, in the Gregorian calendar: an era is 400 years, and a year begins in March.
fn split(seconds: i64) -> (u64, u64, u64, u64) {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day, seconds % 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (-1, "1970-01-01T00:00:00Z"),
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_440_938_160, "2015-08-30T12:36:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), expected);
        }
        assert_eq!(stamp(1_440_938_160), "20150830T123600Z");
    }
}
