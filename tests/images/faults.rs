//! Registries that are busy, hang, break off, send wrong content, or redirect.

use crate::support::{Dir, Layout, Reply, Server, pod, run_command, serve_image};
use serde_json::json;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Writes a pod that uses an image of a server.
fn use_image(dir: &Dir, server: &Server, name: &str) {
    dir.write("pod.yaml", pod(&[&format!("{}/{name}", server.host)]));
}

#[test]
fn requests_to_a_busy_registry_are_repeated() {
    let dir = Dir::new();
    let (server, digest) = serve_image(&dir, "127.0.0.1:0", |_, count| match count {
        0 => Some(Reply::status(429, "Retry-After: 0\r\n")),
        2 => Some(Reply::status(503, "")),
        _ => None,
    });
    use_image(&dir, &server, "a:1");
    assert_eq!(dir.json(&[])[0]["digest"], json!(digest));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_registry_that_stays_busy_is_an_error() {
    let dir = Dir::new();
    let (server, _) = serve_image(&dir, "127.0.0.1:0", |_, _| {
        let body = br#"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your rate limit. \u001b[31m"}]}"#;
        Some(Reply::Full(429, "Retry-After: 3600\r\n".to_owned(), body.to_vec()))
    });
    use_image(&dir, &server, "a:1");
    let begin = Instant::now();
    let said = dir.failure(&[]);
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert!(
        said.contains("received too many requests: You have reached your rate limit. \\u{1b}[31m\n"),
        "{said}"
    );
    assert!(said.contains("help: wait, or log in"), "{said}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_registry_that_hangs_times_out() {
    let dir = Dir::new();
    let (server, _) = serve_image(&dir, "127.0.0.1:0", |_, _| Some(Reply::Hang));
    use_image(&dir, &server, "a:1");
    let begin = Instant::now();
    let said = dir.failure(&["--timeout", "1"]);
    assert!(said.contains("did not respond within 1 s\n") && said.contains("`--timeout SECONDS`"), "{said}");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_request_whose_response_breaks_off_is_repeated() {
    let cut_config = |times: usize| {
        move |head: &str, count: usize| {
            (head.contains("/blobs/") && count <= times).then(|| Reply::Cut(vec![b' '; 1000]))
        }
    };
    let dir = Dir::new();
    let (server, digest) = serve_image(&dir, "127.0.0.1:0", cut_config(2));
    use_image(&dir, &server, "a:1");
    assert_eq!(dir.json(&[])[0]["digest"], json!(digest));
    assert_eq!(server.requests().len(), 4);

    let dir = Dir::new();
    let (server, _) = serve_image(&dir, "127.0.0.1:0", cut_config(usize::MAX));
    use_image(&dir, &server, "a:1");
    let said = dir.failure(&[]);
    assert!(said.contains(&format!("`{}`: ", server.host)), "{said}");
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn content_that_does_not_match_its_digest_is_rejected() {
    let forged = |kind: &'static str, headers: &'static str| {
        move |head: &str, _: usize| {
            let body = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}}"#;
            head.contains(kind).then(|| Reply::Full(200, headers.to_owned(), body.into()))
        }
    };
    let digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let header =
        "Docker-Content-Digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
    for (kind, headers, name, expected) in [
        ("/blobs/", "", "a:1", "the configuration does not match the digest"),
        ("/manifests/", "", &*format!("a@{digest}"), "the manifest does not match the digest"),
        ("/manifests/", header, "a:1", "the manifest does not match the digest that the registry reports"),
    ] {
        let dir = Dir::new();
        let (server, _) = serve_image(&dir, "127.0.0.1:0", forged(kind, headers));
        use_image(&dir, &server, name);
        let said = dir.failure(&[]);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_response_that_is_too_large_is_rejected() {
    let dir = Dir::new();
    let (server, _) = serve_image(&dir, "127.0.0.1:0", |_, _| Some(Reply::ok(vec![b' '; (4 << 20) + 1])));
    use_image(&dir, &server, "a:1");
    assert!(dir.failure(&[]).contains("sent a response of more than 4194304 bytes"));
}

#[test]
fn a_schema_1_image_is_reported() {
    let dir = Dir::new();
    let schema_1 = r#"{"schemaVersion": 1, "name": "a", "tag": "1", "fsLayers": [], "history": []}"#;
    let (server, _) = serve_image(&dir, "127.0.0.1:0", move |_, _| Some(Reply::ok(schema_1)));
    use_image(&dir, &server, "a:1");
    assert!(dir.failure(&[]).contains("it is a schema 1 image"));
}

#[test]
fn a_host_can_be_an_ipv6_address() {
    let dir = Dir::new();
    let (server, digest) = serve_image(&dir, "[::1]:0", |_, _| None);
    assert!(server.host.starts_with("[::1]:"));
    use_image(&dir, &server, "team/a:1");
    assert_eq!(dir.json(&[])[0]["digest"], json!(digest));
}

/// Most cloud registries redirect requests for blobs to another host, which must not get the credentials.
#[test]
fn another_host_does_not_get_the_credentials() {
    let dir = Dir::new();
    let (storage, digest) = serve_image(&dir, "127.0.0.1:0", |_, _| None);
    let to = storage.host.clone();
    let (server, _) = serve_image(&dir, "127.0.0.1:0", move |head, _| {
        if !head.to_lowercase().contains("authorization: basic dtpzzwnyzxq=") {
            return Some(Reply::status(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
        }
        let path = head.split(' ').nth(1)?;
        path.contains("/blobs/").then(|| Reply::status(307, &format!("Location: http://{to}{path}\r\n")))
    });
    let auths = json!({"auths": {&server.host: {"auth": "dTpzZWNyZXQ="}}}).to_string();
    dir.write("home/.docker/config.json", auths);
    use_image(&dir, &server, "a:1");
    assert_eq!(dir.json(&[])[0]["digest"], json!(digest));
    let there = storage.requests();
    assert!(there.len() == 1 && there[0].contains("/blobs/"), "{there:?}");
    assert!(!there[0].to_lowercase().contains("authorization"), "{there:?}");

    // Nor are its requests for credentials answered.
    let (thief, _) = serve_image(&dir, "127.0.0.1:0", |_, _| {
        Some(Reply::status(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"))
    });
    let to = thief.host.clone();
    let (server, _) = serve_image(&dir, "127.0.0.1:0", move |_, _| {
        Some(Reply::status(302, &format!("Location: http://{to}/v2/\r\n")))
    });
    let auths =
        json!({"auths": {&server.host: {"auth": "dTpzZWNyZXQ="}, &thief.host: {"auth": "dTpzZWNyZXQ="}}});
    dir.write("home/.docker/config.json", auths.to_string());
    use_image(&dir, &server, "a:1");
    assert!(dir.failure(&[]).contains("requires a login"));
    assert!(thief.requests().iter().all(|head| !head.to_lowercase().contains("authorization")));
}

#[test]
fn redirects_in_a_circle_or_to_an_unencrypted_host_are_errors() {
    for (location, expected) in [
        ("/v2/a/manifests/1", "redirects more than 5 times"),
        ("http://registry.example.com/v2/", "uses HTTP without encryption"),
        ("ftp://127.0.0.1/", "is not a supported URL"),
        ("https://user:password@127.0.0.1/", "is not a supported URL"),
    ] {
        let dir = Dir::new();
        let (server, _) = serve_image(&dir, "127.0.0.1:0", move |_, _| {
            Some(Reply::status(302, &format!("Location: {location}\r\n")))
        });
        use_image(&dir, &server, "a:1");
        let said = dir.failure(&[]);
        assert!(said.contains(expected), "{said}");
    }
}

/// Connections to other hosts use the proxy; connections to this machine do not.
#[test]
fn a_proxy_is_used_for_other_hosts() {
    let dir = Dir::new();
    let proxy = Server::start("127.0.0.1:0", |_, _| Reply::status(403, ""));
    dir.write("pod.yaml", pod(&["registry.example.com/a:1"]));
    let run = |name: &str, value: &str, more: (&str, &str)| {
        let mut command = dir.command(&["images", "-f", "pod.yaml", "--timeout", "5"]);
        command.env(name, value).env(more.0, more.1);
        run_command(command).stderr
    };
    let url = format!("http://user:secret@{}", proxy.host);
    let said = run("HTTPS_PROXY", &url, ("NO_PROXY", "example.org"));
    assert!(said.contains("the proxy could not connect to `registry.example.com`"), "{said}");
    assert!(!said.contains("secret"), "{said}");
    let asked = proxy.requests();
    assert!(asked[0].starts_with("CONNECT registry.example.com:443 "), "{asked:?}");

    let (server, digest) = serve_image(&dir, "127.0.0.1:0", |_, _| None);
    use_image(&dir, &server, "a:1");
    let mut command = dir.command(&["images", "-f", "pod.yaml", "-o", "json"]);
    command.env("ALL_PROXY", &url);
    let run = run_command(command);
    assert!(run.stdout.contains(&digest), "{}", run.stderr);
    assert_eq!(proxy.requests().len(), asked.len());
}

/// Each image is looked up once, whatever its name is, and several in parallel.
#[test]
fn each_image_is_looked_up_once_and_several_at_a_time() {
    let dir = Dir::new();
    let together = Barrier::new(2);
    let first_two = AtomicUsize::new(0);
    let (server, _) = serve_image(&dir, "127.0.0.1:0", move |head, _| {
        // The first response waits for the second request, so a run that sends one after the other fails.
        if head.contains("/manifests/") && first_two.fetch_add(1, Ordering::SeqCst) < 2 {
            together.wait();
        }
        None
    });
    let host = &server.host;
    let mut images: Vec<_> = (0..8).map(|at| format!("{host}/a{at}:1")).collect();
    images.extend([format!("{host}/a0:1"), format!("{host}/b"), format!("{host}/b:latest")]);
    dir.write("pod.yaml", pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(dir.json(&[]).as_array().unwrap().len(), 10);
    let manifests = server.requests().iter().filter(|head| head.contains("/manifests/")).count();
    assert_eq!(manifests, 9);
}

#[test]
fn a_response_that_is_not_an_image_is_reported() {
    let dir = Dir::new();
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Cmd": ["x"]}));
    layout.name("x", image);
    let (server, _) = serve_image(&dir, "127.0.0.1:0", |_, _| Some(Reply::ok("<html>Sign in</html>")));
    use_image(&dir, &server, "a:1");
    assert!(dir.failure(&[]).contains("its manifest cannot be read: expected value at line 1 column 1"));
}
