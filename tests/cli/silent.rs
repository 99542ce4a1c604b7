//! Inputs that used to pass without a diagnostic, and errors that used to hide other errors.

use crate::support::{BARE, Dir, POD};

/// Two containers that can be steps.
const CONTAINERS: &str = "containers: [{name: a, image: x, command: [a]}, {name: b, image: x, command: [b]}]";

fn pod(head: &str) -> String {
    format!("{head}\nmetadata: {{name: ä}}\nspec: {{restartPolicy: Never, {CONTAINERS}}}\n")
}

fn job(head: &str) -> String {
    format!(
        "{head}\nmetadata: {{name: ä}}\nspec: {{template: {{spec: {{restartPolicy: Never, {CONTAINERS}}}}}}}\n"
    )
}

#[test]
fn misspelled_objects_are_warnings() {
    for (text, message, help) in [
        (pod("apiVersion: v1\nkind: pod"), "its `kind` is `pod`", "`kind: Pod`"),
        (pod("apiVersion: v1\nkind: PODS"), "its `kind` is `PODS`", "`kind: Pod`"),
        (pod("kind: Pod"), "it has no `apiVersion`", "`apiVersion: v1`"),
        (pod("apiVersion:\nkind: Pod"), "it has no `apiVersion`", "`apiVersion: v1`"),
        (pod("apiVersion: 1\nkind: Pod"), "its `apiVersion` is a number", "`apiVersion: v1`"),
        (pod("apiVersion: v1"), "it has no `kind`", "`kind: Pod`"),
        (pod("apiVersion: batch/v1\nkind: Pod"), "its `apiVersion` is `batch/v1`", "`apiVersion: v1`"),
        (job("apiVersion: v1\nkind: Job"), "its `apiVersion` is `v1`", "`apiVersion: batch/v1`"),
        (
            job("apiVersion: batch/v2\nkind: job"),
            "its `kind` is `job` and its `apiVersion` is `batch/v2`",
            "`kind: Job` and `apiVersion: batch/v1`",
        ),
        (
            format!(
                "apiVersion: v1\nkind: list\nitems:\n- {}",
                pod("apiVersion: v1\nkind: Pod").replace('\n', "\n  ")
            ),
            "its `kind` is `list`",
            "`kind: List`",
        ),
    ] {
        let run = Dir::new(&[]).run_with(&*text, &["-f", "-"]);
        assert_eq!((run.status, &run.stdout), (Some(0), &text));
        assert!(
            run.stderr.starts_with("warning: ") && run.stderr.contains(message),
            "{text}\n{}",
            run.stderr
        );
        assert!(run.stderr.contains(help), "{text}\n{}", run.stderr);
        assert_eq!(
            run.stderr.lines().filter(|line| line.starts_with(['w', 'i', 'e'])).count(),
            1,
            "{}",
            run.stderr
        );
        assert_eq!(Dir::new(&[]).run_with(&*text, &["-f", "-", "--strict"]).status, Some(1));
    }
}

/// Helm's `Chart.yaml` and custom kinds are not misspelled Pods.
#[test]
fn other_files_are_not_misspelled_objects() {
    for text in [
        "apiVersion: v1\nname: chart\n".to_owned(),
        "apiVersion: v2\nname: chart\ndependencies: [{name: a}, {name: b}]\n".to_owned(),
        pod("apiVersion: v1\nkind: pod").replace("{name: b, image: x, command: [b]}", ""),
        pod("apiVersion: v1\nkind: pod")
            .replace("name: ä", "annotations: {norbjd.github.io/kueueleuleu: 'false'}"),
        "spec:\n  containers: [{name: a}, {name: b}]\n".to_owned(),
        "kind: [pod]\n".to_owned(),
        "apiVersion: v1\nkind: list\nitems: []\n".to_owned(),
    ] {
        Dir::new(&[]).run_with(&*text, &["-f", "-"]).is(0, &text, "");
    }
    let text = pod("apiVersion: v1\nkind: pod");
    let run = Dir::new(&[]).run_with(&*text, &["-f", "-", "--kind", "Job"]);
    assert!(!run.stderr.contains("its `kind`"), "{}", run.stderr);
}

