//! A library that has no std to link, and calls every entry point of `wim-format`, `wim-compress` and
//! `wim-hive`.
//!
//! It is built, never run. Were std anywhere among the dependencies, its panic handler would be the second one, and the
//! build would fail: "found duplicate lang item `panic_impl`".
#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;
use core::panic::PanicInfo;

use wim_compress::{Codec, Level};
use wim_format::{
    BlobTable, BlobTableContext, ChunkLayout, ChunkTable, ChunkTableBuilder, Error, Header, ImageIndex, ImageMetadata,
    IntegrityTable, Limits, SecurityData, SolidHeader, XmlImage, XmlInfo,
};
use wim_hive::{Hive, RegFile, Value};

/// Has no memory to give.
struct NoMemory;

// SAFETY: an allocator may refuse every request by returning null, and what was never given is never returned.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Everything, so that nothing is left out of the library.
#[unsafe(no_mangle)]
pub extern "C" fn every_entry_point() -> bool {
    let bytes: &[u8] = black_box(&[]);
    [tables(bytes), images(bytes), codecs(bytes), hives(bytes)].contains(&None)
}

fn tables(bytes: &[u8]) -> Option<()> {
    let limits = Limits::default();
    let header = Header::parse(bytes.first_chunk()?).ok()?;
    let context = BlobTableContext { header: &header, file_len: bytes.len() as u64, limits: &limits };
    let table = BlobTable::parse(bytes, &context, |_| Ok::<_, Error>([0; SolidHeader::SIZE])).ok()?;
    let resource = table.metadata(ImageIndex::FIRST)?.resource;
    ChunkTable::location(&resource, header.chunk_size, ChunkLayout::Plain).ok()?;
    let chunks = ChunkTable::parse(&resource, header.chunk_size, ChunkLayout::Plain, bytes).ok()?;
    let mut builder = ChunkTableBuilder::new(resource.uncompressed_size, header.chunk_size);
    chunks.covering(0..u64::MAX).for_each(|chunk| builder.push(chunk.size));
    let solid = table.solid_resources().first()?;
    ChunkTable::solid_location(&solid.resource, &solid.header).ok()?;
    ChunkTable::parse_solid(&solid.resource, &solid.header, bytes).ok()?;
    let integrity = IntegrityTable::parse(bytes, bytes.len() as u64).ok()?;
    black_box((header.to_bytes(), table.to_bytes(), builder.to_bytes(), builder.to_solid_bytes()));
    black_box((integrity.to_bytes(), IntegrityTable::ranges(integrity.chunk_size, 0).count()));
    Some(())
}

fn images(bytes: &[u8]) -> Option<()> {
    let limits = Limits::default();
    let mut xml = XmlInfo::parse(bytes, &limits).ok()?;
    let mut image = XmlImage::new();
    image.set_property("WINDOWS/ARCH", Some("9")).ok()?;
    xml.push_image(image);
    let mut metadata = ImageMetadata::parse(bytes, &limits).ok()?;
    metadata.remove(metadata.find(r"\a")?).ok()?;
    let statistics = metadata.statistics(|_| 0);
    xml.image_mut(ImageIndex::FIRST)?.set_statistics(&statistics);
    black_box((xml.to_bytes(), metadata.to_bytes(), SecurityData::parse(bytes).ok()?.0.to_bytes()));
    Some(())
}

fn codecs(bytes: &[u8]) -> Option<()> {
    let mut out: Vec<u8> = Vec::new();
    for codec in [Codec::Xpress, Codec::Lzx, Codec::Lzms] {
        let mut decoder: Box<_> = codec.decompressor(1 << 15);
        decoder.decompress(bytes, &mut out).ok()?;
        let mut encoder: Box<_> = codec.compressor(1 << 15, Level::default());
        encoder.compress(bytes, &mut out)?;
    }
    Some(())
}

fn hives(bytes: &[u8]) -> Option<()> {
    let mut hive = Hive::parse(bytes).ok()?;
    hive.set_value("Setup", "CmdLine", &Value::sz("winpeshl.exe")).ok()?;
    hive.delete_value("Setup", "CmdLine").ok()?;
    hive.delete_key("Setup").ok()?;
    hive.import(&RegFile::parse(bytes).ok()?, "HKLM").ok()?;
    black_box((hive.export("", "HKLM").ok()?, hive.to_bytes().ok()?));
    Some(())
}
