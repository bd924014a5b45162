//! Writes the seeds: small inputs from which the fuzzers start, cut out of fixtures or made by the test data's builder.
//!
//! `cargo run -p wimsmith-fuzz --example seeds`

use std::fs;
use std::path::Path;
use std::sync::Arc;

use testdata::build::{Codec as BuildCodec, Dentry, Image, SolidOrder, Wim, xml};
use testdata::content;
use wim_compress::{Codec, Level};
use wim_export::Archive;
use wim_export::finalize::BUILT_IN_PROFILES;
use wim_format::{BlobLocation, Compression, Header, ImageIndex, ResourceHeader, SecurityData};
use wim_fuzz::resources;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let seeds = Seeds(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds"));
    headers_and_tables(&seeds)?;
    chunk_tables(&seeds)?;
    metadata(&seeds)?;
    xml_data(&seeds)?;
    names(&seeds)?;
    hives(&seeds)?;
    components(&seeds)?;
    archives(&seeds)?;
    edits(&seeds)?;
    chunks(&seeds)?;
    tarballs(&seeds)?;
    round_trips(&seeds)
}

fn tarballs(seeds: &Seeds) -> Result<()> {
    for name in ["ntfs", "links", "unix-data"] {
        let mut tar = Vec::new();
        wim_fs::write_tar(&open(&fixture(name))?, ImageIndex::FIRST, &mut tar, &mut ())?;
        seeds.put("from_tar", name, &[&[4], &tar])?;
    }
    let records = |records: &[(&str, &str)]| -> Vec<u8> {
        let lines = records.iter().map(|(key, value)| {
            let rest = key.len() + value.len() + 3;
            let digits = (1..9).find(|digits| (rest + digits).to_string().len() == *digits).unwrap_or(2);
            format!("{} {key}={value}\n", rest + digits)
        });
        lines.collect::<String>().into_bytes()
    };
    let in_data = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "9000")];
    let map = [("GNU.sparse.size", "9000"), ("GNU.sparse.map", "0,4,8000,4")];
    let pairs = ["0", "4", "8000", "4"].iter().enumerate();
    let pairs = pairs.map(|(at, value)| (["GNU.sparse.offset", "GNU.sparse.numbytes"][at % 2], *value));
    let pairs: Vec<_> = std::iter::once(("GNU.sparse.size", "9000")).chain(pairs).collect();
    let numbers = [&b"2\n0\n4\n8000\n4\n"[..], &[0; 512 - 14], b"datadata"].concat();
    for (name, map, data) in [
        ("sparse-1.0", &in_data[..], &numbers[..]),
        ("sparse-0.1", &map, b"datadata"),
        ("sparse-0.0", &pairs, b"datadata"),
    ] {
        let map = records(map);
        let tar =
            [block(b'x', "", map.len()), padded(&map), block(b'0', "sparse", data.len()), padded(data), vec![0; 1024]];
        seeds.put("from_tar", name, &[&[5], &tar.concat()])?;
    }
    let xattrs = records(&[
        ("SCHILY.xattr.user.a", "1"),
        ("path", "long/name"),
        ("mtime", "-1.5"),
        ("LIBARCHIVE.xattr.b", "eA"),
    ]);
    let attributes = records(&[("MSWINDOWS.fileattr", "33"), ("MSWINDOWS.xattr.EA", "AQI=")]);
    let parts = [
        block(b'x', "", xattrs.len()),
        padded(&xattrs),
        block(b'0', "short", 0),
        block(b'L', "", 9),
        padded(b"gnu/long\0"),
        block(b'1', "long/name", 0),
        block(b'3', "device", 0),
        block(b'5', "long/", 0),
        block(b'x', "", attributes.len()),
        padded(&attributes),
        block(b'0', "file", 2),
        padded(b"ab"),
        block(b'0', "file:stream", 1),
        padded(b"c"),
        block(b'2', "link", 0),
        block(b'0', "file", 1),
        padded(b"d"),
        vec![0; 1024],
    ];
    seeds.put("from_tar", "mixed", &[&[7], &parts.concat()])
}

