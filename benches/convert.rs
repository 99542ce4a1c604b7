//! Compares a conversion in memory with a `serde_yaml` round trip of the same text, without processes and I/O.

mod inputs;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kueueleuleu::{Config, Converter};
use serde::Deserialize as _;
use std::hint::black_box;

/// The least work of a tool that decodes and encodes YAML.
fn round_trip(text: &str) -> usize {
    let documents = serde_yaml::Deserializer::from_str(text).map(|document| {
        let value = serde_yaml::Value::deserialize(document).expect("the inputs are YAML");
        serde_yaml::to_string(&value).expect("what was read can be written").len()
    });
    documents.sum()
}

fn stream(text: &str) -> usize {
    let converted =
        Converter::new(Config::default()).threads(0).documents(text).expect("the inputs are YAML");
    assert!(converted.diagnostics.is_empty() && converted.is_changed());
    converted.pieces().map(|piece| black_box(piece).len()).sum()
}

fn function(text: &str) -> usize {
    let converted =
        Converter::new(Config::default()).threads(0).resource_list(text).expect("the inputs are lists");
    assert!(converted.diagnostics.is_empty());
    converted.pieces().map(|piece| black_box(piece).len()).sum()
}

/// A case: its name, its text, and the function to measure.
type Case = (&'static str, String, fn(&str) -> usize);

fn benches(criterion: &mut Criterion) {
    let cases: [Case; 4] = [
        ("one pod", inputs::pod(1), stream),
        ("10,000 pods", inputs::pods(10_000), stream),
        ("ResourceList, 20 MB, 1 in 20", inputs::resource_list(20_000_000, 20), function),
        ("ResourceList, 20 MB, none", inputs::resource_list(20_000_000, 0), function),
    ];
    for (name, text, convert) in &cases {
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
        group.bench_function("convert", |bencher| bencher.iter(|| convert(black_box(text))));
        group.bench_function("serde_yaml round trip", |bencher| bencher.iter(|| round_trip(black_box(text))));
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
