//! Registries that require a login: passwords, credential helpers, and token services.

use crate::support::{
    Dir, Layout, Registry, Reply, Run, Server, certificates, executable, is_missing, pod, run_command, tool,
};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const SECRET: &str = "ge:heim";

/// A registry with one user and one image.
fn registry(dir: &Dir) -> (Registry, String) {
    let users = tool("htpasswd", &["-nbB", "user", SECRET]);
    let users = dir.write("htpasswd", users);
    let registry =
        Registry::start(dir, &format!("auth: {{htpasswd: {{realm: test, path: {}}}}}", users.display()));
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Cmd": ["/bin/sh"]}));
    let digest = layout.name("x", image);
    let login = format!("user:{SECRET}");
    registry.push(&layout, "x", "team/a:1", &["--dest-tls-verify=false", "--dest-creds", &login]);
    dir.write("pod.yaml", pod(&[&format!("{}/team/a:1", registry.host)]));
    (registry, digest)
}

/// Looks up the images with these environment variables.
fn run(dir: &Dir, variables: &[(&str, &str)]) -> Run {
    let mut command = dir.command(&["images", "-f", "pod.yaml", "-o", "json"]);
    command.envs(variables.iter().copied());
    let run = run_command(command);
    assert!(!format!("{run:?}").contains(SECRET), "{run:?}");
    run
}

#[test]
fn credentials_of_docker_and_podman_are_found() {
    if is_missing(&["docker-registry", "skopeo", "htpasswd"]) {
        return;
    }
    let dir = Dir::new();
    let (registry, digest) = registry(&dir);
    let said = run(&dir, &[]);
    assert_eq!(said.status, Some(1));
    assert!(said.stderr.contains(&format!("`{}` requires a login", registry.host)), "{}", said.stderr);
    assert!(said.stderr.contains(&format!("help: run `docker login {}`", registry.host)), "{}", said.stderr);

    // In the format of skopeo, podman and buildah.
    let auth = dir.path("auth.json").display().to_string();
    let login =
        ["login", "--tls-verify=false", "--authfile", &auth, "-u", "user", "-p", SECRET, &registry.host];
    tool("skopeo", &login);
    assert!(run(&dir, &[("REGISTRY_AUTH_FILE", &auth)]).stdout.contains(&digest));
    let file = fs::read(&auth).unwrap();
    let runtime = dir.write("run/containers/auth.json", &file);
    let runtime = runtime.parent().unwrap().parent().unwrap().display().to_string();
    assert!(run(&dir, &[("XDG_RUNTIME_DIR", &runtime)]).stdout.contains(&digest));
    dir.write("home/.config/containers/auth.json", &file);
    assert!(run(&dir, &[]).stdout.contains(&digest));
    fs::remove_file(dir.path("home/.config/containers/auth.json")).unwrap();
    dir.write("home/.docker/config.json", &file);
    assert!(run(&dir, &[]).stdout.contains(&digest));
    fs::remove_file(dir.path("home/.docker/config.json")).unwrap();
    dir.write("docker/config.json", &file);
    let docker = dir.path("docker").display().to_string();
    assert!(run(&dir, &[("DOCKER_CONFIG", &docker)]).stdout.contains(&digest));

    // A wrong password.
    let wrong = json!({"auths": {&registry.host: {"username": "user", "password": "another"}}}).to_string();
    dir.write("home/.docker/config.json", wrong);
    let said = run(&dir, &[]).stderr;
    assert!(said.contains("rejected the stored credentials"), "{said}");
    assert!(!said.contains("another"), "{said}");
    dir.write("home/.docker/config.json", "{secret");
    let said = run(&dir, &[]).stderr;
    assert!(said.contains("the credentials could not be read: `") && !said.contains("secret"), "{said}");
}