/// A header of a tar archive, without its sum.
fn block(kind: u8, path: &str, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..path.len()].copy_from_slice(path.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"14524430400\0");
    block[156] = kind;
    block[157..161].copy_from_slice(b"file");
    block[257..265].copy_from_slice(b"ustar\x0000");
    block
}

/// Data of a tar archive, up to the end of a block.
fn padded(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    data.resize(data.len().next_multiple_of(512), 0);
    data
}

/// The folder of all seeds.
struct Seeds(std::path::PathBuf);

impl Seeds {
    fn put(&self, target: &str, name: &str, parts: &[&[u8]]) -> Result<()> {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(name), parts.concat())?)
    }
}

fn fixture(name: &str) -> Vec<u8> {
    testdata::read(&format!("wims/{name}.wim"))
}

fn header_of(file: &[u8]) -> Result<Header> {
    let first = Header::parse(file.first_chunk().ok_or("a short file")?)?;
    if !first.pipable {
        return Ok(first);
    }
    Ok(Header::parse(file.last_chunk().ok_or("a short file")?)?)
}

fn open(file: &[u8]) -> Result<Archive> {
    Ok(Archive::from_source(Arc::new(file.to_vec()))?)
}

fn bytes_of<'a>(file: &'a [u8], resource: &ResourceHeader) -> Result<&'a [u8]> {
    Ok(resources::slice(file, resource.offset, resource.size_in_wim).ok_or("a resource outside of the file")?)
}

/// The number by which targets know a compression.
fn compression_byte(compression: Compression) -> u8 {
    compression.codec() as u8
}

/// The number by which targets know a chunk size.
fn chunk_size_byte(compression: Compression, chunk_size: u32) -> u8 {
    let smaller = (0..32).map(|order| 1u32 << order).take_while(|&size| size < chunk_size);
    smaller.filter(|&size| compression.accepts_chunk_size(size)).count() as u8
}

fn headers_and_tables(seeds: &Seeds) -> Result<()> {
    for name in ["none", "xpress-4k", "solid-lzms-64k", "solid-appended", "pipable", "integrity", "two-images"] {
        let file = fixture(name);
        let header = header_of(&file)?;
        seeds.put("header", name, &[&header.to_bytes()])?;

        let table = bytes_of(&file, &header.blob_table)?;
        let bits = u8::from(header.pipable) | u8::from(header.version == wim_format::Version::Solid) << 1;
        let compression = header.compression();
        let chunk_size = chunk_size_byte(compression, header.chunk_size);
        let chunk_size = if compression == Compression::None { vec![] } else { vec![chunk_size] };
        let front = [&[bits, compression_byte(compression)][..], &chunk_size, &[header.image_count as u8]].concat();
        let solid_header = match open(&file)?.blob_table().solid_resources() {
            [solid, ..] => solid.header.to_bytes(),
            [] => [0; 16],
        };
        let file_len = (file.len() as u32).to_le_bytes();
        // A dozen entries say as much as all.
        let table = &table[..table.len().min(14 * 50)];
        seeds.put("blob_table", name, &[&front, &file_len, &solid_header, table])?;

        if !header.integrity.is_none() {
            let covered = header.blob_table.offset + header.blob_table.size_in_wim - Header::SIZE as u64;
            let table = bytes_of(&file, &header.integrity)?;
            seeds.put("integrity", name, &[&(covered as u32).to_le_bytes(), table])?;
        }
    }
    let table = wim_format::IntegrityTable { chunk_size: 100, hashes: vec![wim_format::Sha1Hash([7; 20]); 3] };
    seeds.put("integrity", "three", &[&250u32.to_le_bytes(), &table.to_bytes()])
}

