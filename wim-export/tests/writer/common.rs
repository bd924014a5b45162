//! What is written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use testdata::content;
use wim_compress::Level;
use wim_export::{ExportOptions, NewBlob, NewImage, ReadAt};
use wim_format::{ImageMetadata, Inode, Sha1Hash, XmlImage};

/// Larger than what one thread takes in one go.
pub(crate) const LARGE: usize = 1_300_000;

/// Files of every size that is treated in its own way, and duplicates of each.
pub(crate) fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", Vec::new()),
        ("a.txt", b"hello".to_vec()),
        ("b.txt", content::text(1, 70_000)),
        ("c.bin", content::random(2, LARGE)),
        ("copy of b.txt", content::text(1, 70_000)),
        ("d.txt", content::text(3, LARGE + 1)),
        ("e.txt", content::text(4, 4_400_000)),
        ("f.bin", content::random(5, 5_000_001)),
        ("g.txt", content::text(6, LARGE + 2)),
        ("other of its size", content::text(7, LARGE + 2)),
        ("copy of g.txt", content::text(6, LARGE + 2)),
        ("noise", content::random(8, 40_000)),
    ]
}

/// Data that counts how often it is read.
pub(crate) struct Counted {
    pub(crate) data: Vec<u8>,
    pub(crate) read: Arc<AtomicU64>,
}

impl ReadAt for Counted {
    fn len(&self) -> io::Result<u64> {
        Ok(self.data.len() as u64)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.read.fetch_add(buf.len() as u64, Ordering::Relaxed);
        self.data.read_exact_at(buf, offset)
    }
}

pub(crate) fn blob((name, data): (&'static str, Vec<u8>)) -> NewBlob {
    NewBlob::new(name, Arc::new(data))
}

pub(crate) fn with(change: impl FnOnce(&mut ExportOptions)) -> ExportOptions {
    let mut options = ExportOptions::default();
    options.solid = Some(false);
    options.level = Level::new(10).expect("a level");
    change(&mut options);
    options
}

/// An image whose root has these files.
pub(crate) fn image(names: &[&str], hashes: &[Sha1Hash]) -> NewImage {
    let mut metadata = ImageMetadata::new();
    for (&name, &hash) in names.iter().zip(hashes) {
        metadata.add_child(metadata.root(), name.into(), Inode::file(hash)).unwrap();
    }
    NewImage { metadata, xml: XmlImage::new() }
}