#[test]
fn a_credential_helper_is_run_and_its_output_is_never_shown() {
    if is_missing(&["docker-registry", "skopeo", "htpasswd"]) {
        return;
    }
    let dir = Dir::new();
    let (registry, digest) = registry(&dir);
    let helper = |script: &str| {
        let path = dir.write("bin/docker-credential-test", format!("#!/bin/sh\n{script}\n"));
        executable(&path);
    };
    let path = format!("{}:{}", dir.path("bin").display(), std::env::var("PATH").unwrap());
    let look_up = || run(&dir, &[("PATH", &path)]);
    dir.write("home/.docker/config.json", json!({"credsStore": "test"}).to_string());

    let said = look_up().stderr;
    assert!(said.contains("`docker-credential-test` cannot be run: no such file or directory"), "{said}");

    let answer = json!({"ServerURL": registry.host, "Username": "user", "Secret": SECRET}).to_string();
    helper(&format!("echo \"$1 $(cat)\" >> {}/asked; echo '{answer}'", dir.path("").display()));
    assert!(look_up().stdout.contains(&digest));
    assert_eq!(dir.read("asked"), format!("get {}\n", registry.host));

    helper("echo 'credentials not found in native keychain'; exit 1");
    assert!(look_up().stderr.contains("requires a login"));
    helper(&format!("echo '{SECRET}'; echo '{SECRET}' >&2; exit 1"));
    assert!(look_up().stderr.contains("`docker-credential-test` failed"));
    helper(&format!("echo '{SECRET}'"));
    assert!(look_up().stderr.contains("answered something that is not JSON"));
    let wrong = json!({"Username": "user", "Secret": "falsch"}).to_string();
    helper(&format!("echo '{wrong}'"));
    let said = look_up().stderr;
    assert!(said.contains("rejected the stored credentials") && !said.contains("falsch"), "{said}");
    helper("exec sleep 30");
    let mut command = dir.command(&["images", "-f", "pod.yaml", "--timeout", "1"]);
    command.env("PATH", &path);
    assert!(run_command(command).stderr.contains("did not finish within 1 s"));
    // A name with a path could run any program.
    dir.write("home/.docker/config.json", json!({"credsStore": "../x"}).to_string());
    assert!(look_up().stderr.contains("is not the name of a credential helper"));
}

/// A token, signed with the key of the service, and with its certificate, which the registry checks.
fn sign(dir: &Dir, claims: &Value) -> String {
    let encode = |bytes: &[u8]| {
        let path = dir.write("plain", bytes).display().to_string();
        let text = String::from_utf8(tool("openssl", &["base64", "-A", "-in", &path])).unwrap();
        text.trim_end_matches(['=', '\n']).replace('+', "-").replace('/', "_")
    };
    let pem = dir.read("server.pem");
    let der: String = pem.lines().filter(|line| !line.starts_with("---")).collect();
    let header = json!({"typ": "JWT", "alg": "RS256", "x5c": [der]});
    let signed =
        format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let (path, key) =
        (dir.write("signed", &signed).display().to_string(), dir.path("server.key").display().to_string());
    let signature = tool("openssl", &["dgst", "-sha256", "-sign", &key, &path]);
    format!("{signed}.{}", encode(&signature))
}