fn chunk_tables(seeds: &Seeds) -> Result<()> {
    for (name, layout) in [("xpress-4k", 0u8), ("pipable", 1), ("solid-lzms-64k", 2), ("lzx-32k", 0)] {
        let file = fixture(name);
        let (archive, header) = (open(&file)?, header_of(&file)?);
        let (resource, compression, chunk_size, location) = match archive.blob_table().solid_resources() {
            [solid, ..] => {
                let location = wim_format::ChunkTable::solid_location(&solid.resource, &solid.header)?;
                let resource = ResourceHeader { uncompressed_size: solid.header.uncompressed_size, ..solid.resource };
                (resource, solid.header.compression, solid.header.chunk_size, location)
            }
            [] => {
                let resource = largest_compressed(&archive).ok_or("a fixture without compressed blobs")?;
                let layout =
                    if header.pipable { wim_format::ChunkLayout::Pipable } else { wim_format::ChunkLayout::Plain };
                let location = wim_format::ChunkTable::location(&resource, header.chunk_size, layout)?;
                (resource, header.compression(), header.chunk_size, location)
            }
        };
        let table = resources::slice(&file, location.start, location.end - location.start).ok_or("a short file")?;
        let fields = [resource.offset, resource.uncompressed_size, resource.size_in_wim, 4000, 9000];
        let fields: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        let front = [layout, compression_byte(compression), chunk_size_byte(compression, chunk_size)];
        seeds.put("chunk_table", name, &[&front, &fields, table])?;
    }
    Ok(())
}

fn largest_compressed(archive: &Archive) -> Option<ResourceHeader> {
    let compressed = archive.blob_table().blobs().iter().filter_map(|blob| match blob.location {
        BlobLocation::Resource(resource) if resource.is_compressed() => Some(resource),
        _ => None,
    });
    compressed.max_by_key(|resource| resource.uncompressed_size)
}

fn metadata(seeds: &Seeds) -> Result<()> {
    // One directory is made by each of the edits that come first; a kind, two entries and a name of one letter each.
    let edits = [0u8, 1, 2, 3, 4, 5].map(|kind| [kind, 3, 0, 1, 0, 1, b'a' + kind]);
    let edits = [&[edits.len() as u8][..], edits.as_flattened()].concat();
    for name in ["none", "ntfs", "unix-data", "7zz"] {
        let bytes = open(&fixture(name))?.metadata_bytes(ImageIndex::FIRST)?;
        seeds.put("metadata", name, &[&bytes])?;
        if name == "ntfs" {
            seeds.put("metadata_edit", name, &[&edits, &bytes])?;
        }
    }
    let image = small_image().metadata_bytes();
    seeds.put("metadata_edit", "small", &[&edits, &image])?;
    for name in ["names", "cycle", "security-id", "subdir-past-end", "dentry-length-max"] {
        let file = testdata::read(&format!("hostile/{name}.wim"));
        let table = bytes_of(&file, &header_of(&file)?.blob_table)?;
        let resource = resources::resource_header(table.first_chunk().ok_or("an empty table")?);
        seeds.put("metadata", name, &[bytes_of(&file, &resource)?])?;
    }
    seeds.put("metadata", "deep", &[&testdata::build::bombs::deep(20)])?;
    for name in ["ntfs", "none"] {
        let bytes = open(&fixture(name))?.metadata_bytes(ImageIndex::FIRST)?;
        let (_, len) = SecurityData::parse(&bytes)?;
        seeds.put("security", name, &[&bytes[..len]])?;
    }
    Ok(())
}

fn xml_data(seeds: &Seeds) -> Result<()> {
    let put = |name: &str, bytes: &[u8]| -> Result<()> {
        seeds.put("xml", name, &[bytes])?;
        let (path, text) = ("WINDOWS/LANGUAGES/LANGUAGE[2]", "a<b>&\"c\"");
        let lengths = [path.len() as u8, text.len() as u8];
        seeds.put("xml_edit", name, &[&lengths, path.as_bytes(), text.as_bytes(), bytes])
    };
    put("boot", open(&fixture("boot-x86"))?.xml_bytes())?;
    put("small", open(&fixture("none"))?.xml_bytes())?;
    put(
        "unusual",
        &xml::utf16le(
            "<?xml version=\"1.0\"?><!-- a --><WIM xmlns:w='urn:x' w:a='\"'><TOTALBYTES>1</TOTALBYTES>\
             <IMAGE INDEX='2'><NAME><![CDATA[a<b]]>&amp;&#65;</NAME><X/><Y></Y><!--c--></IMAGE>\
             <IMAGE INDEX=\"1\"><w:Z q='&lt;'> mixed <b/> text </w:Z><NAME>n</NAME><NAME>m</NAME></IMAGE></WIM>\n",
        ),
    )
}

