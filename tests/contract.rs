//! The contract of the rewritten pod, written out by hand: what clusters and existing clients rely on.
#![expect(clippy::unwrap_used, reason = "tests fail in their helpers")]

/// The text after its conversion, which must leave stderr empty.
fn convert(text: &str) -> String {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
    let run = command.args(["-f", "-"]).write_stdin(text).assert().success().stderr("");
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}

#[test]
fn a_pod_with_two_containers() {
    let pod = r"apiVersion: v1
kind: Pod
metadata:
  name: two
spec:
  restartPolicy: Never
  containers:
    - name: first
      image: docker.io/library/busybox:1.37
      command: [echo, one]
    - name: second
      image: docker.io/library/busybox:1.37
      command: [echo, two]
";
    let converted = r#"apiVersion: v1
kind: Pod
metadata:
  name: two
  annotations:
    norbjd.github.io/kueueleuleu: "true"
spec:
  restartPolicy: Never
  containers:
    - name: first
      image: docker.io/library/busybox:1.37
      command:
        - /tekton/bin/entrypoint
        - -post_file
        - /tekton/run/0/out
        - -termination_path
        - /tekton/run/0/termination
        - -step_metadata_dir
        - /tekton/run/0/status
        - -entrypoint
        - echo
        - --
        - one
      volumeMounts:
        - name: tekton-internal-bin
          mountPath: /tekton/bin
          readOnly: true
        - name: tekton-internal-run-0
          mountPath: /tekton/run/0
    - name: second
      image: docker.io/library/busybox:1.37
      command:
        - /tekton/bin/entrypoint
        - -wait_file
        - /tekton/run/0/out
        - -post_file
        - /tekton/run/1/out
        - -termination_path
        - /tekton/run/1/termination
        - -step_metadata_dir
        - /tekton/run/1/status
        - -entrypoint
        - echo
        - --
        - two
      volumeMounts:
        - name: tekton-internal-bin
          mountPath: /tekton/bin
          readOnly: true
        - name: tekton-internal-run-0
          mountPath: /tekton/run/0
          readOnly: true
        - name: tekton-internal-run-1
          mountPath: /tekton/run/1
  initContainers:
    - name: kueueleuleu-prepare
      image: ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296:v1.12.0@sha256:3ec960b07abd85604242e146092e72f11be8787452c2a20d12a37fdee4a666e2
      workingDir: /
      command: [/ko-app/entrypoint, cp, /ko-app/entrypoint, /tekton/bin/entrypoint]
      volumeMounts:
        - name: tekton-internal-bin
          mountPath: /tekton/bin
      securityContext:
        allowPrivilegeEscalation: false
        capabilities:
          drop: [ALL]
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
  volumes:
    - name: tekton-internal-bin
      emptyDir: {}
    - name: tekton-internal-run-0
      emptyDir: {}
    - name: tekton-internal-run-1
      emptyDir: {}
"#;
    assert_eq!(convert(pod), converted);
}

