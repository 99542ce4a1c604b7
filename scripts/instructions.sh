#!/usr/bin/env bash
# Compares the instruction counts of the working tree with those of another commit, the last one by default:
# `scripts/instructions.sh [COMMIT]`. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

directory=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# Elsewhere: cargo would take a package in this directory for a member of the workspace.
base=$(mktemp -d)/base
trap 'git worktree remove --force "$base"; rmdir "$(dirname "$base")"' EXIT
git worktree add --quiet --detach "$base" "${1:-HEAD}"

# Static, as for a release: the instructions of a dynamic loader would be counted too.
target=$(rustc -vV | sed -n 's/^host: //p')
flags='-C target-feature=+crt-static -C relocation-model=static'
# build DIRECTORY NAME: builds the program of a directory, and copies it to target/instructions/NAME.
mkdir -p "$directory/instructions"
build() {
  (cd "$1" && RUSTFLAGS=$flags cargo build --quiet --locked --release --bin kueueleuleu --target "$target" \
    --target-dir "$directory")
  cp "$directory/$target/release/kueueleuleu" "$directory/instructions/$2"
}
build "$base" before
build . after
cargo bench --quiet --locked --bench process -- instructions \
  "$directory/instructions/before" "$directory/instructions/after"
