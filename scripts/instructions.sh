#!/bin/sh
# Counts the instructions of the working tree beside those of another commit, the last one if none is named, with valgrind.
set -eu
cd "$(dirname "$0")/.."
# Elsewhere: in here it would be taken for a member of the workspace.
base="$(mktemp -d)/base"
git worktree add --quiet --force --detach "$base" "${1:-HEAD}"
trap 'git worktree remove --force "$base"' EXIT
build() { (cd "$1" && cargo build --quiet --release --bin kueueleuleu --target-dir "$2"); }
build "$base" "$PWD/target/instructions-before"
build . "$PWD/target/instructions-after"
cargo bench --quiet --bench process -- instructions \
  "$PWD/target/instructions-before/release/kueueleuleu" "$PWD/target/instructions-after/release/kueueleuleu"
