//! Kubernetes' quantities: `64Mi`, `1.5`, `100m`, `1e3`.
//!
//! Knows the grammar of `resource.Quantity`, and gives a number good enough to be compared.

/// The number that a quantity stands for; `None` where it is none.
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

#[cfg(test)]
mod tests {
    use super::parse;

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
