//! Every error of a functionConfig, word for word.

use super::{CONFIG_MAP, OWN, read};

const LISTS: [(&str, &str); 6] = [
    ("{FORMS}", "accepted: `SequentialContainers` of `kueueleuleu.dev/v1alpha1`, `ConfigMap` of `v1`"),
    (
        "{SPEC}",
        "accepted: `selectors`, `exclude`, `entrypointImage`, `entrypoint`, `strategy`, `revert`, `check`, \
         `probes`, `restartPolicy`, `sidecars`, `steps`, `order`, `images`, `prepare`",
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
         `restartPolicy`, `sidecars`, `order`, `prepareImagePullPolicy`",
    ),
    (
        "{REGEX}",
        "write it in RE2's syntax; it is compared with the whole value, so no `^` and `$` are needed",
    ),
    (
        "{LABELS}",
        "write it as for `kubectl -l`: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, joined by \
         commas",
    ),
];

/// A functionConfig, its error, its help. `own` and `map` stand for the first two lines of the two forms, what is long is
/// named in braces.
const ERRORS: &str = include_str!("errors.txt");

#[test]
fn says_what_is_wrong_and_where() {
    let shown = ERRORS.split("\n\n").map(|case| {
        let given = case.lines().next().unwrap_or_default();
        let error = match given.split_at_checked(4) {
            Some(("own ", rest)) => read(&format!("{OWN}{rest}")),
            Some(("map ", rest)) => read(&format!("{CONFIG_MAP}{rest}")),
            _ => read(given),
        };
        let error = error.expect_err(given);
        let mut help = error.help.clone().unwrap_or_else(|| "no help".to_owned());
        for (name, list) in LISTS {
            help = help.replace(list, name);
        }
        format!("{given}\n  {error}\n  {help}\n")
    });
    let shown = shown.collect::<Vec<_>>().join("\n");
    assert_eq!(shown, ERRORS, "errors are now:\n{shown}");
}