#[test]
fn pods_in_other_kinds_are_noted_with_their_count() {
    let deployment = job("apiVersion: apps/v1\nkind: Deployment");
    let job_set = format!(
        "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: j}}\nspec:\n  replicatedJobs:\n  - template: \
         {{spec: {{template: {{spec: {{{CONTAINERS}}}}}}}}}\n"
    );
    let dir = Dir::new(&[("a.yaml", &deployment), ("b.yaml", &job_set)]);
    let run = dir.run(&["-f", "."]);
    assert_eq!(run.status, Some(0));
    let message = "its 2 containers run at the same time: only Pods, Jobs and CronJobs are sequenced";
    assert!(
        run.stderr.contains(&format!("info: Deployment `ä`: {message}\n  --> a.yaml:4:")),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains(&format!("info: JobSet `j`: {message}\n  --> b.yaml:6:")), "{}", run.stderr);
    dir.run(&["-q", "-f", "a.yaml"]).is(0, &deployment, "");
    dir.write(
        "a.yaml",
        format!("{deployment}---\n{deployment}---\n{}", job("apiVersion: batch.volcano.sh/v1\nkind: Job")),
    );
    let run = dir.run(&["-f", "a.yaml"]);
    assert!(
        run.stderr
            .contains("info: 2 pods in objects of kind `Deployment` (`apps/v1`) have several containers"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("info: Job `ä`: its 2 containers"), "{}", run.stderr);
    assert_eq!(dir.run(&["-v", "-f", "a.yaml"]).stderr.matches("its 2 containers").count(), 3);
    // A list, anchors, and a field `containers` that does not list containers.
    dir.write("a.yaml", format!("kind: List\napiVersion: v1\nitems:\n- &d\n  {}- *d\n- {{kind: CustomResourceDefinition, spec: {{containers: [1, 2]}}}}\n", deployment.trim_end().replace('\n', "\n  ") + "\n"));
    let run = dir.run(&["-f", "a.yaml"]);
    assert!(run.stderr.starts_with("info: 2 pods"), "{}", run.stderr);
}

#[test]
fn a_resource_list_among_manifests_is_a_warning() {
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}",
        POD.replace('\n', "\n  ")
    );
    let run = Dir::new(&[]).run_with(&*list, &["-f", "-"]);
    assert_eq!((run.status, &run.stdout), (Some(0), &list));
    assert!(
        run.stderr.starts_with("warning: ResourceList: a `ResourceList` is the input of the KRM function"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("help: pass it to the function: `kueueleuleu < FILE`, without `-f`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_function_under_generators_or_validators_is_a_warning() {
    let config = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";
    let dir = Dir::new(&[
        (
            "k/kustomization.yaml",
            "generators:\n- other.yaml\n- seq.yaml\ntransformers: [seq.yaml]\nvalidators:\n- |-\n  kind: SequentialContainers\n",
        ),
        ("k/seq.yaml", config),
        ("k/other.yaml", "kind: Other\n"),
        ("good/kustomization.yaml", "transformers: [seq.yaml]\n"),
        ("good/seq.yaml", config),
    ]);
    let run = dir.run(&["-f", "k", "-f", "good"]);
    assert_eq!(run.status, Some(0));
    assert_eq!(run.stderr.matches("warning: ").count(), 2, "{}", run.stderr);
    assert!(run.stderr.contains("the function has no effect under `generators`: a generator receives no resources\n  --> k/kustomization.yaml:3:3 (generators[1])"), "{}", run.stderr);
    assert!(run.stderr.contains("no effect under `validators`"), "{}", run.stderr);
    // The `ResourceList` that kustomize passes to a generator.
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: \
                kueueleuleu.dev/v1alpha1\n  kind: SequentialContainers\n  metadata: {annotations: \
                {config.kubernetes.io/function: x}}\nitems: []\n";
    let run = dir.run_with(list, &[]);
    assert!(
        run.status == Some(0) && run.stderr.starts_with("warning: kustomize gave the function no resources"),
        "{}",
        run.stderr
    );
}

#[test]
fn no_problem_hides_another() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: ä}
spec:
  restartPolicy: never
  containers:
  - {name: a, image: 1, command: [1]}
  - {name: b, image: 'x y', volumeMounts: 1}
  - {name: c, image: x}
  - {name: c, image: x, command: ['']}
  - {name: c, name: d, image: x}
  - x
";
    // A syntax error in a later document does not hide the errors of an earlier one.
    let dir = Dir::new(&[("a.yaml", &*format!("{text}---\n- a\nb\n")), ("b.yaml", BARE)]);
    let run = dir.run(&["-f", "a.yaml", "b.yaml"]);
    assert_eq!(run.status, Some(2));
    for expected in [
        "`spec.containers[0].image` is a number",
        "`spec.containers[0].command[0]` is a number",
        "`spec.containers[1].volumeMounts` is a number",
        "the `restartPolicy` of the pod is `never`, which Kubernetes does not know",
        "help: write `Never`",
        "the image of container `b` contains whitespace: `x y`",
        "two containers are named `c`",
        "the first word of the `command` of container `c` is empty",
        "the key `name` occurs twice",
        "`spec.containers[5]` is a string, not a mapping",
        "containers `b`, `c` have no `command`",
        "not YAML",
        "container `bare` has no `command`",
    ] {
        assert!(run.stderr.contains(expected), "{expected}\n{}", run.stderr);
    }
    let run = dir.run(&["--config", "none.yaml", "--config", "missing.yaml", "-f", "nothing.yaml"]);
    for file in ["none.yaml", "missing.yaml", "nothing.yaml"] {
        assert!(run.stderr.contains(&format!("could not read `{file}`")), "{}", run.stderr);
    }
}

