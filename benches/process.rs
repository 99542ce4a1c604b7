//! Compares the command as a process with `cat` and with a `serde_yaml` round trip, and prints the table of
//! docs/speed.md.
//!
//! `scripts/measure.sh` runs this benchmark. It measures the executable that `KUEUELEULEU` names, or the one that cargo
//! built. The kernel reports peak memory only as the maximum of all children of a process, and starts from the memory
//! of that process. So a new, small copy of this program runs each command.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the benchmark measures processes")]
#![expect(clippy::print_stdout, reason = "the benchmark prints a table")]

mod inputs;

use nix::sys::resource::{UsageWho, getrusage};
use serde::Deserialize as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const TURNS: usize = 5;
const START_UPS: usize = 80;
const STREAM: &[&str] = &["-f", "-"];

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["round-trip"] => round_trip(),
        ["run", runs, input, output, ref command @ ..] => run(runs.parse()?, input, output, command),
        // cargo adds `--bench`.
        ["instructions", before, after, ..] => instructions(before, after),
        _ => table(),
    }
}

/// The least work of a tool that decodes and encodes YAML.
fn round_trip() -> Outcome<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for document in serde_yaml::Deserializer::from_str(&text) {
        let value = serde_yaml::Value::deserialize(document)?;
        out.write_all(b"---\n")?;
        serde_yaml::to_writer(&mut out, &value)?;
    }
    Ok(out.flush()?)
}

/// Runs a command several times, and prints its peak memory in KiB and each of its times in ns. The first run is not
/// counted, because the previous command influences it.
fn run(runs: usize, input: &str, output: &str, command: &[&str]) -> Outcome<()> {
    let mut times = Vec::new();
    for number in 0..=runs {
        let (stdin, stdout) = (File::open(input)?, File::create(output)?);
        let start = Instant::now();
        let status = Command::new(command[0]).args(&command[1..]).stdin(stdin).stdout(stdout).status()?;
        let time = start.elapsed();
        times.extend((number > 0).then_some(time));
        if !status.success() {
            return Err(format!("{command:?}: {status}").into());
        }
    }
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    println!("{peak} {}", times.iter().map(|time| time.as_nanos().to_string()).collect::<Vec<_>>().join(" "));
    Ok(())
}

/// The measurements of one command.
#[derive(Clone, Default)]
struct Measured {
    /// Sorted.
    times: Vec<Duration>,
    /// In bytes.
    peak: u64,
    output: u64,
}

impl Measured {
    fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    fn least(&self) -> Duration {
        self.times[0]
    }
}

/// The number of runs, the input file, and the command.
type Runs<'r> = (usize, &'r str, &'r [&'r str]);

struct Bench {
    own: String,
    binary: String,
    output: String,
}

impl Bench {
    /// Measures commands in turns, so that other load on the machine affects all of them alike.
    fn in_turns<const N: usize>(&self, commands: [Runs<'_>; N]) -> Outcome<[Measured; N]> {
        let mut all = std::array::from_fn(|_| Measured::default());
        for _ in 0..TURNS {
            for (runs, measured) in commands.iter().zip(&mut all) {
                self.measure(*runs, measured)?;
            }
        }
        for measured in &mut all {
            measured.times.sort();
        }
        Ok(all)
    }

    fn measure(&self, (runs, input, command): Runs<'_>, measured: &mut Measured) -> Outcome<()> {
        let runs = runs.to_string();
        let args = [&["run", &runs, input, &self.output], command].concat();
        let printed = Command::new(&self.own).args(args).stderr(Stdio::inherit()).output()?;
        let printed = String::from_utf8(printed.stdout)?;
        let numbers: Vec<u64> = printed.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let Some((peak, times)) = numbers.split_first() else { return Err("it could not be run".into()) };
        measured.times.extend(times.iter().copied().map(Duration::from_nanos));
        measured.peak = measured.peak.max(peak * 1024);
        measured.output = std::fs::metadata(&self.output)?.len();
        Ok(())
    }

    /// The instructions of one run, if `valgrind` is installed.
    fn instructions(&self, input: &str, args: &[&str]) -> Option<u64> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &self.binary]).args(args);
        let printed = valgrind.stdin(File::open(input).ok()?).output().ok()?;
        let printed = String::from_utf8(printed.stderr).ok()?;
        let (_, count) = printed.split_once("Collected :")?;
        count.split_whitespace().next()?.parse().ok()
    }
}

#[expect(clippy::cast_precision_loss, reason = "of sizes in MB")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn table() -> Outcome<()> {
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name).display().to_string();
    let binary =
        std::env::var("KUEUELEULEU").unwrap_or_else(|_| env!("CARGO_BIN_EXE_kueueleuleu").to_owned());
    let own = std::env::current_exe()?.display().to_string();
    let bench = Bench { own, binary, output: path("out.yaml") };

    let cases: [(&str, String, &[&str]); 5] = [
        ("10,000 pods, all converted", inputs::pods(10_000), STREAM),
        ("30,000 pods, all converted", inputs::pods(30_000), STREAM),
        ("ResourceList, 1 item in 20 converted", inputs::resource_list(20_000_000, 20), &[]),
        ("ResourceList, nothing to convert", inputs::resource_list(20_000_000, 0), &[]),
        ("ResourceList, all items converted", inputs::resource_list(20_000_000, 1), &[]),
    ];
    println!(
        "| input | in, out | time | throughput in, out | peak memory | beside `cat` | beside a `serde_yaml` round trip |"
    );
    println!("|---|---|---|---|---|---|---|");
    let trip: &[&str] = &[&bench.own, "round-trip"];
    for (number, (name, text, args)) in cases.iter().enumerate() {
        let input = path(&format!("{number}.yaml"));
        std::fs::write(&input, text)?;
        let command = [&[&*bench.binary], *args].concat();
        let [cat, trip, ours] =
            bench.in_turns([(5, &input, &["cat"]), (1, &input, trip), (5, &input, &command)])?;
        println!("| {name} | {} |", row(text.len() as u64, &ours, &cat, &trip));
    }
    let command: &[&str] = &[&bench.binary, "-f", "-"];
    let [less, more] = bench.in_turns([(5, &path("0.yaml"), command), (5, &path("1.yaml"), command)])?;
    println!(
        "\n30,000 pods cost {:.2} times what 10,000 do (3 is linear).",
        more.median().as_secs_f64() / less.median().as_secs_f64()
    );
    walk(&bench, &directory.path().join("files"))?;
    start_up(&bench, &path("one.yaml"))
}

