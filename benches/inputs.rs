//! Generates the inputs of the benchmarks, which are the same on every machine.
#![allow(dead_code, reason = "each benchmark uses some of these functions")]

use std::fmt::Write as _;

/// A pod with two containers.
pub(crate) fn pod(number: usize) -> String {
    format!(
        "\
apiVersion: v1
kind: Pod
metadata:
  name: build-{number}
  namespace: team-{}
  labels:
    app.kubernetes.io/name: build
spec:
  restartPolicy: Never
  containers:
  # Fetches what is built.
  - name: fetch
    image: docker.io/library/busybox:1.36
    command:
    - wget
    args: [-O, /data/source.tar, \"https://example.com/{number}.tar\"]
    volumeMounts:
    - name: data
      mountPath: /data
  - name: build
    image: docker.io/library/busybox:1.36
    command: [tar, -xf, /data/source.tar]
    volumeMounts:
    - name: data
      mountPath: /data
  volumes:
  - name: data
    emptyDir: {{}}
",
        number % 17
    )
}

/// A stream of pods.
pub(crate) fn pods(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        if number > 0 {
            text.push_str("---\n");
        }
        text.push_str(&pod(number));
    }
    text
}

/// A `ResourceList` of about this size, in which every `every`th item is a pod; with 0, none is.
pub(crate) fn resource_list(bytes: usize, every: usize) -> String {
    let mut text =
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: kueueleuleu.dev/v1alpha1\n  kind: SequentialContainers\n  metadata:\n    name: all\nitems:\n"
            .to_owned();
    let mut number = 0;
    while text.len() < bytes {
        let item = match number {
            _ if every > 0 && number % every == every - 1 => pod(number),
            _ if number % 3 == 0 => config_map(number),
            _ if number % 3 == 1 => service(number),
            _ => deployment(number),
        };
        for (at, line) in item.lines().enumerate() {
            let indent = match (at, line) {
                (0, _) => "- ",
                (_, "") => "",
                _ => "  ",
            };
            writeln!(text, "{indent}{line}").expect("strings take all text");
        }
        number += 1;
    }
    text
}

fn config_map(number: usize) -> String {
    format!(
        "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: scripts-{number}
  annotations:
    config.kubernetes.io/index: '{}'
    config.kubernetes.io/path: base/scripts-{number}.yaml
data:
  LOG_LEVEL: \"info\" # or debug
  run.sh: |
    #!/bin/sh
    set -eu
    # - kind: Pod would be no item here
    for host in a b c; do
      echo \"asking $host: {{it may take a while}}\"
      wget -q -O - \"http://$host:8080/healthz\" || exit 1
    done

  pod.yaml: |-
    - kind: Pod
      apiVersion: v1
      metadata: {{name: inner}}
      spec:
        containers:
        - name: a
          command: [\"sh\", \"-c\", \"true\"]
  motd: >
    Written by hand, and folded
    when it is read.
",
        number % 5
    )
}

fn service(number: usize) -> String {
    format!(
        "\
# Reached from the ingress only.
apiVersion: v1
kind: Service
metadata:
  name: web-{number}
  labels: {{app: web, tier: \"front\"}}
spec:
  type: ClusterIP
  selector:
    app: web
  ports:
  - name: http # the probes use it too
    port: 80
    targetPort: 8080
    protocol: TCP
"
    )
}

fn deployment(number: usize) -> String {
    format!(
        "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
  namespace: shop
  labels:
    app: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
        version: \"{number}\"
    spec:
      containers:
      - name: web
        image: \"registry.example.com/shop/web:v1.{number}\"
        args: [\"--listen=:8080\", '--verbose', --workers=4]
        env:
        - name: GREETING
          value: 'it''s \u{fc}ber'
        - {{name: POD_NAME, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}
        resources:
          limits: {{cpu: 500m, memory: 256Mi}}
          requests:
            cpu: 100m
            memory: 128Mi
        readinessProbe:
          httpGet: {{path: /healthz, port: 8080}}
          periodSeconds: 10
        volumeMounts:
        - mountPath: /etc/web
          name: config
      volumes:
      # Filled by an operator.
      - name: config
        configMap:
          name: web-{number}
          items: []
"
    )
}
