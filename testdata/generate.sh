#!/bin/sh
# Makes the fixtures of testdata/wims again, with wimlib-imagex 1.13.5 and 7zz. Needs a Unix system: the trees have hard
# links and symbolic links. With the same versions of the programs the result differs from run to run only in what they
# derive from inode numbers and the order of folders: the ids of hard-link groups and the order of blobs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$here/wims
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --quiet --manifest-path "$here/Cargo.toml"
bin=$(cargo metadata --manifest-path "$here/Cargo.toml" --format-version 1 --no-deps |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug

wimlib() {
    wimlib-imagex "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}

# tree NAME: a fresh copy of a tree, because capturing it changes its times of last access.
tree() {
    rm -rf "${work:?}/$1"
    umask 022
    "$bin/make-tree" "$1" "$work/$1"
    find "$work/$1" -type l -exec touch -h -d '2023-10-20 12:00:00 UTC' {} +
    # Reading a folder has changed its time of last access.
    find "$work/$1" -depth -type d -exec touch -a -d '2023-10-20 12:00:00 UTC' {} +
}

# capture TREE FILE OPTION...: the image has the name of the tree.
capture() {
    tree "$1"
    from=$work/$1 name=$1 to=$out/$2
    rm -f "$to"
    shift 2
    wimlib capture "$from" "$to" "$name" "$@"
}

# append TREE FILE OPTION...
append() {
    tree "$1"
    from=$work/$1 name=$1 to=$out/$2
    shift 2
    wimlib append "$from" "$to" "$name" "$@"
}

mkdir -p "$out"
rm -f "$out"/*.wim "$out"/*.swm

# One codec and chunk size each.
capture small none.wim --compress=none
capture mixed xpress-4k.wim --compress=xpress --chunk-size=4096
capture mixed xpress-32k.wim --compress=xpress
capture mixed xpress-64k.wim --compress=xpress --chunk-size=65536
capture mixed lzx-32k.wim --compress=lzx
capture mixed lzx-256k.wim --compress=lzx --chunk-size=262144
capture mixed lzms-32k.wim --compress=lzms --chunk-size=32768
capture mixed lzms-128k.wim --compress=lzms

# Solid resources.
capture mixed solid-lzms.wim --solid
capture mixed solid-lzms-64k.wim --solid --solid-chunk-size=65536
capture mixed solid-lzx.wim --solid --solid-compress=lzx --solid-chunk-size=32768
capture mixed solid-xpress.wim --solid --solid-compress=xpress --solid-chunk-size=32768
capture small solid-appended.wim --compress=none --solid
append mixed-changed solid-appended.wim --solid

# Several images, tables, links and metadata.
capture mixed two-images.wim --compress=xpress --boot
append mixed-changed two-images.wim
capture small integrity.wim --compress=none --check
capture small links.wim --compress=lzx
capture small unix-data.wim --compress=lzx --unix-data
"$bin/make-wim" ntfs "$out/ntfs.wim"
wimlib export "$out/ntfs.wim" all "$out/ntfs-lzx.wim" --compress=lzx --boot

# Variants of the container.
capture mixed pipable.wim --compress=lzx --pipable
capture small pipable-none.wim --compress=none --pipable
capture mixed-changed delta.wim --compress=lzx --delta-from="$out/lzx-32k.wim"
wimlib split "$out/lzx-32k.wim" "$out/split.swm" 0.0145

# Another writer.
tree small
rm -f "$out/7zz.wim"
(cd "$work/small" && 7zz a -twim -mtm=on -snl -snh -bso0 -bsp0 "$out/7zz.wim" .)

# Boot images.
capture winpe two-images-lzx.wim --compress=lzx --boot --flags=9 \
    --image-property "NAME=Microsoft Windows PE (x64)" --image-property "DESCRIPTION=Microsoft Windows PE (x64)"
append winpe-setup two-images-lzx.wim --flags=9 \
    --image-property "NAME=Microsoft Windows Setup (x64)" --image-property "DESCRIPTION=Microsoft Windows Setup (x64)"
"$bin/make-wim" boot-x86 "$work/boot-x86.wim"
rm -f "$out/boot-x86.wim"
wimlib export "$work/boot-x86.wim" all "$out/boot-x86.wim" --compress=lzx --boot

for file in "$out"/*.wim; do
    "$bin/pin-wim" "$(basename "$file")" "$file"
done
"$bin/pin-wim" split "$out"/split*.swm
