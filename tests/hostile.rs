//! Hostile inputs: each gives correct output or a diagnostic with a place, in bounded time and memory.
//!
//! `cargo test --release --test hostile` runs them in full size, in a minute; a debug build uses a fortieth of the
//! size. The bounds are five seconds for each 100 MB, and four times the input in memory beside what the process itself
//! needs.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests run the command")]
#![expect(clippy::print_stdout, reason = "tests print what they measure")]
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The divisor of all sizes.
const SHRINK: usize = if cfg!(debug_assertions) { 40 } else { 1 };
/// The factor of all times.
const SLOWER: u32 = if cfg!(debug_assertions) { 40 } else { 1 };
/// The memory that a process may map before it reads anything.
const BASE: usize = 64 << 20;

struct Ended {
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

/// Runs the command on an input, within the bounds.
fn run(name: &str, args: &[&str], input: &[u8]) -> Ended {
    run_within(4 * input.len(), name, args, input)
}

fn run_within(memory: usize, name: &str, args: &[&str], input: &[u8]) -> Ended {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("in");
    std::fs::write(&path, input).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v $0; exec \"$@\"", &((memory + BASE) / 1024).to_string()]);
    command.arg(env!("CARGO_BIN_EXE_kueueleuleu")).args(args);
    let out = std::fs::File::create(directory.path().join("out")).unwrap();
    let start = Instant::now();
    let ended = command
        .stdin(std::fs::File::open(&path).unwrap())
        .stdout(out)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let took = start.elapsed();
    println!("{name}: {} bytes, {took:?}, {}", input.len(), ended.status);
    let stderr = String::from_utf8(ended.stderr).unwrap();
    let stdout = std::fs::read(directory.path().join("out")).unwrap();
    let code = ended.status.code().unwrap_or_else(|| panic!("{name}: {}: {}", ended.status, first(&stderr)));
    assert!(code < 3, "{name}: {code}: {}", first(&stderr));
    let hundreds = u32::try_from(input.len().div_ceil(100_000_000)).unwrap();
    let bound = Duration::from_secs(5) * hundreds.max(1) * SLOWER.min(8);
    assert!(took < bound, "{name} took {took:?}");
    Ended { code, stdout, stderr }
}

fn first(text: &str) -> &str {
    &text[..text.floor_char_boundary(600)]
}

/// The input is preserved byte for byte, or is rejected with a place.
fn passes_or_is_rejected(name: &str, input: &[u8]) {
    let ended = run(name, &["-f", "-"], input);
    if ended.code == 0 {
        assert!(ended.stdout == input, "{name}: the output differs");
    } else {
        assert!(ended.stdout.is_empty(), "{name}: output beside an error");
        assert!(ended.stderr.contains("stdin:"), "{name}: no place: {}", first(&ended.stderr));
    }
}

fn passes(name: &str, input: &[u8]) {
    let ended = run(name, &["-f", "-"], input);
    assert!(ended.code == 0 && ended.stdout == input, "{name}: {}", first(&ended.stderr));
}

fn is_rejected(name: &str, input: &[u8], message: &str) {
    let ended = run(name, &["-f", "-"], input);
    assert!(ended.code != 0 && ended.stderr.contains(message), "{name}: {}", first(&ended.stderr));
}

