#!/bin/sh
# Measures every codec against libwim on three sets of files, and makes bench/CODECS.md and bench/codecs.svg.
#
#   bench/codecs.sh PE_DIR ELF_DIR TEXT_DIR      needs libwim-dev; also valgrind, to count instructions
#
# Takes some ten minutes where nothing else runs. RESULTS names a file to keep: what is measured again replaces what it has.
# RUN is a command to put before each measurement, such as `taskset -c 1`.
set -eu

[ $# -eq 3 ] || { echo "usage: bench/codecs.sh PE_DIR ELF_DIR TEXT_DIR" >&2; exit 2; }
pe=$1 elf=$2 text=$3
bench=$(dirname "$0")
results=${RESULTS:-$(mktemp)}
cargo build --quiet --release --locked --manifest-path "$bench/codecs/Cargo.toml" --target-dir "$bench/../target/bench-codecs"
program=$bench/../target/bench-codecs/release/wimsmith-bench-codecs
instructions=
command -v valgrind >/dev/null && instructions=--instructions

measure() { ${RUN:-} "$program" --results "$results" "$@"; }

lzx_levels=10,20,30,40,45,50,65,80,100
xpress_levels=20,35,50,65,80,90,100
lzms_levels=8,16,20,30,38,40,42,45,50,70,100

measure "$pe" --data PE --codec xpress --levels $xpress_levels --wimlib-levels 20,50,80,100 $instructions
measure "$pe" --data PE --codec xpress --chunk-size 4K --levels $xpress_levels --wimlib-levels 20,50,80,100
measure "$pe" --data PE --codec xpress --chunk-size 64K --levels $xpress_levels --wimlib-levels 20,50,80,100
measure "$pe" --data PE --codec lzx --levels $lzx_levels --wimlib-levels 20,35,50,100 $instructions
measure "$pe" --data PE --codec lzx --chunk-size 2M --levels 20,50,100 --wimlib-levels 20,50,100 --runs 1
measure "$pe" --data PE --codec lzms --levels $lzms_levels --wimlib-levels 20,50,100 --max-bytes 8M --runs 1 $instructions
measure "$pe" --data PE --codec lzms --chunk-size 64M --levels 8,16,20,30,38,42,45,50,70,100 --wimlib-levels 20,50,100 --max-bytes 64M --runs 1
for set in ELF TEXT; do
    dir=$elf
    [ $set = ELF ] || dir=$text
    measure "$dir" --data $set --codec xpress --levels $xpress_levels --wimlib-levels 20,50,80,100 --max-bytes 8M
    measure "$dir" --data $set --codec lzx --levels $lzx_levels --wimlib-levels 20,35,50,100 --max-bytes 8M
    measure "$dir" --data $set --codec lzms --levels 20,50,100 --wimlib-levels 20,50,100 --max-bytes 4M --runs 1
done
"$program" report "$results" "$bench"
