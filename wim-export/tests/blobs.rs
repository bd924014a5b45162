//! Reading many blobs at once.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use testdata::build::{Image, Wim};
use testdata::cases::WIMS;
use wim_export::{Archive, BlobReadOptions, BlobTaker, Error, OpenOptions, Result};
use wim_format::Sha1Hash;

/// Puts together what comes.
#[derive(Default)]
struct Gather {
    data: Mutex<BTreeMap<usize, Vec<u8>>>,
    ends: Mutex<BTreeMap<usize, bool>>,
}

impl BlobTaker for Gather {
    fn whole(&self, index: usize, data: &[u8]) -> Result<()> {
        assert!(self.data.lock().unwrap().insert(index, data.to_vec()).is_none());
        Ok(())
    }

    fn part(&self, index: usize, offset: u64, data: &[u8]) -> Result<()> {
        let mut all = self.data.lock().unwrap();
        let blob = all.entry(index).or_default();
        let end = offset as usize + data.len();
        blob.resize(blob.len().max(end), 0);
        blob[offset as usize..end].copy_from_slice(data);
        Ok(())
    }

    fn damaged(&self, index: usize, data: &[u8]) -> Result<()> {
        self.whole(index, data)
    }

    fn end(&self, index: usize, outcome: Result<()>) -> Result<()> {
        assert!(self.ends.lock().unwrap().insert(index, outcome.is_ok()).is_none());
        Ok(())
    }
}

fn options(threads: usize) -> BlobReadOptions {
    let mut options = BlobReadOptions::default();
    options.threads = NonZeroUsize::new(threads);
    options
}

fn all_hashes(archive: &Archive) -> Vec<Sha1Hash> {
    archive.blob_table().blobs().iter().map(|blob| blob.hash).collect()
}

#[test]
fn every_blob_comes_once_and_as_it_is() {
    for case in WIMS {
        let references = case.references.iter().map(|name| testdata::path(name));
        let open = references.fold(OpenOptions::new(), |options, path| options.reference(path));
        let archive = open.open(testdata::path(case.file)).unwrap();
        let hashes = all_hashes(&archive);
        for threads in [1, 3] {
            let gather = Gather::default();
            archive.read_blobs(&hashes, &options(threads), &gather, &mut ()).unwrap();
            let (data, ends) = (gather.data.into_inner().unwrap(), gather.ends.into_inner().unwrap());
            assert_eq!((data.len(), ends.len()), (hashes.len(), hashes.len()), "{}", case.file);
            for (index, bytes) in data {
                let size = archive.blob(&hashes[index]).unwrap().size;
                assert!(bytes == archive.read_blob(&hashes[index], 0..size).unwrap(), "{}", case.file);
            }
        }
    }
}

#[test]
fn large_blobs_come_in_parts_that_fit_together() {
    let large: Vec<u8> = (0..5_000_000_u32).map(|i| (i / 7) as u8).collect();
    let wim = Wim::new().image(Image::new("x").file("/large", large.clone()).file("/small", "small")).to_bytes();
    let archive = Archive::from_source(Arc::new(wim)).unwrap();
    let hashes = all_hashes(&archive);
    let gather = Gather::default();
    archive.read_blobs(&hashes, &options(2), &gather, &mut ()).unwrap();
    assert!(gather.data.into_inner().unwrap().into_values().any(|data| data == large));
}

#[test]
fn a_damaged_blob_ends_so_and_the_others_are_as_they_are() {
    let wim = Wim::new().image(Image::new("x").file("/a", "first file").file("/b", "second file")).build();
    let offset = wim.entry("first file").resource.offset as usize;
    let archive = Archive::from_source(Arc::new(wim.flip(offset).bytes)).unwrap();
    let hashes = all_hashes(&archive);
    let gather = Gather::default();
    archive.read_blobs(&hashes, &options(2), &gather, &mut ()).unwrap();
    let ends = gather.ends.into_inner().unwrap();
    assert_eq!(ends.values().filter(|right| **right).count(), 1);
    let damaged = ends.iter().find(|(_, right)| !**right).map(|(index, _)| *index).unwrap();
    assert_eq!(gather.data.into_inner().unwrap()[&damaged][1..], *b"irst file", "what is there is given all the same");
}

#[test]
fn what_is_missing_is_missed_before_anything_is_read() {
    let archive = Archive::from_source(Arc::new(Wim::new().image(Image::new("x").file("/a", "a")).to_bytes())).unwrap();
    let mut hashes = all_hashes(&archive);
    hashes.push(Sha1Hash([7; 20]));
    let gather = Gather::default();
    let error = archive.read_blobs(&hashes, &options(1), &gather, &mut ()).unwrap_err();
    assert!(matches!(error, Error::MissingBlob { .. }), "{error}");
    assert!(gather.data.into_inner().unwrap().is_empty());
}
