//! The hostile fixtures: what each holds is in [`crate::cases::HOSTILE_WIMS`].

use crate::build::{
    Chunked, Codec, Dentry, Image, Resource, SolidOrder, Subdir, TableEntry, Wim, bombs, header_flags, offsets, xml,
};
use crate::content::{random, text};

/// Levels of a tree with shared lists: small in the file, endless to walk.
const SHARED_LEVELS: usize = 28;
/// What a blob claims to hold.
const CLAIMED: u64 = 17 << 30;
/// The chunk size of the claiming archive, the biggest that Microsoft reads.
const CLAIMED_CHUNK: u32 = 64 << 20;

/// The bytes of a hostile fixture such as `hostile/cycle.wim`.
///
/// # Panics
/// When there is none of this name.
pub fn bytes(file: &str) -> Vec<u8> {
    let name = file.trim_start_matches("hostile/");
    match name {
        "cycle.wim" | "shared-lists.wim" | "subdir-past-end.wim" | "dentry-length-max.wim" => tree(name),
        "security-count.wim" | "security-id.wim" | "names.wim" => dentries(name),
        "metadata-missing.wim" | "stale-metadata.wim" | "claimed-metadata.wim" => metadata(name),
        "missing-blob.wim" | "wrong-hash.wim" | "past-end.wim" | "offset-wraps.wim" | "duplicate-entries.wim" => {
            blob(name)
        }
        "zero-size-blob.wim" | "chunk-table-backwards.wim" | "chunk-table-past-end.wim" | "claimed-17gib.wim" => {
            chunks(name)
        }
        "solid-overlap.wim" | "solid-chunk-sizes.wim" => solid(name),
        "encrypted.wim" | "image-count.wim" | "xml-utf8.wim" => xml_data(name),
        "truncated.wim" | "table-in-header.wim" | "write-in-progress.wim" => header(name),
        "integrity-hash.wim" | "integrity-size.wim" => integrity(name),
        "split-first.swm" => parts(0),
        "split-second.swm" => parts(1),
        _ => panic!("no hostile fixture {file}"),
    }
}

/// A small innocent image to hide things in.
fn innocent() -> Image {
    Image::new("x").file("a.txt", text(1, 300)).file("dir/b.txt", text(2, 200))
}

/// An archive with the innocent image.
fn wim() -> Wim {
    Wim::new().image(innocent()).boot_index(1)
}

/// Trees that cannot be walked.
fn tree(name: &str) -> Vec<u8> {
    let image = match name {
        "cycle.wim" => Image::of("x", bombs::cycle()),
        "shared-lists.wim" => Image::of("x", bombs::shared_lists(SHARED_LEVELS)),
        "subdir-past-end.wim" => innocent().add("", Dentry::dir("far").subdir(Subdir::Raw(1 << 40))),
        _ => {
            let evil = Dentry::file("evil", "").patch(offsets::dentry::LENGTH, u64::MAX.to_le_bytes());
            innocent().add("", evil).file("hidden by it", "found")
        }
    };
    Wim::new().image(image).to_bytes()
}

/// Security data and names that lie.
fn dentries(name: &str) -> Vec<u8> {
    let mut image = innocent();
    match name {
        "security-count.wim" => {
            image = image.security(crate::build::descriptor(1));
            image.metadata.security.patch(offsets::security::COUNT, (1u32 << 31).to_le_bytes());
        }
        "security-id.wim" => image = image.add("", Dentry::file("c", "c").security_id(77)),
        _ => {
            for evil in ["..", ".", "a/b", r"a\b", "C:", "a:b", "nul\0inside", "", "twice", "twice", "NUL", "dot."] {
                image = image.add("names", Dentry::file(evil, "x"));
            }
        }
    }
    Wim::new().image(image).to_bytes()
}

/// Metadata resources that are missing, dead, or too big to be true.
fn metadata(name: &str) -> Vec<u8> {
    let built = match name {
        "metadata-missing.wim" => wim().edit_table(|table| table.retain(|entry| !entry.is_metadata())),
        "stale-metadata.wim" => Wim::new().image(Image::new("dead").file("dead", "").stale()).image(innocent()),
        _ => wim().codec(Codec::Lzx).edit_table(|table| {
            table[0].resource.flags |= crate::build::flags::COMPRESSED;
            table[0].resource.uncompressed_size = 1 << 40;
        }),
    };
    built.to_bytes()
}