fn names(seeds: &Seeds) -> Result<()> {
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let (a, b, c) = (units("Ab.c<U+000A>"), units("aB.C"), units("é😀\u{202E}"));
    seeds.put("name", "three", &[&[a.len() as u8, b.len() as u8], &a, &b, &c])?;
    seeds.put("name", "lone-surrogates", &[&[4, 4], &[0x00, 0xD8, 0x3D, 0xD8], &[0x00, 0xDE, 0x41, 0], b"<U+D800>"])
}

fn components(seeds: &Seeds) -> Result<()> {
    use testdata::component::{cabinet, manifest, mum, tool};
    seeds.put("cabinet", "tool", &[&tool("WinPE-Tool-Package")])?;
    seeds.put("cabinet", "stored", &[&cabinet(&[("update.mum", "<x/>")])])?;
    seeds.put("manifest", "package", &[mum("P", &["C"]).as_bytes()])?;
    let file = r#"<file name="tool.exe" destinationPath="$(runtime.system32)\" sourceName="tool.exe"/>"#;
    let registry = r#"<registryKeys><registryKey keyName="K"><registryValue name="n" valueType="REG_MULTI_SZ" value="&quot;a&quot;"/></registryKey></registryKeys>"#;
    seeds.put("manifest", "component", &[manifest("C", &[file, registry].concat()).as_bytes()])
}

/// Small hives, with a list of lists and data in segments among them, and edits of them.
fn hives(seeds: &Seeds) -> Result<()> {
    use testdata::hive::{Key, Value};
    let small = Key::new()
        .set("Select", "Current", Value::Dword(1))
        .set(r"Setup\First", "A", Value::Binary(vec![0x5A; 40]))
        .set("Setup", "", Value::sz("winpeshl.exe"))
        .key(r"A\b")
        .encode();
    let mut hive = wim_hive::Hive::parse(&small)?;
    for number in 0..600 {
        hive.create_key(&format!(r"A\k{number:04}"))?;
    }
    hive.set_value("A", "Select", &wim_hive::Value::binary(vec![1; 20_000]))?;
    hive.set_value("é", "鍵", &wim_hive::Value::dword(1))?;
    hive.delete_key(r"A\k0100")?;
    let grown = hive.to_bytes()?;
    // Edits: how many, then of each the kind, three names, a length, a byte.
    let edits =
        [&[4][..], &[1, 1, 0, 4, 9, 0, 3], &[0, 2, 5, 0, 0, 0, 0], &[2, 3, 0, 0, 0, 0, 0], &[3, 0, 0, 0, 0, 0, 0]]
            .concat();
    seeds.put("hive_parse", "small", &[&small])?;
    for (name, bytes) in [("small", &small), ("grown", &grown)] {
        seeds.put("hive_edit", name, &[&edits, bytes])?;
    }
    seeds.put("reg_file", "export", &[&wim_hive::Hive::parse(&small)?.export("", r"HKEY_LOCAL_MACHINE\SYSTEM")?])?;
    let text = "REGEDIT4\n\n[HKLM\\SYSTEM\\a]\n@=\"x\\\\y\"\n\"n\"=hex(2):25,\\\n  00\n\"d\"=dword:1f ; c\n\"n\"=-\n[-HKLM\\SYSTEM\\a\\b]\n";
    seeds.put("reg_file", "version-4", &[text.as_bytes()])
}

