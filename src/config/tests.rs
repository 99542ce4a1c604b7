//! Configurations in tables: what is read from them, and what is said of those that are wrong.

use super::*;

const OWN: &str = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";
const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\n";

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::from_function_config(&serde_yaml::from_str(text).unwrap())
}

/// `Config` holds compiled selectors, which cannot be compared.
fn shown(config: &Config) -> String {
    format!("{config:?}")
}

#[test]
fn nothing_is_configured() {
    let annotated =
        "metadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./k}'}}\n";
    let cases = [
        "null".to_owned(),
        OWN.to_owned(),
        format!("{OWN}{annotated}"),
        format!("{OWN}spec:\n"),
        format!("{OWN}metadata:\nspec: {{}}\n"),
        format!("{OWN}spec: {{selectors: , exclude: , entrypoint: , entrypointImage: , revert: , probes: }}"),
        format!("{OWN}spec: {{entrypoint: {{}}}}"),
        format!("{CONFIG_MAP}metadata: {{name: function-input}}\ndata: {{}}\n"),
        format!("{CONFIG_MAP}metadata: {{name: function-input}}\n"),
        format!("{CONFIG_MAP}{annotated}data:\n"),
    ];
    for text in cases {
        assert_eq!(shown(&read(&text).expect(&text)), shown(&Config::default()), "{text}");
    }
    assert_eq!(Config::default().entrypoint.image, ENTRYPOINT_IMAGE);
    assert!(Config::default().selection.is_everything());
}

#[test]
fn both_forms_say_the_same() {
    let own = "spec: {entrypoint: {image: a/b, kind: Kueueleuleu}, strategy: InitContainers, revert: true, \
               check: true, probes: Remove}";
    let short = own.replace("{image: a/b, kind: Kueueleuleu}", "{kind: Kueueleuleu}, entrypointImage: a/b");
    let flat = "data: {entrypointImage: a/b, entrypointKind: Kueueleuleu, strategy: InitContainers, \
                revert: 'true', check: 'true', probes: Remove}";
    let config = read(&format!("{OWN}{own}")).unwrap();
    assert_eq!(config.entrypoint, Entrypoint { image: "a/b".into(), kind: EntrypointKind::Kueueleuleu });
    assert_eq!((config.strategy, config.probes), (Strategy::InitContainers, Probes::Remove));
    assert_eq!((config.revert, config.check), (true, true));
    assert_eq!(shown(&config), shown(&read(&format!("{OWN}{short}")).unwrap()));
    assert_eq!(shown(&config), shown(&read(&format!("{CONFIG_MAP}{flat}")).unwrap()));
}

#[test]
fn a_config_map_is_one_selector() {
    let fields = "kind: Job, name: n.*, namespace: etl, group: batch, version: v1, apiVersion: batch/v1, \
                  labelSelector: a=b, annotationSelector: c";
    let config = read(&format!("{CONFIG_MAP}data: {{{fields}}}")).unwrap();
    let seen = config.selection.seen();
    let entries: Vec<_> = config.selection.unmatched(&seen).map(ToString::to_string).collect();
    let expected = "data (group: batch, version: v1, apiVersion: batch/v1, kind: Job, name: n.*, namespace: etl, \
                    labelSelector: a=b, annotationSelector: c)";
    assert_eq!(entries, [expected]);
}

const FORMS: &str = "accepted: `SequentialContainers` of `kueueleuleu.dev/v1alpha1`, `ConfigMap` of `v1`";
const SPEC: &str = "accepted: `selectors`, `exclude`, `entrypointImage`, `entrypoint`, `strategy`, `revert`, `check`, \
                    `probes`";
const SELECTOR: &str = "accepted: `group`, `version`, `kind`, `name`, `namespace`, `apiVersion`, `labelSelector`, \
                        `annotationSelector`, `labels`, `annotations`";
const DATA: &str = "accepted: `group`, `version`, `kind`, `name`, `namespace`, `apiVersion`, `labelSelector`, \
                    `annotationSelector`, `entrypointImage`, `entrypointKind`, `strategy`, `revert`, `check`, `probes`";
const REGEX: &str =
    "write it in RE2's syntax; it is compared with the whole value, so no `^` and `$` are needed";
