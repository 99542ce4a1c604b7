//! Reads and writes Kubernetes quantities: `64Mi`, `1.5`, `100m`, `1e3`.
//!
//! Knows the grammar of `resource.Quantity`. The numbers are exact enough for comparisons.

/// The number that a quantity represents; `None` if the text is not a quantity.
pub(crate) fn parse(text: &str) -> Option<f64> {
    const SUFFIXES: [(&str, f64); 15] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let found = SUFFIXES.iter().find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor)));
    let (number, factor) = found.unwrap_or((text, 1.0));
    let starts = number.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = number.parse().ok().filter(|_| starts)?;
    Some(number * factor)
}

/// A quantity in thousandths, the smallest unit in which Kubernetes schedules, rounded up.
pub(crate) fn thousandths(text: &str) -> Option<u128> {
    let number = parse(text).filter(|number| *number >= 0.0)? * 1000.0;
    // For every amount that a node has, the error of the float is less than a thousandth.
    let rounded = if (number - number.round()).abs() < 1e-4 { number.round() } else { number.ceil() };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a cast saturates"
    )]
    Some(rounded as u128)
}

/// An amount of thousandths as a quantity, in the largest binary unit that holds it.
pub(crate) fn write(thousandths: u128) -> String {
    if !thousandths.is_multiple_of(1000) {
        return format!("{thousandths}m");
    }
    let mut number = thousandths / 1000;
    let mut units = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while number >= 1024 && number.is_multiple_of(1024) {
        let Some(larger) = units.next() else { break };
        (number, unit) = (number / 1024, larger);
    }
    format!("{number}{unit}")
}

#[cfg(test)]
mod tests {
    use super::{parse, thousandths, write};

    #[test]
    fn amounts_are_written_as_they_are_read() {
        for (text, expected) in [
            ("500m", "500m"),
            ("0.1", "100m"),
            ("1.5", "1500m"),
            ("2", "2"),
            ("64Mi", "64Mi"),
            ("1048576", "1Mi"),
            ("1500Mi", "1500Mi"),
            ("0.5Gi", "512Mi"),
            ("1u", "1m"),
            ("100M", "100000000"),
            ("0", "0"),
        ] {
            let amount = thousandths(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (write(amount).as_str(), thousandths(&write(amount))),
                (expected, Some(amount)),
                "{text}"
            );
        }
        assert_eq!((thousandths("-1"), thousandths("x")), (None, None));
    }

    #[test]
    fn reads_every_form() {
        let cases = [
            ("64Mi", 67_108_864.0),
            ("1.5", 1.5),
            ("100m", 0.1),
            ("46M", 46e6),
            ("1e3", 1e3),
            ("2E", 2e18),
            ("2Ei", 2_305_843_009_213_693_952.0),
            (".5k", 500.0),
        ];
        for (text, expected) in cases {
            assert!(parse(text).is_some_and(|found| (found / expected - 1.0).abs() < 1e-9), "{text}");
        }
        for text in ["", "Mi", "inf", "nan", "1 Gi", "1gi"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
