//! Images of a registry without a login: listed, and written into a functionConfig.

use crate::support::{Dir, Layout, Registry, certificates, is_missing, pod, run_command, serve_image, tool};
use kueueleuleu::images::update;
use serde_json::json;
use std::process::Command;

#[test]
fn images_are_listed_and_written_and_used_by_a_conversion() {
    if is_missing(&["docker-registry", "skopeo"]) {
        return;
    }
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let both = layout.image("amd64", &json!({"Entrypoint": ["/bin/tool", "--größe"], "Cmd": ["x: # y"]}));
    let both = layout.name("both", both);
    let shell = layout.image("riscv64", &json!({"Cmd": ["/bin/sh"]}));
    let shell = layout.name("shell", shell);
    let registry = Registry::start(&dir, "");
    let host = &registry.host;
    for name in ["both", "shell"] {
        registry.push(&layout, name, &format!("team/{name}:1"), &["--dest-tls-verify=false"]);
    }
    let (a, b) = (format!("{host}/team/both:1"), format!("{host}/team/shell:1"));
    dir.write("pod.yaml", pod(&[&a, &b, &a]));

    let expected = json!([
        {"name": a, "digest": both, "command": ["/bin/tool", "--größe"], "args": ["x: # y"]},
        {"name": b, "digest": shell, "command": [], "args": ["/bin/sh"]},
    ]);
    assert_eq!(dir.json(&[]), expected);

    let table = dir.run(&["images", "-f", "pod.yaml"]);
    let width = b.len();
    let table_expected = format!(
        "{:width$}  DIGEST               ENTRYPOINT               CMD\n{a:width$}  {}  [\"/bin/tool\",\"--größe\"]  [\"x: # y\"]\n{b}  {}  -                        [\"/bin/sh\"]\n",
        "IMAGE",
        &both[..19],
        &shell[..19]
    );
    table.is(0, &table_expected, "");

    let yaml = dir.run(&["images", "-f", "pod.yaml", "-o", "yaml"]);
    let head = "apiVersion: kueueleuleu.dev/v1alpha1\nkind: SequentialContainers\n";
    dir.write("pasted.yaml", format!("{head}{}", yaml.stdout));
    let pasted = dir.run(&["-f", "pod.yaml", "--config", "pasted.yaml"]);
    assert_eq!((pasted.status, &*pasted.stderr), (Some(0), ""));

    let update = ["images", "-f", "pod.yaml", "--write", "sequential.yaml"];
    let check = [&update[..], &["--check"]].concat();
    let added = format!("add {a}\nadd {b}\n");
    dir.run(&check).is(3, &added, "");
    assert!(!dir.path("sequential.yaml").exists());
    dir.run(&update).is(0, &added, "");
    let written = dir.read("sequential.yaml");
    dir.run(&update).is(0, "", "");
    dir.run(&check).is(0, "", "");
    assert_eq!(dir.read("sequential.yaml"), written);

    let converted = dir.run(&["-f", "pod.yaml", "--config", "sequential.yaml"]);
    assert_eq!(converted, pasted);
    assert!(converted.stdout.contains("--größe"), "{}", converted.stdout);
    // The images of a converted pod are the same.
    dir.write("pod.yaml", &converted.stdout);
    dir.run(&check).is(0, "", "");
    dir.run(&[&check[..], &["--prune"]].concat()).is(0, "", "");
    assert_eq!(dir.json(&[]), expected);

    // The tag has another image; an entry is no longer needed; an entry was written by hand for an image that does not
    // exist.
    registry.push(&layout, "shell", "team/both:1", &["--dest-tls-verify=false"]);
    dir.write("pod.yaml", pod(&[&a, "127.0.0.1:1/by/hand:1"]));
    let by_hand = "  - {name: 127.0.0.1:1/by/hand:1, command: [x]} # mine\n";
    dir.write("sequential.yaml", format!("{written}{by_hand}"));
    dir.run(&check).is(3, &format!("update {a}\n"), "");
    let pruned = [&update[..], &["--prune"]].concat();
    dir.run(&pruned).is(0, &format!("update {a}\nremove {b}\n"), "");
    let now = dir.read("sequential.yaml");
    assert!(now.ends_with(by_hand) && now.contains(&shell) && !now.contains(&both), "{now}");
    dir.run(&pruned).is(0, "", "");
}

