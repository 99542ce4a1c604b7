//! Local images: OCI layouts, archives, and the images of docker and podman.

use crate::support::{Dir, Layout, executable, is_missing, pod, run_command, tool};
use serde_json::json;

#[test]
fn a_layout_is_read_by_name_or_by_its_only_tag() {
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let same = |layout: &Layout, path: &str| {
        let run = json!({"Entrypoint": [path]});
        layout.index(&[layout.image("amd64", &run), layout.image("arm64", &run)])
    };
    let (a, b, c) = (same(&layout, "/a"), same(&layout, "/b"), same(&layout, "/c"));
    let a = layout.name("docker.io/library/alpine:3", a);
    let b = layout.name("registry.example.com/tool:1", b);
    let c = layout.name("latest", c);
    dir.write("pod.yaml", pod(&["alpine:3", "registry.example.com/tool:1", &format!("x@{c}")]));
    let found = dir.json(&["--from", "oci:layout"]);
    let digests: Vec<_> = (0..3).map(|at| found[at]["digest"].as_str().unwrap()).collect();
    assert_eq!(digests, [&*a, &*b, &*c]);
    assert_eq!(found[1]["command"], json!(["/b"]));
    dir.write("pod.yaml", pod(&["debian"]));
    assert_eq!(dir.json(&["--from", "oci:layout"])[0]["digest"], json!(c));
    dir.write("pod.yaml", pod(&["debian:12"]));
    let said = dir.failure(&["--from", "oci:layout"]);
    let names = "help: available: `docker.io/library/alpine:3`, `registry.example.com/tool:1`, `latest`";
    assert!(said.contains("it is not there") && said.contains(names), "{said}");

    // The same in an archive.
    let archive = dir.path("layout.tar").display().to_string();
    tool("tar", &["-cf", &archive, "-C", dir.path("layout").to_str().unwrap(), "."]);
    dir.write("pod.yaml", pod(&["alpine:3"]));
    assert_eq!(dir.json(&["--from", "archive:layout.tar"])[0]["digest"], json!(a));

    // A forged document, and a missing one.
    let blob = dir.path("layout/blobs").join(a.replace(':', "/"));
    std::fs::write(&blob, "{}").unwrap();
    assert!(dir.failure(&["--from", "oci:layout"]).contains("does not match the digest"));
    std::fs::remove_file(blob).unwrap();
    assert!(dir.failure(&["--from", "oci:layout"]).contains("` is missing"));
}

#[test]
fn archives_of_skopeo_are_read() {
    if is_missing(&["skopeo"]) {
        return;
    }
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Entrypoint": ["/bin/größe"], "Cmd": ["x"]}));
    let digest = layout.name("x", image);
    let from = format!("oci:{}:x", layout.path.display());
    let copy = |to: &str| tool("skopeo", &["--insecure-policy", "copy", "--quiet", &from, to]);
    let path = |name: &str| dir.path(name).display().to_string();
    copy(&format!("oci-archive:{}:alpine:3", path("oci.tar")));
    copy(&format!("docker-archive:{}:alpine:3", path("docker.tar")));
    copy(&format!("docker-archive:{}", path("nameless.tar")));
    dir.write("pod.yaml", pod(&["docker.io/alpine:3"]));
    assert_eq!(dir.json(&["--from", "archive:oci.tar"])[0]["digest"], json!(digest));
    for name in ["docker.tar", "nameless.tar"] {
        let found = dir.json(&["--from", &format!("archive:{name}")]);
        assert_eq!((&found[0]["command"], &found[0]["args"]), (&json!(["/bin/größe"]), &json!(["x"])));
    }
    dir.write("pod.yaml", pod(&["alpine:4"]));
    let said = dir.failure(&["--from", "archive:docker.tar"]);
    assert!(said.contains("help: available: `docker.io/library/alpine:3`"), "{said}");

    tool("gzip", &[&path("docker.tar")]);
    let said = dir.run(&["images", "-f", "pod.yaml", "--from", "archive:docker.tar.gz"]);
    said.is(2, "", "error: `docker.tar.gz` is compressed\n  help: `gunzip` it first\n");
}

#[test]
fn images_of_podman_are_read() {
    if is_missing(&["podman"]) {
        return;
    }
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Entrypoint": ["/bin/tool"], "Cmd": ["x"]}));
    layout.name("x", image);
    // Podman needs a layer, so it builds the image from an empty one.
    let name = format!("localhost/kueueleuleu-images-test-{}", std::process::id());
    let file = dir.write(
        "Containerfile",
        "FROM scratch\nCOPY pod.yaml /\nENTRYPOINT [\"/bin/tool\"]\nCMD [\"größe\"]\n",
    );
    dir.write("pod.yaml", pod(&[&name]));
    let context = dir.path("").display().to_string();
    tool(
        "podman",
        &["build", "--quiet", "--network=none", "-t", &name, "-f", file.to_str().unwrap(), &context],
    );
    let mut command = dir.command(&["images", "-f", "pod.yaml", "-o", "json", "--from", "podman"]);
    // Its images are kept by what the home says.
    command.env("HOME", std::env::var_os("HOME").unwrap_or_default());
    let run = run_command(command);
    tool("podman", &["rmi", &name]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    assert_eq!((&found[0]["command"], &found[0]["args"]), (&json!(["/bin/tool"]), &json!(["größe"])));
    assert!(found[0]["digest"].as_str().unwrap().starts_with("sha256:"));

    let said = dir.failure(&["--from", "podman"]);
    assert!(said.contains(&format!("image `{name}`: podman: ")), "{said}");
    assert!(said.contains(&format!("help: run `podman pull {name}`, or build it")), "{said}");
}

/// A stand-in prints Docker's output, because the daemon does not run in tests.
#[test]
fn images_of_docker_are_read() {
    let dir = Dir::new();
    let [id, digest] = ["a", "b"].map(|digit| format!("sha256:{}", digit.repeat(64)));
    let inspect = |os: &str, digests: serde_json::Value| {
        let config = json!({"Entrypoint": null, "Cmd": ["/bin/sh"]});
        let image =
            json!({"Id": id, "RepoDigests": digests, "Os": os, "Architecture": "amd64", "Config": config});
        let script = format!("#!/bin/sh\n[ \"$*\" = 'image inspect alpine:3' ] && echo '[{image}]'\n");
        executable(&dir.write("bin/docker", script));
    };
    let look_up = || {
        let mut command = dir.command(&["images", "-f", "pod.yaml", "-o", "json", "--from", "docker"]);
        command.env("PATH", format!("{}:{}", dir.path("bin").display(), std::env::var("PATH").unwrap()));
        run_command(command)
    };
    dir.write("pod.yaml", pod(&["alpine:3"]));
    inspect("linux", json!([format!("other@{id}"), format!("alpine@{digest}")]));
    assert!(look_up().stdout.contains(&digest));
    inspect("linux", json!([]));
    assert!(look_up().stdout.contains(&id));
    inspect("windows", json!([]));
    assert!(look_up().stderr.contains("it is an image for Windows"));
    executable(&dir.write("bin/docker", "#!/bin/sh\necho 'Error: No such image: x' >&2; exit 1\n"));
    assert!(look_up().stderr.contains("image `alpine:3`: docker: Error: No such image: x"));
    let run = dir.run(&["images", "-f", "pod.yaml", "--from", "nowhere"]);
    let help = "use `registry`, `oci:DIR`, `archive:FILE.tar`, `docker` or `podman`";
    run.is(2, "", &format!("error: `--from nowhere` is not a source of images\n  help: {help}\n"));
}
