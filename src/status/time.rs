//! Reads and writes times in the format of Kubernetes: RFC 3339 in UTC, with seconds.
//!
//! Knows no clock. The calendar is in the protocol crate.

use std::fmt;

use kueueleuleu_protocol::calendar;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A point in time, in seconds since 1970-01-01T00:00:00Z. Prints as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// The time this many seconds after 1970-01-01T00:00:00Z.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Reads `2026-11-24T00:31:25Z`; a fraction of a second is dropped. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time.split('.').next()?, ':')?;
        let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
        let is_time = hour < 24 && minute < 60 && second <= 60;
        (is_date && is_time)
            .then(|| Self(calendar::day(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second))
    }

    /// The number of seconds since `earlier`; zero if that is later.
    pub fn seconds_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0 - earlier.0).unwrap_or(0)
    }

    /// Whether both are on the same day, in UTC.
    pub fn is_same_day(self, other: Self) -> bool {
        self.0.div_euclid(DAY) == other.0.div_euclid(DAY)
    }

    /// The day as `2026-11-24`.
    pub fn date(self) -> String {
        let (year, month, day) = calendar::date(self.0.div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The time of the day as `00:31:25`.
    pub fn clock(self) -> String {
        let second = self.0.rem_euclid(DAY);
        format!("{:02}:{:02}:{:02}", second / HOUR, second % HOUR / MINUTE, second % MINUTE)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}Z", self.date(), self.clock())
    }
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let is_number = !part.is_empty() && part.len() <= 4 && part.bytes().all(|c| c.is_ascii_digit());
        part.parse().ok().filter(|_| is_number)
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn times_read_as_they_are_written() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-24T00:31:25Z", 1_795_480_285),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ];
        for (text, seconds) in cases {
            assert_eq!(Time::parse(text), Some(Time(seconds)), "{text}");
            assert_eq!(Time(seconds).to_string(), text);
        }
        assert_eq!(Time::parse("1970-01-01T00:00:01.999Z"), Some(Time(1)));
    }

    #[test]
    fn other_formats_are_rejected() {
        for text in [
            "",
            "2026-11-24",
            "2026-11-24T00:31Z",
            "2026-13-24T00:00:00Z",
            "2026-11-24T00:31:25",
            "a-b-cTd:e:fZ",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
