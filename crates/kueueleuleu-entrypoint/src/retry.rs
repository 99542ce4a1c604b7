//! Parses `-retry`: the exit codes after which the kubelet restarts a step.
//!
//! ```text
//! -retry                        every step, after every failure
//! -retry=In:42,43               every step, after exit code 42 or 43
//! -retry=0:NotIn:3;2:In:42      step 0, except after 3; step 2, after 42; no other step
//! ```

/// A set of exit codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Codes {
    #[default]
    None,
    In(Vec<u8>),
    NotIn(Vec<u8>),
}

impl Codes {
    /// Every failure.
    pub(crate) const ALL: Self = Self::NotIn(Vec::new());

    /// Whether a container that ends with `code` is restarted. After a success it never is.
    pub(crate) fn covers(&self, code: u8) -> bool {
        match self {
            _ if code == 0 => false,
            Self::None => false,
            Self::In(codes) => codes.contains(&code),
            Self::NotIn(codes) => !codes.contains(&code),
        }
    }

    /// Whether there is any exit code after which it is restarted.
    pub(crate) fn any(&self) -> bool {
        *self != Self::None
    }
}

/// The value of `-retry`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retry {
    /// The codes of all steps that are not in `named`.
    others: Codes,
    named: Vec<(usize, Codes)>,
}

impl Retry {
    /// Parses a value: none, a boolean as in Go's `strconv.ParseBool`, or rules separated by `;`.
    pub(crate) fn parse(value: Option<&str>) -> Option<Self> {
        match value {
            None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => {
                Some(Self { others: Codes::ALL, named: Vec::new() })
            }
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Some(Self::default()),
            Some(rules) => rules.split(';').try_fold(Self::default(), |mut all, rule| {
                match rule.split_once(':')? {
                    (operator @ ("In" | "NotIn"), list) => all.others = codes(operator, list)?,
                    (step, rule) => {
                        let (operator, list) = rule.split_once(':')?;
                        all.named.push((number(step)?, codes(operator, list)?));
                    }
                }
                Some(all)
            }),
        }
    }

    /// The codes of one step.
    pub(crate) fn of(&self, step: Option<usize>) -> Codes {
        let named = self.named.iter().find(|(index, _)| Some(*index) == step);
        named.map_or_else(|| self.others.clone(), |(_, codes)| codes.clone())
    }
}

fn codes(operator: &str, list: &str) -> Option<Codes> {
    let codes: Option<Vec<u8>> = list.split(',').filter(|code| !code.is_empty()).map(number).collect();
    match operator {
        "In" => Some(Codes::In(codes?)),
        "NotIn" => Some(Codes::NotIn(codes?)),
        _ => None,
    }
}

/// Parses a number without a sign and without leading zeros.
pub(crate) fn number<N: std::str::FromStr + ToString>(text: &str) -> Option<N> {
    text.parse().ok().filter(|number: &N| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::{Codes, Retry};

    #[test]
    fn rules_name_codes_and_steps() {
        let of = |value, step| Retry::parse(value).expect("a rule").of(step);
        assert_eq!(of(None, None), Codes::ALL);
        assert_eq!(of(Some("true"), Some(3)), Codes::ALL);
        assert_eq!(of(Some("false"), None), Codes::None);
        assert_eq!(of(Some("In:1,42"), Some(0)), Codes::In(vec![1, 42]));
        let some = Some("0:NotIn:3;2:In:9");
        assert_eq!(of(some, Some(0)), Codes::NotIn(vec![3]));
        assert_eq!(of(some, Some(2)), Codes::In(vec![9]));
        assert_eq!(of(some, Some(1)), Codes::None);
        assert_eq!(of(some, None), Codes::None);
        for wrong in
            ["", "perhaps", "In", "In:x", "In:256", "In:-1", "In:+1", "x:In:1", "0:1", "0:in:1", "In:1;"]
        {
            assert_eq!(Retry::parse(Some(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn success_is_never_retried() {
        let all = [Codes::None, Codes::ALL, Codes::In(vec![0, 1]), Codes::NotIn(vec![2])];
        assert_eq!(all.each_ref().map(|codes| codes.covers(0)), [false; 4]);
        assert_eq!(all.each_ref().map(|codes| codes.covers(1)), [false, true, true, true]);
        assert_eq!(all.each_ref().map(|codes| codes.covers(2)), [false, true, false, false]);
        assert_eq!(all.each_ref().map(Codes::any), [false, true, true, true]);
    }
}