#[test]
fn nesting() {
    for piece in ["[", "{a: ", "- ", "? ", "{\"a\":", "- - ", "!t &a "] {
        is_rejected(piece, piece.repeat(100_000).as_bytes(), "stdin:");
    }
    let mut indented = String::new();
    for depth in 0..2000 {
        writeln!(indented, "{}a:", " ".repeat(depth)).unwrap();
    }
    is_rejected("deep mappings", indented.as_bytes(), "stdin:");
    passes_or_is_rejected("closed brackets", ("[".repeat(200) + &"]".repeat(200)).as_bytes());
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  restartPolicy: Never\n  containers:\n";

#[test]
fn aliases() {
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for level in 1..60 {
        writeln!(bomb, "a{level}: &a{level} [*a{before}, *a{before}]", before = level - 1).unwrap();
    }
    bomb += POD;
    bomb += "  - {name: a, command: *a59}\n  - {name: b, command: [x], resources: {limits: *a59}}\n";
    is_rejected("bomb", bomb.as_bytes(), "stdin:");
    let mut merges = String::from("a0: &a0 {k: v}\n");
    for level in 1..60 {
        writeln!(merges, "a{level}: &a{level} {{<<: [*a{before}, *a{before}]}}", before = level - 1).unwrap();
    }
    merges += POD;
    merges += "  - {name: a, command: [x], <<: *a59}\n  - {name: b, command: [x]}\n";
    is_rejected("merges", merges.as_bytes(), "stdin:");
    let many: String = (0..200_000 / SHRINK).fold(String::new(), |mut text, number| {
        writeln!(text, "- &a{number} x\n- *a{number}").unwrap();
        text
    });
    passes("anchors", many.as_bytes());
}

#[test]
fn many_entries() {
    let keys = |indent: &str| {
        (0..500_000 / SHRINK).fold(String::new(), |mut text, number| {
            writeln!(text, "{indent}key-{number}: value").unwrap();
            text
        })
    };
    passes_or_is_rejected("keys", keys("").as_bytes());
    let pod = POD.replace("{name: a}", &format!("\n  name: a\n  labels:\n{}", keys("    ").trim_end()));
    let ended = run(
        "labels",
        &["-f", "-"],
        (pod + "  - {name: a, command: [x]}\n  - {name: b, command: [x]}\n").as_bytes(),
    );
    assert!(ended.code == 0, "{}", first(&ended.stderr));
    passes("flow items", format!("a: [{}a]\n", "a,".repeat(5_000_000 / SHRINK)).as_bytes());
    passes("block items", format!("a:\n{}", "- a\n".repeat(5_000_000 / SHRINK)).as_bytes());
    passes("documents", "---\n".repeat(1_000_000 / SHRINK).as_bytes());
    passes("lines", "\n".repeat(20_000_000 / SHRINK).as_bytes());
    passes("comments", "# a\n".repeat(5_000_000 / SHRINK).as_bytes());
}

#[test]
fn large_pods() {
    let args = "x, ".repeat(100_000 / SHRINK);
    let pod =
        format!("{POD}  - {{name: a, command: [{args}x]}}\n  - {{name: b, command: [x], args: [{args}x]}}\n");
    assert_eq!(run("arguments in flow style", &["-f", "-"], pod.as_bytes()).code, 0);
    let args = "\n    - x".repeat(100_000 / SHRINK);
    let pod =
        format!("{POD}  - name: a\n    command:{args}\n  - name: b\n    command: [x]\n    args:{args}\n");
    assert_eq!(run("arguments in block style", &["-f", "-"], pod.as_bytes()).code, 0);
    let containers = (0..4000 / SHRINK).fold(POD.to_owned(), |mut text, number| {
        writeln!(
            text,
            "  - name: a{number}\n    image: image\n    command:\n    - command\n    args:\n    - {}",
            "argument ".repeat(60)
        )
        .unwrap();
        text
    });
    assert_eq!(run("containers", &["-f", "-"], containers.as_bytes()).code, 0);
}

#[test]
fn one_line() {
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"restartPolicy":"Never","containers":[{"name":"a","command":["x"]},{"name":"b","command":["x"]}]}}"#;
    let pods = vec![pod; 40_000 / SHRINK].join(",");
    let list = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{pods}]}}"#);
    // The output is twelve times as long as the input, and is held in memory until all of it is checked.
    let ended = run_within(32 * list.len(), "a list on one line", &["-f", "-"], list.as_bytes());
    assert_eq!(ended.code, 0, "{}", first(&ended.stderr));
    assert!(ended.stdout.len() > 8 * list.len());
}

#[test]
fn large_scalars() {
    let line = "lorem ipsum dolor sit amet ";
    let words = line.repeat(100_000_000 / SHRINK / line.len());
    passes("plain", format!("a: {}\n", words.trim_end()).as_bytes());
    passes("single quotes", format!("a: '{words}'\n").as_bytes());
    passes("double quotes", format!("a: \"{words}\"\n").as_bytes());
    let lines = words.replace("amet ", "amet\n  ");
    passes("plain on lines", format!("a:\n  {}\n", lines.trim_end()).as_bytes());
    passes("literal", format!("a: |\n  {}\n", lines.trim_end()).as_bytes());
    passes("folded", format!("a: >-\n  {}\n", lines.trim_end()).as_bytes());
    passes("double quotes on lines", format!("a: \"{}\"\n", lines.trim_end()).as_bytes());
    passes_or_is_rejected("a comment", format!("a: b # {words}\n").as_bytes());
    is_rejected("an unclosed quote", format!("a: 'b\n  {lines}").as_bytes(), "stdin:");
    is_rejected("an unclosed double quote", format!("a: \"{words}\n").as_bytes(), "stdin:");
    is_rejected(
        "an unclosed bracket",
        format!("a: [{}\n", "b, ".repeat(3_000_000 / SHRINK)).as_bytes(),
        "stdin:",
    );
}

#[test]
fn invalid_yaml() {
    is_rejected("NUL", b"a: \0\n", "stdin:");
    is_rejected("invalid UTF-8", b"a: \xff\n", "not UTF-8: byte 0xff at 1:4");
    is_rejected("half a character", b"a: \xc3", "not UTF-8");
    is_rejected("UTF-16", b"\xff\xfea\0:\0 \0b\0\n\0", "UTF-16");
    passes_or_is_rejected("tabs", "\ta: b\n".repeat(100_000).as_bytes());
    passes_or_is_rejected(
        "tags",
        ("%TAG !a! tag:a,2000:\n".repeat(100_000 / SHRINK) + "---\na: b\n").as_bytes(),
    );
    passes("duplicate keys", "a: b\n".repeat(100_000).as_bytes());
    let pod = POD.to_owned() + "  - {name: a, name: b, command: [x]}\n  - {name: c, command: [x]}\n";
    is_rejected("duplicate keys in a pod", pod.as_bytes(), "the key `name` occurs twice");
}

#[test]
fn a_file_of_two_gigabytes_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.yaml");
    std::fs::File::create(&path).unwrap().set_len(2 << 30).unwrap();
    let ended = run("sparse", &["-f", path.to_str().unwrap()], b"");
    assert!(ended.code == 2 && ended.stderr.contains("is larger than 1 GiB"), "{}", ended.stderr);
}