fn small_image() -> Image {
    let link = |name: &str| Dentry::file(name, "hello, hello, hello").hard_link(7);
    Image::new("x")
        .security(testdata::build::descriptor(7))
        .file(r"\docs\a.txt", "hello, hello, hello")
        .add(r"\docs", link("link"))
        .add("", link("link2"))
        .add("", Dentry::file("streams", "main").stream("named", "other data").short_name("STREAM~1"))
        .add("", Dentry::symlink("s", r"docs\a.txt"))
        .file("big", content::text(1, 1200))
}

/// Archives that hold a little of everything, for all targets that take whole files.
fn edits(seeds: &Seeds) -> Result<()> {
    // Files and directories, moved onto each other and removed.
    let moves = [0, 1, 0, 3, 2, 1, 2, 3, 2, 0, 1, 2, 0x86, 1, 0, 3, 0, 5, 6, 0, 5, 0, 1, 4, 0, 1, 5, 0, 5];
    seeds.put("edit_script", "moves", &[&moves])?;
    for number in 0..4 {
        seeds.put("edit_script", &format!("random-{number}"), &[&content::random(number, 300)])?;
    }
    for (name, text) in BUILT_IN_PROFILES {
        seeds.put("profile", name, &[text.as_bytes()])?;
    }
    let steps = "[meta]\nschema = 1\nname = \"s\"\n[policy]\nmax_class = \"experimental\"\n\
        [[step]]\nkind = \"rename\"\nfrom = '\\Windows\\win.ini'\nto = '\\w.old'\n\
        [[step]]\nkind = \"set_attr\"\npaths = ['\\w.*']\nset = [\"hidden\"]\n\
        [[step]]\nkind = \"text\"\npath = '\\a.ini'\nensure_line = 'x'\nencoding = \"utf16le\"\n\
        [[step]]\nkind = \"winpeshl\"\napps = ['a.exe, /b']\n\
        [[step]]\nkind = \"registry\"\nhive = \"SYSTEM\"\nop = \"set\"\nkey = 'Setup'\nname = 'x'\ntype = 'dword'\nvalue = 1\n\
        [[step]]\nkind = \"scratch_space\"\nmb = 128\n\
        [[step]]\nkind = \"target_path\"\npath = 'X:\\'\n\
        [[step]]\nkind = \"locale\"\nui = 'de-DE'\n[step.when]\narch = [\"x64\"]\n";
    seeds.put("profile", "steps", &[steps.as_bytes()])
}

fn archives(seeds: &Seeds) -> Result<()> {
    let encoder = |codec: Codec, chunk_size: u32| {
        move |chunk: &[u8]| {
            let mut encoded = vec![0; chunk.len()];
            let len = codec.compressor(chunk_size, Level::DEFAULT).compress(chunk, &mut encoded)?;
            encoded.truncate(len);
            Some(encoded)
        }
    };
    let plain = || Wim::new().image(small_image());
    let compressed = |build: BuildCodec, codec: Codec, chunk_size: u32| {
        plain().codec_with(build, chunk_size).encoder(encoder(codec, chunk_size))
    };
    let solid = |build: BuildCodec, codec: Codec, chunk_size: u32, order: SolidOrder| {
        plain().solid(build, chunk_size).solid_resources(2, order).encoder(encoder(codec, chunk_size))
    };
    let big = content::text(2, 9000);
    let chunked = Wim::new().codec_with(BuildCodec::Xpress, 4096).encoder(encoder(Codec::Xpress, 4096));
    let chunked = chunked.image(Image::new("x").file("chunks", big));
    let second = Image::new("y").file("other", "second image").description("it is");
    let all = [
        ("plain", plain().boot_index(1).unreferenced("nobody needs this").to_bytes()),
        ("two-images", plain().image(second).integrity(512).to_bytes()),
        ("xpress", compressed(BuildCodec::Xpress, Codec::Xpress, 4096).to_bytes()),
        ("lzx", compressed(BuildCodec::Lzx, Codec::Lzx, 1 << 15).to_bytes()),
        ("lzms", compressed(BuildCodec::Lzms, Codec::Lzms, 1 << 15).to_bytes()),
        ("solid-lzms", solid(BuildCodec::Lzms, Codec::Lzms, 1 << 15, SolidOrder::default()).to_bytes()),
        ("solid-xpress", solid(BuildCodec::Xpress, Codec::Xpress, 4096, SolidOrder::MembersFirst).to_bytes()),
        ("pipable", compressed(BuildCodec::Xpress, Codec::Xpress, 4096).pipable().to_bytes()),
        ("chunks", chunked.to_bytes()),
    ];
    for (name, bytes) in &all {
        seeds.put("archive", name, &[bytes])?;
        seeds.put("export", name, &[bytes])?;
        if !matches!(*name, "two-images" | "chunks") {
            seeds.put("recompress", name, &[bytes])?;
        }
        if matches!(*name, "plain" | "two-images" | "solid-lzms") {
            seeds.put("update", name, &[bytes])?;
        }
    }
    for name in ["names", "stale-metadata", "duplicate-entries", "zero-size-blob", "image-count", "claimed-metadata"] {
        seeds.put("archive", name, &[&testdata::read(&format!("hostile/{name}.wim"))])?;
    }
    for name in ["wrong-hash", "duplicate-entries", "metadata-missing", "past-end"] {
        seeds.put("export", name, &[&testdata::read(&format!("hostile/{name}.wim"))])?;
    }
    Ok(())
}