/// Entries of the blob table that lie.
fn blob(name: &str) -> Vec<u8> {
    let last = |edit: fn(&mut TableEntry)| {
        wim().edit_table(move |table| edit(table.last_mut().expect("the table has entries"))).to_bytes()
    };
    match name {
        "missing-blob.wim" => wim().omit(text(1, 300)).to_bytes(),
        "wrong-hash.wim" => {
            let built = wim().build();
            let start = built.entry(text(1, 300)).resource.offset as usize;
            built.flip(start + 100).bytes
        }
        "past-end.wim" => last(|entry| {
            entry.resource.size_in_wim = 1 << 20;
            entry.resource.uncompressed_size = 1 << 20;
        }),
        "offset-wraps.wim" => last(|entry| entry.resource.offset = u64::MAX - 9),
        _ => {
            let duplicate = |table: &mut Vec<TableEntry>| {
                let mut again = table[1].clone();
                again.resource.offset = table[2].resource.offset;
                table.push(again);
            };
            wim().edit_table(duplicate).to_bytes()
        }
    }
}

/// Compressed resources that lie.
fn chunks(name: &str) -> Vec<u8> {
    let data = random(3, 3_000);
    let (codec, chunk_size) = (Codec::Xpress, 4096);
    let three = Chunked::raw(&data, 1_000);
    let (codec, chunk_size, resource) = match name {
        "zero-size-blob.wim" => (Codec::Lzx, 32 << 10, Resource::chunked(&Chunked::stored(Vec::new()), 5_000)),
        "chunk-table-backwards.wim" => {
            (codec, chunk_size, Resource::chunked(&three.table([2_000, 1_000]), 2 * 4_096 + 1_000))
        }
        "chunk-table-past-end.wim" => {
            (codec, chunk_size, Resource::chunked(&three.table([1_000, 1 << 20]), 2 * 4_096 + 1_000))
        }
        _ => {
            let count = CLAIMED / u64::from(CLAIMED_CHUNK);
            let chunks: Vec<Vec<u8>> = (0..count).map(|seed| random(seed, 8)).collect();
            let chunked = Chunked { wide: true, ..Chunked::stored(chunks) };
            (Codec::Lzms, CLAIMED_CHUNK, Resource::chunked(&chunked, CLAIMED))
        }
    };
    let image = innocent().file("big", &data);
    Wim::new().codec_with(codec, chunk_size).image(image).store_as(&data, resource).to_bytes()
}

/// Solid resources that lie.
fn solid(name: &str) -> Vec<u8> {
    let wim = Wim::new()
        .image(innocent().file("c.txt", text(4, 500)))
        .solid(Codec::Lzms, 32 << 10)
        .solid_resources(1, SolidOrder::ResourceThenMembers);
    if name == "solid-overlap.wim" {
        return wim.edit_table(|table| table.last_mut().expect("a member").resource.offset -= 50).to_bytes();
    }
    wim.edit_solid(|solids| solids[0].chunk_sizes = vec![1 << 20]).to_bytes()
}

/// XML that says something else, or in the wrong way.
fn xml_data(name: &str) -> Vec<u8> {
    let wim = match name {
        "encrypted.wim" => wim().edit_xml(|text| {
            let key = "<ESD><ENCRYPTED><KEY>00112233</KEY></ENCRYPTED></ESD></WIM>";
            xml::utf16le(&text.replace("</WIM>", key))
        }),
        "image-count.wim" => wim().image(Image::new("y").file("c", "c")).edit_xml(|text| {
            let end = text.find("<IMAGE INDEX=\"2\"").unwrap_or(text.len());
            xml::utf16le(&format!("{}</WIM>", &text[..end]))
        }),
        _ => wim().edit_xml(String::into_bytes),
    };
    wim.to_bytes()
}

/// Headers that lie.
fn header(name: &str) -> Vec<u8> {
    match name {
        "truncated.wim" => {
            let built = wim().build();
            built.bytes[..built.xml_range.start + 100].to_vec()
        }
        "table-in-header.wim" => wim().edit_header(|header| header.blob_table.offset = 8).to_bytes(),
        _ => wim().flags(header_flags::WRITE_IN_PROGRESS).to_bytes(),
    }
}

/// Integrity tables that lie.
fn integrity(name: &str) -> Vec<u8> {
    let wim = wim().integrity(4096);
    match name {
        "integrity-hash.wim" => wim.edit_integrity(|table| table.hashes[0][0] ^= 1).to_bytes(),
        _ => wim.edit_integrity(|table| table.count += 1).to_bytes(),
    }
}

/// One part of a set of two.
fn parts(index: usize) -> Vec<u8> {
    Wim::new().image(innocent()).build_parts(2).swap_remove(index).bytes
}