/// Compares a walk over 20,000 files, of which one in a hundred is a manifest, with `rg --files`, which reads no file.
fn walk(bench: &Bench, directory: &Path) -> Outcome<()> {
    let pod = inputs::pods(1);
    for number in 0..20_000 {
        let directory = directory.join(format!("{}/{}", number / 2000, number / 100));
        std::fs::create_dir_all(&directory)?;
        let (extension, text) = if number % 100 == 0 { ("yaml", &*pod) } else { ("txt", "not a manifest\n") };
        std::fs::write(directory.join(format!("{number}.{extension}")), text)?;
    }
    let directory = directory.display().to_string();
    // Sorted, as we read them.
    let list: &[&str] = &["rg", "--files", "--sort", "path", &directory];
    if Command::new("rg").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("\nA walk over 20,000 files: not measured, there is no `rg`.");
        return Ok(());
    }
    let ours: &[&str] = &[&bench.binary, "-q", "-R", "-f", &directory, "--diff"];
    let [ours, list] = bench.in_turns([(10, "/dev/null", ours), (10, "/dev/null", list)])?;
    println!(
        "\nA walk over 20,000 files, 200 of them manifests: {:.1} ms ({:.1} at least), {:.1} MB; `rg --files` {:.1} ms ({:.1}), {:.1} MB.",
        ms(ours.median()),
        ms(ours.least()),
        mega(ours.peak),
        ms(list.median()),
        ms(list.least()),
        mega(list.peak)
    );
    Ok(())
}

/// Prints how many instructions two executables take for the same inputs, which is more reliable than times.
fn instructions(before: &str, after: &str) -> Outcome<()> {
    let directory = tempfile::tempdir()?;
    let input = directory.path().join("in.yaml").display().to_string();
    let bench = |binary: &str| Bench { own: String::new(), binary: binary.to_owned(), output: String::new() };
    let cases: [(&str, String, &[&str]); 4] = [
        ("one pod", inputs::pod(1), STREAM),
        ("1,000 pods, all converted", inputs::pods(1000), STREAM),
        ("ResourceList, 2 MB, 1 item in 20 converted", inputs::resource_list(2_000_000, 20), &[]),
        ("ResourceList, 2 MB, nothing to convert", inputs::resource_list(2_000_000, 0), &[]),
    ];
    println!("| input | before | after | ratio |\n|---|---|---|---|");
    for (name, text, args) in cases {
        std::fs::write(&input, text)?;
        let count = |binary| bench(binary).instructions(&input, args).ok_or("`valgrind` counts nothing");
        let (before, after) = (count(before)?, count(after)?);
        let ratio = mega(after) / mega(before);
        println!("| {name} | {:.1} M | {:.1} M | {ratio:.3} |", mega(before), mega(after));
    }
    Ok(())
}

/// The columns after the input's name in its line of the table.
fn row(input: u64, ours: &Measured, cat: &Measured, trip: &Measured) -> String {
    let (own, output) = (ours.median(), ours.output);
    format!(
        "{:.1}, {:.1} MB | {:.1} ms | {:.0}, {:.0} MB/s | {:.1} MB, {:.1} × the input | {:.1} × its {:.1} ms | {:.1} × as fast as its {:.0} ms, {:.0} MB",
        mega(input),
        mega(output),
        ms(own),
        mega(input) / own.as_secs_f64(),
        mega(output) / own.as_secs_f64(),
        mega(ours.peak),
        mega(ours.peak) / mega(input),
        own.as_secs_f64() / cat.median().as_secs_f64(),
        ms(cat.median()),
        trip.median().as_secs_f64() / own.as_secs_f64(),
        ms(trip.median()),
        mega(trip.peak),
    )
}

fn start_up(bench: &Bench, input: &str) -> Outcome<()> {
    std::fs::write(input, inputs::pod(1))?;
    let command: &[&str] = &[&bench.binary, "-f", "-"];
    let [ours, cat] = bench.in_turns([(START_UPS, input, command), (START_UPS, input, &["cat"])])?;
    println!(
        "One pod: {:.2} ms ({:.2} at least), {:.1} MB resident; `cat` {:.2} ms ({:.2}).",
        ms(ours.median()),
        ms(ours.least()),
        mega(ours.peak),
        ms(cat.median()),
        ms(cat.least())
    );
    match (bench.instructions(input, STREAM), bench.instructions(input, &["--version"])) {
        (Some(all), Some(none)) => {
            println!("One pod takes {all} instructions; `--version` alone takes {none}.");
        }
        _ => println!("Instructions: not counted, there is no `valgrind`."),
    }
    let size = std::fs::metadata(Path::new(&bench.binary))?.len();
    println!("Binary: {:.2} MB.", mega(size));
    Ok(())
}