/// The real registry checks the tokens; the test plays the token service.
#[test]
fn the_token_service_of_a_registry_is_used() {
    if is_missing(&["docker-registry", "skopeo", "openssl"]) {
        return;
    }
    let dir = Arc::new(Dir::new());
    certificates(&dir);
    let for_service = Arc::clone(&dir);
    let service = Server::start("127.0.0.1:0", move |head, _| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let is_user = head
            .to_lowercase()
            .contains(&format!("authorization: basic {}", "dXNlcjpnZTpoZWlt".to_lowercase()));
        let is_open = head.contains("repository%3Aopen%2F") || head.contains("repository:open/");
        if head.contains("authorization: ") && !is_user {
            return Reply::status(401, "");
        }
        let repository = if is_open { "open/a" } else { "team/a" };
        let actions = if is_user {
            json!(["pull", "push"])
        } else if is_open {
            json!(["pull"])
        } else {
            json!([])
        };
        let claims = json!({
            "iss": "test-issuer", "sub": "", "aud": "test-service", "exp": now + 300, "nbf": now - 10, "iat": now, "jti": "1",
            "access": [{"type": "repository", "name": repository, "actions": actions}],
        });
        Reply::ok(json!({"token": sign(&for_service, &claims)}).to_string())
    });
    let auth = format!(
        "auth: {{token: {{realm: 'http://{}/token?account=x', service: test-service, issuer: test-issuer, rootcertbundle: {}}}}}",
        service.host,
        dir.path("ca.pem").display()
    );
    // The registry uses plain HTTP.
    fs::rename(dir.path("server.pem"), dir.path("kept.pem")).unwrap();
    let registry = Registry::start(&dir, &auth);
    fs::rename(dir.path("kept.pem"), dir.path("server.pem")).unwrap();
    let mut layout = Layout::new(dir.path("layout"));
    let image = layout.image("amd64", &json!({"Cmd": ["/bin/sh"]}));
    let digest = layout.name("x", image);
    for name in ["open/a:1", "team/a:1"] {
        let login = format!("user:{SECRET}");
        registry.push(&layout, "x", name, &["--dest-tls-verify=false", "--dest-creds", &login]);
    }

    dir.write("pod.yaml", pod(&[&format!("{}/open/a:1", registry.host)]));
    let found = run(&dir, &[]);
    assert!(found.stdout.contains(&digest), "{}", found.stderr);
    let asked = service.requests().pop().unwrap();
    assert!(
        asked.starts_with("GET /token?account=x&service=test-service&scope=repository%3Aopen%2Fa%3Apull "),
        "{asked}"
    );
    assert!(!asked.to_lowercase().contains("authorization"), "{asked}");

    dir.write("pod.yaml", pod(&[&format!("{}/team/a:1", registry.host)]));
    assert!(run(&dir, &[]).stderr.contains("requires a login"));
    let config = |password: &str| {
        let auths = json!({"auths": {&registry.host: {"username": "user", "password": password}}});
        dir.write("home/.docker/config.json", auths.to_string())
    };
    config(SECRET);
    let found = run(&dir, &[]);
    assert!(found.stdout.contains(&digest), "{}", found.stderr);
    config("wrong");
    assert!(run(&dir, &[]).stderr.contains("rejected the stored credentials"));
}

#[test]
fn an_identity_token_is_sent_in_a_form_and_a_registry_token_as_it_is() {
    let dir = Dir::new();
    let service = Server::start("127.0.0.1:0", |_, _| Reply::ok(r#"{"access_token": "short"}"#));
    let realm = format!("http://{}/token", service.host);
    let (server, digest) = crate::support::serve_image(&dir, "127.0.0.1:0", move |head, _| {
        let is_known = ["short", "long"].iter().any(|token| head.contains(&format!("Bearer {token}\r\n")));
        let challenge = format!("WWW-Authenticate: Bearer realm=\"{realm}\",service=\"s\"\r\n");
        (!is_known).then(|| Reply::status(401, &challenge))
    });
    dir.write("pod.yaml", pod(&[&format!("{}/a:1", server.host)]));
    let config = |field: &str, token: &str| {
        let auths = json!({"auths": {&server.host: {field: token}}});
        dir.write("home/.docker/config.json", auths.to_string());
    };
    config("identitytoken", "identity");
    assert!(run(&dir, &[]).stdout.contains(&digest));
    let asked = service.requests();
    assert!(asked.len() == 1 && asked[0].starts_with("POST /token "), "{asked:?}");
    config("registrytoken", "long");
    assert!(run(&dir, &[]).stdout.contains(&digest));
    assert_eq!(service.requests().len(), 1);
}
