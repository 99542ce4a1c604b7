//! Tests the exact text of every error of a functionConfig.

use super::{CONFIG_MAP, Config, OWN};
use kueueleuleu_yaml::span::{LineColumn, Span};

const LISTS: [(&str, &str); 6] = [
    ("{FORMS}", "accepted: `SequentialContainers` of `kueueleuleu.dev/v1alpha1`, `ConfigMap` of `v1`"),
    (
        "{SPEC}",
        "accepted: `selectors`, `exclude`, `entrypointImage`, `entrypoint`, `strategy`, `revert`, `check`, \
         `probes`, `restartPolicy`, `sidecars`, `steps`, `startTimeout`, `requests`, `order`, `images`, `prepare`",
    ),
    (
        "{SELECTOR}",
        "accepted: `group`, `version`, `kind`, `name`, `namespace`, `apiVersion`, `labelSelector`, \
         `annotationSelector`, `labels`, `annotations`",
    ),
    (
        "{DATA}",
        "accepted: `group`, `version`, `kind`, `name`, `namespace`, `apiVersion`, `labelSelector`, \
         `annotationSelector`, `entrypointImage`, `entrypointKind`, `strategy`, `revert`, `check`, `probes`, \
         `restartPolicy`, `startTimeout`, `requests`, `sidecars`, `order`, `prepareImagePullPolicy`",
    ),
    ("{REGEX}", "use RE2 syntax; the pattern must match the whole value, so `^` and `$` are not needed"),
    (
        "{LABELS}",
        "use the syntax of `kubectl -l`: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, separated \
         by commas",
    ),
];

/// Cases of a functionConfig, its errors, their places and help. `own` and `map` are short for the first two lines of
/// the two forms, and a name in braces for a long list.
const ERRORS: &str = include_str!("errors.txt");

/// The place of a problem: its line and column, and the text there.
fn mark(text: &str, span: Option<Span>) -> String {
    let Some(span) = span else { return "nowhere".to_owned() };
    let place = LineColumn::of(text, span.start);
    format!("{}:{} `{}`", place.line, place.column, &text[span.range()])
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the errors are compared with a file, and written with BLESS=1"
)]
fn errors_name_the_problem_and_its_place() {
    let shown = ERRORS.trim_end().split("\n\n").map(|case| {
        let given = case.lines().take_while(|line| !line.starts_with("  ")).collect::<Vec<_>>().join("\n");
        let text = match given.split_at_checked(4) {
            Some(("own ", rest)) => format!("{OWN}{rest}"),
            Some(("map ", rest)) => format!("{CONFIG_MAP}{rest}"),
            _ => given.clone(),
        };
        let error = Config::from_yaml(&text).expect_err(&given);
        let mut shown = given;
        for problem in error.diagnostics() {
            let mut help = problem.help.clone().unwrap_or_else(|| "no help".to_owned());
            for (name, list) in LISTS {
                help = help.replace(list, name);
            }
            let mark = mark(&text, problem.span);
            shown.extend(["\n  ", &problem.message, "\n  ", &mark, "\n  ", &help]);
        }
        shown
    });
    let shown = shown.collect::<Vec<_>>().join("\n\n") + "\n";
    if shown != ERRORS && std::env::var_os("BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/tests/errors.txt"), &shown).unwrap();
    }
    assert_eq!(shown, ERRORS, "errors are now:\n{shown}");
}
