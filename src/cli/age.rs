//! Formats durations as kubectl formats ages: `119s`, `2m1s`, `3h59m`, `2d`.
//!
//! The rules are those of `HumanDuration` in Kubernetes' `apimachinery`. `scripts/e2e watch` compares the results with
//! the output of a server.

/// The age of something, in seconds.
pub(super) fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let years = days / 365;
    match (years, days, hours, minutes) {
        (8.., ..) => format!("{years}y"),
        (2.., ..) => two(years, "y", days % 365, "d"),
        (_, 8.., ..) => format!("{days}d"),
        (_, 2.., ..) => two(days, "d", hours % 24, "h"),
        (_, _, 8.., _) => format!("{hours}h"),
        (_, _, 3.., _) => two(hours, "h", minutes % 60, "m"),
        (_, _, _, 10..) => format!("{minutes}m"),
        (_, _, _, 2..) => two(minutes, "m", seconds % 60, "s"),
        _ => format!("{seconds}s"),
    }
}

/// Two units; the smaller one is omitted if it is zero.
fn two(large: u64, unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{small_unit}") }
}

#[cfg(test)]
mod tests {
    use super::age;

    /// At and next to every limit.
    #[test]
    fn ages_are_those_of_kubectl() {
        const M: u64 = 60;
        const H: u64 = 60 * M;
        const D: u64 = 24 * H;
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (2 * M, "2m"),
            (2 * M + 1, "2m1s"),
            (10 * M - 1, "9m59s"),
            (10 * M + 59, "10m"),
            (3 * H - 1, "179m"),
            (3 * H, "3h"),
            (3 * H + 59, "3h"),
            (8 * H - 1, "7h59m"),
            (8 * H, "8h"),
            (2 * D - 1, "47h"),
            (2 * D, "2d"),
            (2 * D + H, "2d1h"),
            (8 * D - 1, "7d23h"),
            (8 * D, "8d"),
            (730 * D - 1, "729d"),
            (730 * D, "2y"),
            (731 * D, "2y1d"),
            (8 * 365 * D - 1, "7y364d"),
            (8 * 365 * D, "8y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(age(seconds), expected, "{seconds}");
        }
    }
}
