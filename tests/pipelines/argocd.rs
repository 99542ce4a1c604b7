//! Tests the Argo CD plugin without Argo CD: runs the plugin's commands as the sidecar does, and applies the patches to
//! the Deployment of Argo CD.

use crate::console;
use crate::machine::{Run, Workplace, documents, executable, is_kind, oldest_and_newest_kubectl, repository};
use serde_yaml::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The parts of Argo CD's own manifests that the patches change.
const ARGO_CD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-repo-server}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: argocd-repo-server}}
  template:
    metadata: {labels: {app.kubernetes.io/name: argocd-repo-server}}
    spec:
      initContainers:
      - {name: copyutil, image: quay.io/argoproj/argocd, command: [cp, /usr/local/bin/argocd, /var/run/argocd/argocd-cmp-server]}
      containers:
      - name: argocd-repo-server
        image: quay.io/argoproj/argocd
        volumeMounts:
        - {name: tmp, mountPath: /tmp}
      volumes:
      - {name: tmp, emptyDir: {}}
      - {name: var-files, emptyDir: {}}
      - {name: plugins, emptyDir: {}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
";

/// Runs the README. If kustomize is missing, the one in kubectl replaces it.
pub(crate) fn readme(directory: &str) {
    for kubectl in oldest_and_newest_kubectl() {
        let place = Workplace::copy_of(directory);
        kustomize(&place, &kubectl);
        console::run(directory, &place);
    }
}

fn kustomize(place: &Workplace, kubectl: &Path) {
    let build = "[ \"$1\" = build ] || exit 64\nshift\n";
    place.script("kustomize", &format!("#!/bin/sh\n{build}exec '{}' kustomize \"$@\"\n", kubectl.display()));
}

fn value(file: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(repository().join("examples/argocd").join(file)).unwrap())
        .unwrap()
}

fn words(value: &Value) -> Vec<String> {
    serde_yaml::from_value(value.clone()).unwrap()
}

/// The directory of an application, as Argo CD's sidecar sets it up.
struct Sidecar {
    place: Workplace,
    plugin: Value,
}

impl Sidecar {
    const APP: &'static str = "_cmp_server/6ba7b810-9dad-11d1-80b4-00c04fd430c8/app";

    /// Returns `None` if kubectl is missing.
    fn new() -> Option<Self> {
        let place = Workplace::new();
        kustomize(&place, oldest_and_newest_kubectl().last()?);
        for entry in fs::read_dir(repository().join("examples/argocd/app")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            place.write(&format!("{}/{name}", Self::APP), &fs::read_to_string(&path).unwrap());
        }
        Some(Self { place, plugin: value("plugin/plugin.yaml") })
    }

    /// Runs `spec.generate` of plugin.yaml.
    fn generate(&self) -> Run {
        let generate = &self.plugin["spec"]["generate"];
        let command = [words(&generate["command"]), words(&generate["args"])].concat();
        let mut process: Command = self.place.command(&command[0]);
        process.args(&command[1..]).current_dir(self.place.path(Self::APP));
        process.envs([
            ("ARGOCD_APP_NAME", "report"),
            ("ARGOCD_APP_NAMESPACE", "report"),
            ("ARGOCD_APP_PROJECT_NAME", "default"),
            ("ARGOCD_APP_REVISION", "0f3b1d0c7cbbf1a8de5e5fd8a1d2b9f3f64a4f10"),
            ("ARGOCD_APP_REVISION_SHORT", "0f3b1d0"),
            ("ARGOCD_APP_REVISION_SHORT_8", "0f3b1d0c"),
            ("ARGOCD_APP_SOURCE_PATH", "app"),
            ("ARGOCD_APP_SOURCE_REPO_URL", "https://git.example.com/report.git"),
            ("ARGOCD_APP_SOURCE_TARGET_REVISION", "main"),
            ("ARGOCD_APP_PARAMETERS", "[]"),
            ("KUBE_VERSION", "1.33"),
            ("KUBE_API_VERSIONS", "v1,batch/v1,batch/v1/CronJob"),
        ]);
        Run::of(&process.output().unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        self.place.write(&format!("{}/{name}", Self::APP), text);
    }

    fn read(&self, name: &str) -> String {
        self.place.read(&format!("{}/{name}", Self::APP))
    }
}

#[test]
fn the_plugin_generates_the_converted_manifests() {
    let Some(sidecar) = Sidecar::new() else { return };
    let expected = fs::read_to_string(repository().join("examples/argocd/expected.yaml")).unwrap();
    assert_eq!(sidecar.generate(), Run { status: Some(0), stdout: expected, stderr: String::new() });
    let file = sidecar.plugin["spec"]["discover"]["fileName"].as_str().unwrap();
    assert!(
        sidecar.place.path(Sidecar::APP).join(file).is_file(),
        "the application is not discovered by {file}"
    );
}

/// Asserts that the plugin fails with an empty stdout and these words on stderr.
#[track_caller]
fn fails(sidecar: &Sidecar, words: &str) {
    let run = sidecar.generate();
    assert_ne!(run.status, Some(0), "{}", run.stdout);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains(words), "{}", run.stderr);
}