const LABELS: &str = "write it as for `kubectl -l`: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, with commas \
                      between";

/// `given | error | help`; a help ends in one of the lists above, named in braces.
const ERRORS: &[(&str, &str)] = &[];

#[test]
fn says_what_is_wrong_and_where() {
    let lists = [("{FORMS}", FORMS), ("{SPEC}", SPEC), ("{SELECTOR}", SELECTOR), ("{DATA}", DATA)];
    let lists = lists.into_iter().chain([("{REGEX}", REGEX), ("{LABELS}", LABELS)]);
    let lists: Vec<_> = lists.collect();
    let _ = (lists, ERRORS);
    for (text, _) in WRONG {
        let text = text.replace("own;", OWN).replace("map;", CONFIG_MAP);
        let error = read(&text).unwrap_err();
        println!("{text} =>\n  {error}\n  {:?}", error.help);
    }
}

const WRONG: &[(&str, &str)] = &[
    ("3", ""),
    ("[]", ""),
    ("{}", ""),
    ("{apiVersion: v1}", ""),
    ("{apiVersion: 1, kind: ConfigMap}", ""),
    ("{apiVersion: kueueleuleu.dev/v1, kind: SequentialContainers}", ""),
    ("{apiVersion: v2, kind: ConfigMap}", ""),
    ("{apiVersion: kueueleuleu.dev/v1alpha1, kind: SequentialContainer}", ""),
    ("{apiVersion: v1, kind: Secret}", ""),
    ("{apiVersion: v1, kind: Kindy, data: {a: b}}", ""),
    ("own;metadata: a", ""),
    ("own;data: {}", ""),
    ("own;sepc: {}", ""),
    ("own;spec: []", ""),
    ("own;spec: {selector: []}", ""),
    ("own;spec: {selectors: {kind: Job}}", ""),
    ("own;spec: {selectors: Job}", ""),
    ("own;spec: {selectors: [Job]}", ""),
    ("own;spec: {selectors: [null]}", ""),
    ("own;spec: {selectors: [{kind: Job}, {nmae: a}]}", ""),
    ("own;spec: {selectors: [{name: 5}]}", ""),
    ("own;spec: {selectors: [{name: !x a}]}", ""),
    ("own;spec: {selectors: [{name: [a]}]}", ""),
    ("own;spec: {selectors: [{1: a}]}", ""),
    ("own;spec: {selectors: [{labels: {team: 5}}]}", ""),
    ("own;spec: {selectors: [{labels: [a]}]}", ""),
    ("own;spec: {selectors: [{kind: Job}, {name: 'a('}]}", ""),
    ("own;spec: {selectors: [{name: 'a)|(b'}]}", ""),
    ("own;spec: {exclude: [{labelSelector: team in data}]}", ""),
    ("own;spec: {exclude: [{annotationSelector: '=a'}]}", ""),
    ("own;spec: {exclude: [{kind: Job}, {}]}", ""),
    ("own;spec: {exclude: [{name: '', labels: {}}]}", ""),
    ("own;spec: {entrypointImage: ''}", ""),
    ("own;spec: {entrypoint: {image: ' '}}", ""),
    ("own;spec: {entrypointImage: a, entrypoint: {image: a}}", ""),
    ("own;spec: {entrypoint: {kind: Kueueleuleu}}", ""),
    ("own;spec: {entrypoint: {kind: tekton}}", ""),
    ("own;spec: {entrypoint: {img: a}}", ""),
    ("own;spec: {entrypoint: a}", ""),
    ("own;spec: {strategy: Init}", ""),
    ("own;spec: {probes: 1.5}", ""),
    ("own;spec: {probes: {Keep: }}", ""),
    ("own;spec: {revert: 'true'}", ""),
    ("map;spec: {}", ""),
    ("map;data: a", ""),
    ("map;data: {n: 5}", ""),
    ("map;data: {name: 5}", ""),
    ("map;data: {lables: 'a=b'}", ""),
    ("map;data: {name: 'a('}", ""),
    ("map;data: {labelSelector: 'a b'}", ""),
    ("map;data: {revert: true}", ""),
    ("map;data: {revert: yup}", ""),
    ("map;data: {entrypointImage: ''}", ""),
    ("map;data: {entrypointKind: Kueueleuleu}", ""),
];
