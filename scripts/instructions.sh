#!/bin/sh
# Counts the instructions of the working tree beside those of another commit, the last one if none is named, with valgrind.
set -eu
cd "$(dirname "$0")/.."
# Elsewhere: in here it would be taken for a member of the workspace.
base="$(mktemp -d)/base"
git worktree add --quiet --force --detach "$base" "${1:-HEAD}"
trap 'git worktree remove --force "$base"' EXIT
# Static, as for a release: a dynamic loader would be counted too.
target=$(rustc -vV | sed -n 's/^host: //p')
flags='-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs'
build() {
  (cd "$1" && RUSTFLAGS=$flags cargo build --quiet --release --bin kueueleuleu --target "$target" --target-dir "$2")
}
before=$PWD/target/instructions-before
after=$PWD/target/instructions-after
build "$base" "$before"
build . "$after"
cargo bench --quiet --bench process -- instructions \
  "$before/$target/release/kueueleuleu" "$after/$target/release/kueueleuleu"