#[test]
fn the_restart_policy_of_a_container_must_be_valid() {
    let text = pod("apiVersion: v1\nkind: Pod").replace("{name: b,", "{name: b, restartPolicy: Sometimes,");
    let run = Dir::new(&[]).run_with(&*text, &["-f", "-"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("the `restartPolicy` of container `b` is `Sometimes`"), "{}", run.stderr);
    // Kubernetes validates pods that are not sequenced.
    let one = "apiVersion: v1\nkind: Pod\nspec: {restartPolicy: never, containers: [{name: a, image: 'x y', command: ['']}]}\n";
    Dir::new(&[]).run_with(one, &["-f", "-"]).is(0, one, "");
}

#[test]
fn an_argument_that_linux_cannot_pass_is_a_warning() {
    for (length, warns) in [(128 * 1024 - 1, false), (128 * 1024, true)] {
        let text = pod("apiVersion: v1\nkind: Pod")
            .replace("command: [b]", &format!("command: [b], args: [x, {}]", "y".repeat(length)));
        let run = Dir::new(&[]).run_with(&*text, &["-f", "-"]);
        assert_eq!(run.status, Some(0));
        assert_eq!(
            run.stderr.contains("an argument of container `b` has 131072 bytes"),
            warns,
            "{}",
            &run.stderr[..run.stderr.len().min(500)]
        );
        assert_eq!(run.stderr.contains("spec.containers[1].args[1]"), warns);
    }
}

/// The fix that fits best comes first.
#[test]
fn a_missing_command_has_several_fixes() {
    let first_fix = |text: &str| {
        let run = Dir::new(&[]).run_with(text, &["-f", "-", "--kind", "Pod,Job"]);
        let help = run.stderr.split("no `command`").nth(1).unwrap_or_default().to_owned();
        let mut fixes: Vec<_> = ["`images`", "`sidecars`", "`strategy: InitContainers`"]
            .into_iter()
            .map(|fix| (help.find(fix).unwrap_or_else(|| panic!("{fix} in {}", run.stderr)), fix))
            .collect();
        fixes.sort_unstable();
        fixes[0].1
    };
    let bare = |name: &str, image: &str| {
        job("apiVersion: batch/v1\nkind: Job")
            .replace("{name: a, image: x, command: [a]}", &format!("{{name: {name}, image: '{image}'}}"))
    };
    assert_eq!(first_fix(&bare("a", "alpine")), "`images`");
    assert_eq!(first_fix(&bare("istio-proxy", "auto")), "`sidecars`");
    for image in [
        "docker.io/istio/proxyv2:1.20.0",
        "envoyproxy/envoy:v1",
        "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.1",
    ] {
        assert_eq!(first_fix(&bare("a", image)), "`sidecars`");
    }
    let always = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: one, image: x}, {name: two, image: y}]}\n";
    assert_eq!(first_fix(always), "`strategy: InitContainers`");
    let probed =
        bare("a", "alpine").replace("image: 'alpine'", "image: alpine, livenessProbe: {httpGet: {port: 80}}");
    assert_eq!(first_fix(&probed), "`images`");
}
