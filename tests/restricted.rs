//! Checks converted pods against the Pod Security Standard "restricted", rule by rule.
//!
//! Source: <https://kubernetes.io/docs/concepts/security/pod-security-standards/>, with all rules of "baseline", which
//! "restricted" includes. No cluster takes part: the rules are those that its admission would check.

#![expect(clippy::unwrap_used, reason = "tests fail in their helpers")]

use kueueleuleu::{Config, Converter};
use serde_yaml::Value;

/// Admitted by "restricted".
const POD: &str = "\
# prüft die Zulassung
apiVersion: v1
kind: Pod
metadata:
  name: restricted
spec:
  restartPolicy: Never
  securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
  initContainers:
  - name: own
    image: busybox
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  containers:
  - name: first
    image: busybox
    command: [echo]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
  - name: proxy
    image: busybox
    command: [echo]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  - name: second
    image: busybox
    command: [echo]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  volumes:
  - name: data
    emptyDir: {}
";

/// A rule: its name in the standard, and whether a pod and one of its containers comply.
type Rule = (&'static str, fn(&Value, &Value) -> bool);

const RULES: [Rule; 17] = [
    ("HostProcess", |pod, container| {
        either(pod, container, &["windowsOptions", "hostProcess"], is_not(true))
    }),
    ("Host Namespaces", |pod, _| {
        ["hostNetwork", "hostPID", "hostIPC"].iter().all(|key| pod[*key].as_bool() != Some(true))
    }),
    ("Privileged Containers", |_, container| context(container, &["privileged"]).as_bool() != Some(true)),
    ("Capabilities (baseline)", |_, container| added(container).iter().all(|name| BASELINE.contains(name))),
    ("HostPath Volumes", |pod, _| volumes(pod).all(|volume| volume["hostPath"].is_null())),
    ("Host Ports", |_, container| {
        let mut ports = container["ports"].as_sequence().into_iter().flatten();
        ports.all(|port| matches!(port["hostPort"].as_u64(), None | Some(0)))
    }),
    // Since Kubernetes 1.34.
    ("Host Probes / Lifecycle Hooks", |_, container| {
        let lifecycle = &container["lifecycle"];
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|key| &container[key]);
        let mut handlers = probes.into_iter().chain([&lifecycle["postStart"], &lifecycle["preStop"]]);
        handlers.all(|handler| {
            ["httpGet", "tcpSocket"]
                .iter()
                .all(|action| matches!(handler[*action]["host"].as_str(), None | Some("")))
        })
    }),
    ("AppArmor", |pod, container| {
        either(pod, container, &["appArmorProfile", "type"], |found| found.as_str() != Some("Unconfined"))
    }),
    ("SELinux", |pod, container| {
        const TYPES: [&str; 4] = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
        either(pod, container, &["seLinuxOptions"], |options| {
            let of_type = options["type"].as_str();
            let has_no = |key: &str| options[key].is_null();
            has_no("user") && has_no("role") && of_type.is_none_or(|name| TYPES.contains(&name))
        })
    }),
    ("/proc Mount Type", |_, container| {
        matches!(context(container, &["procMount"]).as_str(), None | Some("Default"))
    }),
    ("Sysctls", |pod, _| {
        let mut sysctls = context(pod, &["sysctls"]).as_sequence().into_iter().flatten();
        sysctls.all(|sysctl| sysctl["name"].as_str().is_some_and(|name| SAFE_SYSCTLS.contains(&name)))
    }),
    ("Volume Types", |pod, _| {
        const ALLOWED: [&str; 8] = [
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "persistentVolumeClaim",
            "projected",
            "secret",
        ];
        volumes(pod).all(|volume| {
            let mut keys = volume.as_mapping().into_iter().flatten().filter_map(|(key, _)| key.as_str());
            keys.all(|key| key == "name" || ALLOWED.contains(&key))
        })
    }),
    ("Privilege Escalation", |_, container| {
        context(container, &["allowPrivilegeEscalation"]).as_bool() == Some(false)
    }),
    ("Running as Non-root", |pod, container| {
        let own = context(container, &["runAsNonRoot"]).as_bool();
        own.or_else(|| context(pod, &["runAsNonRoot"]).as_bool()) == Some(true)
    }),
    ("Running as Non-root user", |pod, container| {
        either(pod, container, &["runAsUser"], |user| user.as_u64() != Some(0))
    }),
    ("Seccomp", |pod, container| {
        let own = context(container, &["seccompProfile", "type"]).as_str();
        let found = own.or_else(|| context(pod, &["seccompProfile", "type"]).as_str());
        matches!(found, Some("RuntimeDefault" | "Localhost"))
    }),
    ("Capabilities (restricted)", |_, container| {
        let dropped = strings(context(container, &["capabilities", "drop"]));
        dropped.contains(&"ALL") && added(container).iter().all(|name| *name == "NET_BIND_SERVICE")
    }),
];

const SAFE_SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
];

const BASELINE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn context<'v>(of: &'v Value, keys: &[&str]) -> &'v Value {
    keys.iter().fold(&of["securityContext"], |value, key| &value[*key])
}

fn either(pod: &Value, container: &Value, keys: &[&str], is_fine: impl Fn(&Value) -> bool) -> bool {
    is_fine(context(pod, keys)) && is_fine(context(container, keys))
}