#[expect(clippy::too_many_lines, reason = "the contract is written out")]
#[test]
fn a_pod_with_three_containers_and_all_that_the_rewrite_touches() {
    let pod = r#"apiVersion: v1
kind: Pod
metadata:
  name: three
  annotations:
    example.com/team: shop
spec:
  restartPolicy: Never
  initContainers:
    - name: clone
      image: docker.io/alpine/git:2.49.1
  containers:
    - name: first
      image: docker.io/library/busybox:1.37
      command:
        - sh
        - -c
      args:
        - echo $(NAME)
      resources:
        limits:
          cpu: 100m
          memory: 64Mi
          example.com/gpu: 1
        requests:
          ephemeral-storage: 1Gi
    - name: second
      image: docker.io/library/busybox:1.37
      command:
        - "true"
      volumeMounts:
        - name: work
          mountPath: /work
    - name: third
      image: docker.io/library/busybox:1.37
      command:
        - sleep
      args:
        - "1"
  volumes:
    - name: work
      emptyDir: {}
"#;
    let converted = r#"apiVersion: v1
kind: Pod
metadata:
  name: three
  annotations:
    example.com/team: shop
    norbjd.github.io/kueueleuleu: "true"
spec:
  restartPolicy: Never
  initContainers:
    - name: clone
      image: docker.io/alpine/git:2.49.1
    - name: kueueleuleu-prepare
      image: ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296:v1.12.0@sha256:3ec960b07abd85604242e146092e72f11be8787452c2a20d12a37fdee4a666e2
      workingDir: /
      command: [/ko-app/entrypoint, cp, /ko-app/entrypoint, /tekton/bin/entrypoint]
      volumeMounts:
        - name: tekton-internal-bin
          mountPath: /tekton/bin
      resources:
        limits:
          cpu: 100m
          memory: 64Mi
        requests:
          ephemeral-storage: 1Gi
      securityContext:
        allowPrivilegeEscalation: false
        capabilities:
          drop: [ALL]
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
  containers:
    - name: first
      image: docker.io/library/busybox:1.37
      command:
        - /tekton/bin/entrypoint
        - -post_file
        - /tekton/run/0/out
        - -termination_path
        - /tekton/run/0/termination
        - -step_metadata_dir
        - /tekton/run/0/status
        - -entrypoint
        - sh
        - --
        - -c
      args:
        - echo $(NAME)
      resources:
        limits:
          cpu: 100m
          memory: 64Mi
          example.com/gpu: 1
        requests:
          ephemeral-storage: 1Gi
      volumeMounts:
        - name: tekton-internal-bin
          mountPath: /tekton/bin
          readOnly: true
        - name: tekton-internal-run-0
          mountPath: /tekton/run/0
    - name: second
      image: docker.io/library/busybox:1.37
      command:
        - /tekton/bin/entrypoint
        - -wait_file
        - /tekton/run/0/out
        - -post_file
        - /tekton/run/1/out
        - -termination_path
        - /tekton/run/1/termination
        - -step_metadata_dir
        - /tekton/run/1/status
        - -entrypoint
        - "true"
        - --
      volumeMounts:
        - name: work
          mountPath: /work
        - name: tekton-internal-bin
          mountPath: /tekton/bin
          readOnly: true
        - name: tekton-internal-run-0
          mountPath: /tekton/run/0
          readOnly: true
        - name: tekton-internal-run-1
          mountPath: /tekton/run/1
    - name: third
      image: docker.io/library/busybox:1.37
      command:
        - /tekton/bin/entrypoint
        - -wait_file
        - /tekton/run/1/out
        - -post_file
        - /tekton/run/2/out
        - -termination_path
        - /tekton/run/2/termination
        - -step_metadata_dir
        - /tekton/run/2/status
        - -entrypoint
        - sleep
        - --
      args:
        - "1"
      volumeMounts:
        - name: tekton-internal-bin
          mountPath: /tekton/bin
          readOnly: true
        - name: tekton-internal-run-1
          mountPath: /tekton/run/1
          readOnly: true
        - name: tekton-internal-run-2
          mountPath: /tekton/run/2
  volumes:
    - name: work
      emptyDir: {}
    - name: tekton-internal-bin
      emptyDir: {}
    - name: tekton-internal-run-0
      emptyDir: {}
    - name: tekton-internal-run-1
      emptyDir: {}
    - name: tekton-internal-run-2
      emptyDir: {}
"#;
    assert_eq!(convert(pod), converted);
}