/// Runs the command of the help in a shell, and then converts the same files.
#[test]
fn the_help_of_a_missing_command_is_a_command_that_works() {
    let dir = Dir::new();
    let (server, _) = serve_image(&dir, "127.0.0.1:0", |_, _| None);
    let image = format!("{}/a:1", server.host);
    dir.write("it's a pod/größe.yaml", pod(&[&image]));
    let convert = ["-R", "-f", "it's a pod", "--config", "$config.yaml"];
    dir.write("$config.yaml", update::EMPTY);
    let said = dir.run(&convert);
    assert_eq!(said.status, Some(1));
    let line = said.stderr.split('`').find(|part| part.starts_with("kueueleuleu images")).unwrap();
    let mut shell = Command::new("sh");
    let directory = assert_cmd::cargo::cargo_bin!("kueueleuleu").parent().unwrap();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    shell.args(["-c", line]).current_dir(dir.path("")).env("HOME", dir.path("home")).env("PATH", path);
    run_command(shell).is(0, &format!("add {image}\n"), "");
    let run = dir.run(&convert);
    assert_eq!((run.status, &*run.stderr), (Some(0), ""));
}

#[test]
fn images_are_found_by_tags_and_digests() {
    if is_missing(&["docker-registry", "skopeo"]) {
        return;
    }
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Cmd": ["/bin/sh"]}));
    let digest = layout.name("x", image);
    let registry = Registry::start(&dir, "");
    registry.push(&layout, "x", "a:1", &["--dest-tls-verify=false"]);
    registry.push(&layout, "x", "b:1", &["--dest-tls-verify=false"]);
    // In the format of Docker.
    let docker = format!("docker://{}/docker:1", registry.host);
    let oci = format!("docker://{}/a:1", registry.host);
    let flags = [
        "--insecure-policy",
        "copy",
        "--quiet",
        "--format=v2s2",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
    ];
    tool("skopeo", &[&flags[..], &[&oci, &docker]].concat());
    let media_type = tool("skopeo", &["inspect", "--raw", "--tls-verify=false", &docker]);
    assert!(
        String::from_utf8_lossy(&media_type).contains("application/vnd.docker.distribution.manifest.v2+json")
    );

    let localhost = registry.host.replace("127.0.0.1", "localhost");
    let names = [
        format!("{}/a@{digest}", registry.host),
        format!("{localhost}/b:other@{digest}"),
        format!("{}/docker:1", registry.host),
    ];
    dir.write("pod.yaml", pod(&names.each_ref().map(String::as_str)));
    let found = dir.json(&[]);
    for (at, name) in names.iter().enumerate() {
        assert_eq!((&found[at]["name"], &found[at]["args"]), (&json!(name), &json!(["/bin/sh"])));
    }
    assert_eq!((&found[0]["digest"], &found[1]["digest"]), (&json!(digest), &json!(digest)));

    // A port without TLS, under a name that does not belong to this machine.
    let other = registry.host.replace("127.0.0.1", "0.0.0.0");
    dir.write("pod.yaml", pod(&[&format!("{other}/a:1")]));
    let said = dir.failure(&[]);
    assert!(said.contains(&format!("`{other}` does not speak TLS")), "{said}");
    assert!(said.contains(&format!("help: `--insecure-registry {other}` allows")), "{said}");
    assert_eq!(dir.json(&["--insecure-registry", &other])[0]["digest"], json!(digest));
    assert_eq!(dir.json(&["--insecure-registry", "0.0.0.0"])[0]["digest"], json!(digest));
}

#[test]
fn platforms_of_an_index_must_agree() {
    if is_missing(&["docker-registry", "skopeo"]) {
        return;
    }
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let run = |path: &str| json!({"Entrypoint": [path]});
    let same = layout.index(&[layout.image("amd64", &run("/a")), layout.image("arm64", &run("/a"))]);
    let same = layout.name("same", same);
    let differ = layout.index(&[layout.image("amd64", &run("/a")), layout.image("arm64", &run("/b"))]);
    layout.name("differ", differ);
    let empty = layout.image("amd64", &json!({}));
    layout.name("empty", empty);
    let registry = Registry::start(&dir, "");
    for name in ["same", "differ", "empty"] {
        registry.push(&layout, name, &format!("{name}:1"), &["--dest-tls-verify=false"]);
    }
    let image = |name: &str| format!("{}/{name}:1", registry.host);
    dir.write("pod.yaml", pod(&[&image("same")]));
    assert_eq!(
        dir.json(&[]),
        json!([{"name": image("same"), "digest": same, "command": ["/a"], "args": []}])
    );
    dir.write("pod.yaml", pod(&[&image("differ")]));
    let said = dir.failure(&[]);
    let expected = "its platforms run different commands: linux/amd64: ENTRYPOINT [\"/a\"] CMD []; linux/arm64: ENTRYPOINT [\"/b\"] CMD []";
    assert!(said.contains(expected), "{said}");
    assert_eq!(dir.json(&["--platform", "linux/arm64"])[0]["command"], json!(["/b"]));
    assert!(dir.failure(&["--platform", "linux/s390x"]).contains("it has no image for linux/s390x"));
    dir.write("pod.yaml", pod(&[&image("empty")]));
    assert!(dir.failure(&[]).contains("its ENTRYPOINT and CMD are both empty"));
}

