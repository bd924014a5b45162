#!/bin/sh
# Makes two sets of files of this machine for the benchmarks: shared objects without symbols, and text.
#
#   bench/sets.sh DIR      fills DIR/elf and DIR/text, some 40 MB and 24 MB
set -eu

dir=${1:?"usage: bench/sets.sh DIR"}
mkdir -p "$dir/elf" "$dir/text"

# Copies files whose names come on standard input until the set is large enough: set, megabytes, command with {from} {to}.
fill() {
    set_dir=$1 limit=$(($2 * 1000000)) copy=$3 total=0
    while read -r file; do
        to=$set_dir/$(echo "$file" | tr / _)
        $copy "$to" "$file" 2>/dev/null || continue
        total=$((total + $(stat -c %s "$to")))
        [ "$total" -lt "$limit" ] || break
    done
}

strip_to() { strip -o "$1" "$2"; }
copy_to() { cp "$2" "$1"; }

# No file is so large that the set would be one file's.
find /usr/lib -name '*.so.*' -type f -size +60k -size -8M | LC_ALL=C sort | fill "$dir/elf" 40 strip_to
find /usr/share /usr/include -type f -size +2k \
    \( -name '*.txt' -o -name '*.h' -o -name '*.html' -o -name '*.py' -o -name '*.xml' -o -name copyright \) |
    LC_ALL=C sort | fill "$dir/text" 24 copy_to
