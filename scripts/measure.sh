#!/usr/bin/env bash
# Writes the figures of docs/speed.md: builds the static release program, as scripts/build-release does, and measures it
# as a whole process on an idle machine. Takes some minutes. `git diff docs/speed.md` then shows what changed; README.md
# repeats two figures, and `cargo test --test documents` compares them.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc -vV | sed -n 's/^host: //p')
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR
scripts/build-release "$target" --quiet --bin kueueleuleu
export KUEUELEULEU=$CARGO_TARGET_DIR/$target/release/kueueleuleu
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
cargo bench --quiet --locked --bench process | tee "$figures"
[ -s "$figures" ]

page=docs/speed.md
sed -i -e '/^<!-- Figures: /,/^<!-- End /{/^<!-- /!d}' -e "/^<!-- Figures: /r $figures" "$page"
# A blank line on either side, without which the table is no table.
sed -i -e '/^<!-- Figures: /a\\' -e '/^<!-- End /i\\' "$page"