#[test]
fn a_pod_with_five_containers_as_minified_json() {
    let pod = concat!(
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"five"},"spec":{"restartPolicy":"Never","containers":["#,
        r#"{"name":"a","image":"i","command":["a"]},"#,
        r#"{"name":"b","image":"i","command":["b"]},"#,
        r#"{"name":"c","image":"i","command":["c"]},"#,
        r#"{"name":"d","image":"i","command":["d"]},"#,
        r#"{"name":"e","image":"i","command":["e","f"],"args":["g"]}"#,
        r"]}}",
        "\n"
    );
    let converted = concat!(
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"five","annotations":{"norbjd.github.io/kueueleuleu":"true"}},"spec":{"restartPolicy":"Never","containers":["#,
        r#"{"name":"a","image":"i","command":["/tekton/bin/entrypoint","-post_file","/tekton/run/0/out","-termination_path","/tekton/run/0/termination","-step_metadata_dir","/tekton/run/0/status","-entrypoint","a","--"],"#,
        r#""volumeMounts":[{"name":"tekton-internal-bin","mountPath":"/tekton/bin","readOnly":true},{"name":"tekton-internal-run-0","mountPath":"/tekton/run/0"}]},"#,
        r#"{"name":"b","image":"i","command":["/tekton/bin/entrypoint","-wait_file","/tekton/run/0/out","-post_file","/tekton/run/1/out","-termination_path","/tekton/run/1/termination","-step_metadata_dir","/tekton/run/1/status","-entrypoint","b","--"],"#,
        r#""volumeMounts":[{"name":"tekton-internal-bin","mountPath":"/tekton/bin","readOnly":true},{"name":"tekton-internal-run-0","mountPath":"/tekton/run/0","readOnly":true},{"name":"tekton-internal-run-1","mountPath":"/tekton/run/1"}]},"#,
        r#"{"name":"c","image":"i","command":["/tekton/bin/entrypoint","-wait_file","/tekton/run/1/out","-post_file","/tekton/run/2/out","-termination_path","/tekton/run/2/termination","-step_metadata_dir","/tekton/run/2/status","-entrypoint","c","--"],"#,
        r#""volumeMounts":[{"name":"tekton-internal-bin","mountPath":"/tekton/bin","readOnly":true},{"name":"tekton-internal-run-1","mountPath":"/tekton/run/1","readOnly":true},{"name":"tekton-internal-run-2","mountPath":"/tekton/run/2"}]},"#,
        r#"{"name":"d","image":"i","command":["/tekton/bin/entrypoint","-wait_file","/tekton/run/2/out","-post_file","/tekton/run/3/out","-termination_path","/tekton/run/3/termination","-step_metadata_dir","/tekton/run/3/status","-entrypoint","d","--"],"#,
        r#""volumeMounts":[{"name":"tekton-internal-bin","mountPath":"/tekton/bin","readOnly":true},{"name":"tekton-internal-run-2","mountPath":"/tekton/run/2","readOnly":true},{"name":"tekton-internal-run-3","mountPath":"/tekton/run/3"}]},"#,
        r#"{"name":"e","image":"i","command":["/tekton/bin/entrypoint","-wait_file","/tekton/run/3/out","-post_file","/tekton/run/4/out","-termination_path","/tekton/run/4/termination","-step_metadata_dir","/tekton/run/4/status","-entrypoint","e","--","f"],"args":["g"],"#,
        r#""volumeMounts":[{"name":"tekton-internal-bin","mountPath":"/tekton/bin","readOnly":true},{"name":"tekton-internal-run-3","mountPath":"/tekton/run/3","readOnly":true},{"name":"tekton-internal-run-4","mountPath":"/tekton/run/4"}]}"#,
        r#"],"initContainers":[{"name":"kueueleuleu-prepare","image":"ghcr.io/tektoncd/pipeline/entrypoint-bff0a22da108bc2f16c818c97641a296:v1.12.0@sha256:3ec960b07abd85604242e146092e72f11be8787452c2a20d12a37fdee4a666e2","workingDir":"/","#,
        r#""command":["/ko-app/entrypoint","cp","/ko-app/entrypoint","/tekton/bin/entrypoint"],"volumeMounts":[{"name":"tekton-internal-bin","mountPath":"/tekton/bin"}],"#,
        r#""securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true,"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}}],"#,
        r#""volumes":[{"name":"tekton-internal-bin","emptyDir":{}},{"name":"tekton-internal-run-0","emptyDir":{}},{"name":"tekton-internal-run-1","emptyDir":{}},{"name":"tekton-internal-run-2","emptyDir":{}},{"name":"tekton-internal-run-3","emptyDir":{}},{"name":"tekton-internal-run-4","emptyDir":{}}]}}"#,
        "\n"
    );
    assert_eq!(convert(pod), converted);
}

/// With our own entrypoint: one volume, the step's number instead of its files, and `args` as they were.
#[test]
#[expect(clippy::too_many_lines, reason = "the contract is written out")]
fn a_job_with_two_steps_and_our_own_entrypoint() {
    let list = r"apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: kueueleuleu.dev/v1alpha1
  kind: SequentialContainers
  spec:
    entrypoint: {image: registry.example.com/kueueleuleu:v1, kind: Kueueleuleu}
items:
- apiVersion: batch/v1
  kind: Job
  metadata: {name: two}
  spec:
    template:
      spec:
        restartPolicy: OnFailure
        containers:
        - name: first
          image: busybox
          command: [sh, -c]
          args:
          - |
            echo one # and no more
        - name: second
          image: busybox
          command:
          - echo
          - two
";
    let converted = r#"apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: kueueleuleu.dev/v1alpha1
  kind: SequentialContainers
  spec:
    entrypoint: {image: registry.example.com/kueueleuleu:v1, kind: Kueueleuleu}
items:
- apiVersion: batch/v1
  kind: Job
  metadata: {name: two, annotations: {norbjd.github.io/kueueleuleu: "true"}}
  spec:
    template:
      metadata:
        annotations:
          norbjd.github.io/kueueleuleu: "true"
      spec:
        restartPolicy: OnFailure
        containers:
        - name: first
          image: busybox
          command: [/kueueleuleu/bin/entrypoint, -step, "0", --, sh, -c]
          args:
          - |
            echo one # and no more
          volumeMounts:
          - name: kueueleuleu
            mountPath: /kueueleuleu
            readOnly: true
          - name: kueueleuleu
            mountPath: /kueueleuleu/run/0
            subPath: run/0
        - name: second
          image: busybox
          command:
          - /kueueleuleu/bin/entrypoint
          - -step
          - "1"
          - -retry
          - -last
          - --
          - echo
          - two
          volumeMounts:
          - name: kueueleuleu
            mountPath: /kueueleuleu
            readOnly: true
          - name: kueueleuleu
            mountPath: /kueueleuleu/run/1
            subPath: run/1
        initContainers:
        - name: kueueleuleu-prepare
          image: registry.example.com/kueueleuleu:v1
          workingDir: /
          command: [/ko-app/entrypoint, cp, -protocol, "2", -steps, "2", /ko-app/entrypoint, /prepare/bin/entrypoint]
          volumeMounts:
          - name: kueueleuleu
            mountPath: /prepare
          securityContext:
            allowPrivilegeEscalation: false
            capabilities:
              drop: [ALL]
            readOnlyRootFilesystem: true
            runAsNonRoot: true
            seccompProfile:
              type: RuntimeDefault
        volumes:
        - name: kueueleuleu
          emptyDir: {}
"#;
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("kueueleuleu"));
    let run = command.write_stdin(list).assert().success().stderr("");
    assert_eq!(String::from_utf8(run.get_output().stdout.clone()).unwrap(), converted);
}
