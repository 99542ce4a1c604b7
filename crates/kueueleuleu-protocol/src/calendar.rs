//! Converts days since 1970-01-01 to dates and back, in the proleptic Gregorian calendar.
//!
//! Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil` and `civil_from_days`.
//! Their years start in March, so that the leap day is the last day of a year. This module knows no clock and no time
//! zone.
//!
//! ```
//! use kueueleuleu_protocol::calendar::{date, day};
//!
//! assert_eq!(date(11_016), (2000, 2, 29));
//! assert_eq!(day(2000, 2, 29), 11_016);
//! ```

/// The number of days from 1970-01-01 to `year`-`month`-`day`. Months and days start at 1.
pub fn day(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The year, month and day of a number of days since 1970-01-01.
pub fn date(day: i64) -> (i64, i64, i64) {
    let days = day + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{date, day};

    #[test]
    fn days_have_the_dates_that_gnu_date_prints() {
        let cases = [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (11_015, (2000, 2, 28)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (19_783, (2024, 3, 1)),
            (47_541, (2100, 3, 1)),
            (-719_468, (0, 3, 1)),
        ];
        for (number, (year, month, of_month)) in cases {
            assert_eq!(date(number), (year, month, of_month));
            assert_eq!(day(year, month, of_month), number);
        }
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_previous_day() {
        let mut before = date(-150_001);
        for number in -150_000..150_000 {
            let next = date(number);
            assert!(next > before && day(next.0, next.1, next.2) == number, "{number}");
            before = next;
        }
    }
}
