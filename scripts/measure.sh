#!/bin/sh
# Prints the table of docs/speed.md: builds the static release binary and measures it as a whole process.
set -eu
cd "$(dirname "$0")/.."
target=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS='-C target-feature=+crt-static' cargo build --quiet --release --bin kueueleuleu --target "$target"
KUEUELEULEU="${CARGO_TARGET_DIR:-$PWD/target}/$target/release/kueueleuleu"
export KUEUELEULEU
exec cargo bench --quiet --bench process