fn is_not(unwanted: bool) -> impl Fn(&Value) -> bool {
    move |value| value.as_bool() != Some(unwanted)
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_sequence().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn added(container: &Value) -> Vec<&str> {
    strings(context(container, &["capabilities", "add"]))
}

fn volumes(pod: &Value) -> impl Iterator<Item = &Value> {
    pod["volumes"].as_sequence().into_iter().flatten()
}

/// The names of the rules that the pod breaks, each with the container that breaks it.
fn broken(text: &str) -> Vec<(&'static str, String)> {
    let object: Value = serde_yaml::from_str(text).unwrap();
    let pod = &object["spec"];
    let lists = [&pod["initContainers"], &pod["containers"]];
    let containers: Vec<_> = lists.into_iter().filter_map(Value::as_sequence).flatten().collect();
    let broken = RULES.iter().flat_map(|(name, is_kept)| {
        let of = containers.iter().filter(|container| !is_kept(pod, container));
        of.map(|container| (*name, container["name"].as_str().unwrap().to_owned()))
    });
    broken.collect()
}

fn convert(text: &str, spec: &str) -> String {
    let head = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers";
    let config = Config::from_yaml(&format!("{head}\nspec: {{{spec}}}\n")).unwrap();
    let converted = Converter::new(config).documents(text).unwrap();
    assert!(!converted.has_errors(), "{:?}", converted.diagnostics);
    converted.text()
}

const CONFIGS: [&str; 4] = [
    "",
    "entrypoint: {image: e, kind: Kueueleuleu}, sidecars: [proxy]",
    "strategy: InitContainers",
    "order: [second, proxy, first], steps: [{name: first, timeout: 1s}]",
];

#[test]
fn a_pod_that_complies_still_complies_after_its_conversion() {
    assert_eq!(broken(POD), []);
    for config in CONFIGS {
        let converted = convert(POD, config);
        assert_ne!(converted, POD);
        assert_eq!(broken(&converted), [], "{config}");
    }
}

#[test]
fn the_prepare_container_complies_whatever_the_pod_does() {
    // The pod's security context is gone, so the prepare container needs its own.
    let pod = POD.replace(
        "  securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}\n",
        "",
    );
    let converted = convert(&pod, "");
    assert!(!broken(&pod).is_empty());
    let of_prepare: Vec<_> =
        broken(&converted).into_iter().filter(|(_, name)| name == "kueueleuleu-prepare").collect();
    assert_eq!(of_prepare, []);
    // No user: OpenShift's `restricted-v2` assigns a range to each namespace.
    assert!(!converted.contains("runAsUser"), "{converted}");
}

#[test]
fn in_a_pod_that_runs_as_root_the_prepare_container_may_be_root() {
    let root = POD.replace("runAsNonRoot: true, runAsUser: 1000", "runAsUser: 0");
    let mut of_prepare = broken(&convert(&root, ""));
    of_prepare.retain(|(_, name)| name == "kueueleuleu-prepare");
    let rules: Vec<_> = of_prepare.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, ["Running as Non-root", "Running as Non-root user"]);
}

#[test]
fn each_rule_finds_a_pod_that_breaks_it() {
    let tight = "{allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}";
    let of_second =
        format!("name: second\n    image: busybox\n    command: [echo]\n    securityContext: {tight}");
    assert!(POD.contains(&of_second));
    let second = |context: &str| POD.replace(&of_second, &of_second.replace(tight, context));
    let pod = |field: &str| {
        POD.replace("  restartPolicy: Never\n", &format!("  restartPolicy: Never\n  {field}\n"))
    };
    let with = |more: &str| second(&tight.replace('}', "").replace("[ALL]", &format!("[ALL]}}, {more}}}")));
    let cases = [
        ("HostProcess", with("windowsOptions: {hostProcess: true}")),
        ("Host Namespaces", pod("hostPID: true")),
        ("Privileged Containers", with("privileged: true")),
        (
            "Capabilities (baseline)",
            second("{allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [SYS_ADMIN]}}"),
        ),
        ("HostPath Volumes", POD.replace("emptyDir: {}", "hostPath: {path: /}")),
        (
            "Host Ports",
            POD.replace(
                "  - name: second\n",
                "  - name: second\n    ports: [{containerPort: 1, hostPort: 1}]\n",
            ),
        ),
        (
            "Host Probes / Lifecycle Hooks",
            POD.replace(
                "  - name: second\n",
                "  - name: second\n    livenessProbe: {tcpSocket: {host: localhost, port: 1}}\n",
            ),
        ),
        ("AppArmor", with("appArmorProfile: {type: Unconfined}")),
        ("SELinux", with("seLinuxOptions: {user: a}")),
        ("/proc Mount Type", with("procMount: Unmasked")),
        (
            "Sysctls",
            POD.replace("{runAsNonRoot: true,", "{runAsNonRoot: true, sysctls: [{name: a, value: b}],"),
        ),
        ("Volume Types", POD.replace("emptyDir: {}", "nfs: {server: a, path: /}")),
        ("Privilege Escalation", second("{capabilities: {drop: [ALL]}}")),
        ("Running as Non-root", with("runAsNonRoot: false")),
        ("Running as Non-root user", with("runAsUser: 0")),
        ("Seccomp", with("seccompProfile: {type: Unconfined}")),
        (
            "Capabilities (restricted)",
            second("{allowPrivilegeEscalation: false, capabilities: {drop: [KILL]}}"),
        ),
    ];
    for (rule, text) in &cases {
        assert!(broken(text).iter().any(|(broken, _)| broken == rule), "{rule} is not broken by:\n{text}");
        // The conversion breaks no other rule.
        let names = |text: &str| {
            broken(text).into_iter().map(|(rule, _)| rule).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(&convert(text, "")), names(text));
    }
    assert!(RULES.iter().all(|(rule, _)| cases.iter().any(|(of, _)| of == rule)));
}