#[test]
fn all_missing_images_are_reported_and_nothing_is_written() {
    if is_missing(&["docker-registry", "skopeo"]) {
        return;
    }
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Cmd": ["/bin/sh"]}));
    layout.name("x", image);
    let registry = Registry::start(&dir, "");
    registry.push(&layout, "x", "a:1", &["--dest-tls-verify=false"]);
    let host = &registry.host;
    dir.write(
        "pod.yaml",
        pod(&[&format!("{host}/a:1"), &format!("{host}/a:2"), "$(IMAGE)", &format!("{host}/Upper:1")]),
    );
    let run = dir.run(&["images", "-f", "pod.yaml", "--write", "sequential.yaml"]);
    let port = host.rsplit(':').next().unwrap();
    let expected = "\
error: Pod `größe`: image `HOST/a:2`: `HOST` has no `2` of `a`: manifest unknown
  --> pod.yaml:10:5 (spec.containers[2])
   |
10 |   - name: c1
   |     ^^^^^^^^
  help: check the name and the tag; without a login, a private repository looks missing: run `docker login HOST` or `podman login HOST`

error: Pod `größe`: image `$(IMAGE)`: `$(IMAGE)` is not an image reference
  --> pod.yaml:12:5 (spec.containers[3])
   |
12 |   - name: c2
   |     ^^^^^^^^
  help: write it like `alpine:3.20` or `registry.example.com/team/tool:2`, without variables

error: Pod `größe`: image `HOST/Upper:1`: the repository `HOST/Upper` has upper case letters
  --> pod.yaml:14:5 (spec.containers[4])
   |
14 |   - name: c3
   |     ^^^^^^^^
  help: write it in lower case
"
    .replace("HOST", &format!("127.0.0.1:{port}"));
    run.is(1, "", &expected);
    assert!(!dir.path("sequential.yaml").exists());
}

#[test]
fn a_flag_or_a_variable_names_a_private_certificate_authority() {
    if is_missing(&["docker-registry", "skopeo", "openssl"]) {
        return;
    }
    let dir = Dir::new();
    certificates(&dir);
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Cmd": ["/bin/sh"]}));
    let digest = layout.name("x", image);
    let registry = Registry::start(&dir, "");
    let certs = dir.path("certs");
    std::fs::create_dir(&certs).unwrap();
    std::fs::copy(dir.path("ca.pem"), certs.join("ca.crt")).unwrap();
    registry.push(&layout, "x", "a:1", &["--dest-cert-dir", certs.to_str().unwrap()]);
    dir.write("pod.yaml", pod(&[&format!("{}/a:1", registry.host)]));

    let said = dir.failure(&[]);
    assert!(said.contains("` is not trusted: UnknownIssuer") && said.contains("`--ca-file FILE`"), "{said}");
    assert_eq!(dir.json(&["--ca-file", "ca.pem"])[0]["digest"], json!(digest));
    let mut command = dir.command(&["images", "-f", "pod.yaml"]);
    command.env("SSL_CERT_FILE", dir.path("ca.pem"));
    assert_eq!(run_command(command).status, Some(0));
    let wrong = dir.run(&["images", "-f", "pod.yaml", "--ca-file", "pod.yaml"]);
    wrong.is(2, "", "error: `pod.yaml` contains no PEM certificate\n");
    // An untrusted certificate does not make the command fall back to plain HTTP.
    let said = dir.failure(&["--insecure-registry", &registry.host]);
    assert!(said.contains("is not trusted"), "{said}");
}