/// Single chunks out of fixtures that wimlib wrote: the smallest ones, and one of a few kilobytes.
fn chunks(seeds: &Seeds) -> Result<()> {
    let files = [
        ("xpress_decode", "xpress-4k"),
        ("xpress_decode", "xpress-32k"),
        ("lzx_decode", "lzx-32k"),
        ("lzx_decode", "lzx-256k"),
        ("lzms_decode", "lzms-32k"),
        ("lzms_decode", "lzms-128k"),
    ];
    for (target, name) in files {
        const LARGEST: usize = 4000;
        let file = fixture(name);
        let (archive, header) = (open(&file)?, header_of(&file)?);
        let mut chunks = Vec::new();
        for blob in archive.blob_table().blobs() {
            if let BlobLocation::Resource(resource) = blob.location
                && resource.is_compressed()
            {
                chunks.extend(resources::chunks(&file, &header, &resource).ok_or("a bad chunk table")?);
            }
        }
        chunks.retain(|(chunk, stored)| !chunk.is_stored() && stored.len() <= LARGEST);
        chunks.sort_by_key(|(_, stored)| stored.len());
        chunks.dedup();
        let picked = [0, chunks.len() * 2 / 3, chunks.len().saturating_sub(1)];
        for (i, number) in picked.into_iter().enumerate() {
            let Some((chunk, stored)) = chunks.get(number) else { continue };
            let front = [chunk_size_byte(header.compression(), header.chunk_size)];
            let len = &chunk.uncompressed_size.to_le_bytes()[..3];
            seeds.put(target, &format!("{name}-{i}"), &[&front, len, stored])?;
        }
    }
    Ok(())
}

fn round_trips(seeds: &Seeds) -> Result<()> {
    for target in ["xpress_round_trip", "lzx_round_trip", "lzms_round_trip"] {
        for (name, level, data) in [
            ("text-20", 19, content::text(3, 900)),
            ("text-50", 49, content::text(4, 1500)),
            ("code-100", 99, content::code(5, 1500)),
            ("noise", 49, content::random(6, 300)),
            ("empty", 0, Vec::new()),
        ] {
            seeds.put(target, name, &[&[level, 0], &data])?;
        }
        // Thirty-two literals, then copies from near and far.
        let literals = content::random(7, 32);
        let program = [&[31][..], &literals, &[0x90, 7, 0, 0xC0, 31, 0, 3, 1, 2, 3, 4, 0xFF, 200, 0, 0xFF, 0, 0]];
        for (name, level, pages) in [("program-20", 19, 7), ("program-50", 49, 127), ("program-100", 99, 15)] {
            seeds.put(target, name, &[&[0x80 | level, 1, pages], &program.concat()])?;
        }
    }
    Ok(())
}