/// An empty output with exit code 0 would make Argo CD prune the application.
#[test]
fn an_empty_output_is_an_error() {
    let Some(sidecar) = Sidecar::new() else { return };
    let (job, config) = (sidecar.read("job.yaml"), sidecar.read("sequential.yaml"));

    sidecar.write("job.yaml", &job.replace("command: [psql, --command]", "tty: false"));
    fails(&sidecar, "container `load` has no `command`");

    sidecar.write("job.yaml", "a: [\n");
    fails(&sidecar, "job.yaml");

    sidecar.write("job.yaml", &job);
    sidecar.write("sequential.yaml", &config.replace("entrypointImage", "entrypointImages"));
    fails(&sidecar, "did you mean `entrypointImage`?");

    sidecar.write("sequential.yaml", &config);
    sidecar.write("kustomization.yaml", "configurations: []\nnamespace: report\ncomponents: []\n");
    fails(&sidecar, "");

    fs::remove_file(sidecar.place.path(Sidecar::APP).join("sequential.yaml")).unwrap();
    fails(&sidecar, "sequential.yaml");
}

/// Argo CD's manifests with one of our components: the Deployment, whose volumes must all exist, and the `ConfigMap`s.
fn installed(component: &str) -> Option<(Value, Vec<Value>)> {
    let place = Workplace::copy_of("examples/argocd");
    place.program("kubectl", oldest_and_newest_kubectl().last()?);
    place.write("argocd/argocd.yaml", ARGO_CD);
    place.write(
        "argocd/kustomization.yaml",
        &format!("namespace: argocd\nresources: [argocd.yaml]\ncomponents: [{component}]\n"),
    );
    let built = place.bash("kubectl kustomize argocd").passed();
    let (deployments, maps): (Vec<_>, Vec<_>) =
        documents(&built).into_iter().partition(|object| is_kind(object, "Deployment"));
    let pod = &deployments[0]["spec"]["template"]["spec"];
    let volumes: Vec<_> = list(&pod["volumes"]).iter().map(|volume| volume["name"].clone()).collect();
    for container in [list(&pod["initContainers"]), list(&pod["containers"])].concat() {
        for mount in list(&container["volumeMounts"]) {
            assert!(volumes.contains(&mount["name"]), "no volume for {mount:?}");
        }
    }
    Some((pod.clone(), maps))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_sequence().cloned().unwrap_or_default()
}

fn named(containers: &Value, name: &str) -> Value {
    list(containers).into_iter().find(|container| container["name"].as_str() == Some(name)).unwrap()
}

#[test]
fn the_sidecar_meets_the_requirements_of_argo_cd() {
    let Some((pod, maps)) = installed("../plugin") else { return };
    let sidecar = named(&pod["containers"], "kueueleuleu");
    assert_eq!(words(&sidecar["command"]), ["/var/run/argocd/argocd-cmp-server"]);
    assert_eq!(sidecar["securityContext"]["runAsUser"], Value::from(999));
    let mounts: Vec<_> = list(&sidecar["volumeMounts"])
        .iter()
        .map(|mount| mount["mountPath"].as_str().unwrap().to_owned())
        .collect();
    for path in [
        "/var/run/argocd",
        "/home/argocd/cmp-server/plugins",
        "/home/argocd/cmp-server/config/plugin.yaml",
        "/tmp",
    ] {
        assert!(mounts.iter().any(|mount| mount == path), "{path} is not in {mounts:?}");
    }
    let copy = named(&pod["initContainers"], "kueueleuleu");
    assert_eq!(copy["securityContext"], sidecar["securityContext"]);

    let map = maps.iter().find(|map| !map["data"]["plugin.yaml"].is_null()).unwrap();
    let there: Value = serde_yaml::from_str(map["data"]["plugin.yaml"].as_str().unwrap()).unwrap();
    assert_eq!(there, value("plugin/plugin.yaml"));
    let volume = named(&pod["volumes"], "kueueleuleu-plugin");
    assert_eq!(volume["configMap"]["name"], map["metadata"]["name"]);
}

/// With the flags, the environment and the path of the program from the patches of the repo server.
#[test]
fn build_options_convert_in_the_repo_server() {
    let Some((pod, maps)) = installed("../build-options") else { return };
    let server = named(&pod["containers"], "argocd-repo-server");
    let env = named(&server["env"], "KUSTOMIZE_PLUGIN_HOME");
    let plugins = env["value"].as_str().unwrap();
    let mount = named(&server["volumeMounts"], "kueueleuleu-tools");
    let directory = mount["mountPath"].as_str().unwrap().strip_prefix(plugins).unwrap();
    let copy = words(&named(&pod["initContainers"], "kueueleuleu")["command"]);
    let program = copy.last().unwrap().strip_prefix("/tools/").unwrap();
    let options = maps.iter().find_map(|map| map["data"]["kustomize.buildOptions"].as_str()).unwrap();

    let mut place = Workplace::copy_of("examples/argocd/app");
    place.program("kubectl", oldest_and_newest_kubectl().last().unwrap());
    let home = place.home().join("plugins");
    place.set("KUSTOMIZE_PLUGIN_HOME", home.to_str().unwrap());
    executable(
        &home.join(directory.trim_start_matches('/')).join(program),
        "#!/bin/sh\nexec kueueleuleu \"$@\"\n",
    );
    let kustomization = place.read("kustomization.yaml") + "transformers:\n- sequential.yaml\n";
    place.write("kustomization.yaml", &kustomization);
    let built = place.bash(&format!("kubectl kustomize {options} .")).passed();

    let expected = fs::read_to_string(repository().join("examples/argocd/expected.yaml")).unwrap();
    assert_eq!(documents(&built), documents(&expected));
}
