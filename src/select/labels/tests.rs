//! Tests the grammar of label selectors.

use super::*;

#[test]
fn matches_as_kubernetes_does() {
    let labels = [("team", "data"), ("in", "x"), ("empty", ""), ("level", "7"), ("a.b/c", "1")];
    let labels = labels.map(|(key, value)| (Cow::Borrowed(key), Cow::Borrowed(value)));
    let cases: &[(&str, bool)] = &[
        ("", true),
        (" \n", true),
        ("team=data", true),
        ("team == data", true),
        ("team=dat", false),
        ("team!=data", false),
        ("team != ml", true),
        ("owner!=me", true),
        ("team in (ml,data)", true),
        ("team in(ml)", false),
        ("team notin (ml, web)", true),
        ("team notin (data)", false),
        ("owner notin (me)", true),
        ("owner in (me)", false),
        ("team", true),
        ("owner", false),
        ("!owner", true),
        ("! team", false),
        ("team,!owner", true),
        ("team=data,owner", false),
        ("in", true),
        ("in in (in, x)", true),
        ("in=x,!notin", true),
        ("empty=", true),
        ("team=", false),
        ("empty=,team", true),
        ("empty in ()", true),
        ("team in ()", false),
        ("owner notin ()", true),
        ("empty in (,)", true),
        ("empty in (a,)", true),
        ("team in (,a)", false),
        ("level>6", true),
        ("level > 7", false),
        ("level<8", true),
        ("level < 7", false),
        ("team>1", false),
        ("owner<1", false),
        ("a.b/c=1", true),
        ("team\tin\n( data )", true),
    ];
    for &(selector, expected) in cases {
        let requirements = Requirements::parse(selector).unwrap();
        assert_eq!(requirements.match_labels(&labels), expected, "{selector:?}");
    }
}

#[test]
fn errors_name_the_wrong_part() {
    let long = format!("team={}", "a".repeat(64));
    let too_long = format!("`{}` is not a valid value of the label `team`", "a".repeat(64));
    let cases: &[(&str, &str)] = &[
        ("team in data", "found `data`, expected `(`"),
        ("team in", "found the end, expected `(`"),
        ("team in (", "found the end, expected `,` or `)`"),
        ("team in (a b)", "found `b`, expected `,` or `)`"),
        ("team data", "found `data`, expected `=`, `==`, `!=`, `in`, `notin`, `>` or `<`"),
        ("team=data ml", "found `ml`, expected `,` or the end"),
        ("!team=data", "found `=`, expected `,` or the end"),
        ("team,", "found the end, expected a key or `!`"),
        ("team,,a", "found `,`, expected a key or `!`"),
        ("=data", "found `=`, expected a key or `!`"),
        ("!", "found the end, expected a key"),
        ("a==!b", "found `!`, expected a value"),
        ("level > high", "`high`, the bound of `level`, is not an integer"),
        ("-team", "`-team` is not a valid key of a label"),
        ("Bad_Prefix/a", "`Bad_Prefix/a` is not a valid key of a label"),
        ("a/b/c", "`a/b/c` is not a valid key of a label"),
        ("team=a/b", "`a/b` is not a valid value of the label `team`"),
        (&long, &too_long),
    ];
    for &(selector, expected) in cases {
        assert_eq!(Requirements::parse(selector).unwrap_err(), expected, "{selector:?}");
    }
}
