//! A run that is killed, a disk that is full, a power failure: the old archive or the new one, at any point.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use testdata::build::{Image, Wim};
use wim_export::{AppendPlan, Archive, Error, Event, ReadAt, Target, VerifyOptions, verify};
use wim_format::{ImageIndex, XmlImage};

use crate::common::{Change, Everything, case, changes, everything, index, named};
use crate::util;

/// What the storage is asked to do.
#[derive(Clone)]
enum Call {
    Write(u64, Vec<u8>),
    SetEnd(u64),
    Sync,
}

/// When calls fail.
#[derive(Clone, Copy, Default)]
struct Fault {
    /// The first call that fails, counted from 0.
    at: Option<usize>,
    /// Whether all calls after it fail as well.
    lasts: bool,
    /// Whether calls that fail have done their work all the same. Otherwise a write that fails has written half of its
    /// sectors, and anything else has done nothing.
    works: bool,
}

/// What a storage writes in one piece, or not at all.
const SECTOR: usize = 512;

/// How many of `len` bytes at `offset` a write that fails has written: up to the end of a sector.
fn half(offset: u64, len: usize) -> usize {
    let to_boundary = SECTOR - offset as usize % SECTOR;
    if len / 2 < to_boundary { 0 } else { to_boundary + (len / 2 - to_boundary) / SECTOR * SECTOR }
}

/// A file that keeps a log of what it is asked to do.
struct Recorder {
    bytes: Vec<u8>,
    log: Vec<Call>,
    calls: usize,
    fault: Fault,
}

impl Recorder {
    fn new(bytes: &[u8], fault: Fault) -> Self {
        Self { bytes: bytes.to_vec(), log: Vec::new(), calls: 0, fault }
    }

    /// Does what it is asked, or fails.
    fn call(&mut self, call: Call) -> io::Result<()> {
        let fails = self.fault.at.is_some_and(|at| self.calls == at || (self.fault.lasts && self.calls > at));
        self.calls += 1;
        let done = match call {
            Call::Write(offset, bytes) if fails && !self.fault.works => {
                let written = half(offset, bytes.len());
                Call::Write(offset, bytes[..written].to_vec())
            }
            _ if fails && !self.fault.works => return Err(io::ErrorKind::StorageFull.into()),
            call => call,
        };
        apply(&mut self.bytes, &done);
        self.log.push(done);
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl ReadAt for Recorder {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.bytes.read_exact_at(buf, offset)
    }
}

impl Target for Recorder {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.call(Call::Write(offset, bytes.to_vec()))
    }

    fn set_end(&mut self, len: u64) -> io::Result<()> {
        self.call(Call::SetEnd(len))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.call(Call::Sync)
    }
}

fn apply(bytes: &mut Vec<u8>, call: &Call) {
    match call {
        Call::Write(offset, data) => bytes.write_all_at(data, *offset).unwrap(),
        Call::SetEnd(len) => bytes.set_end(*len).unwrap(),
        Call::Sync => {}
    }
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % below
    }
}

/// What an unsynced call may have come to: all of it, nothing, or any of the sectors that it writes.
fn apply_torn(bytes: &mut Vec<u8>, call: &Call, numbers: &mut Numbers) {
    match (call, numbers.next(3)) {
        (_, 0) => {}
        (Call::Write(offset, data), 1) => {
            let (mut at, mut rest) = (*offset, data.as_slice());
            while !rest.is_empty() {
                let len = (SECTOR - at as usize % SECTOR).min(rest.len());
                if numbers.next(2) == 0 {
                    bytes.write_all_at(&rest[..len], at).unwrap();
                }
                (at, rest) = (at + len as u64, &rest[len..]);
            }
        }
        _ => apply(bytes, call),
    }
}

/// Everything that a power failure can leave of `old`: every beginning of the log, and some of what it can make of the calls
/// since the last sync.
fn crash_images(old: &[u8], log: &[Call], mut check: impl FnMut(Vec<u8>)) {
    const SUBSETS: usize = 24;
    let (mut durable, mut seen) = (old.to_vec(), HashSet::new());
    let mut check = |image: Vec<u8>| {
        let mut hasher = DefaultHasher::new();
        image.hash(&mut hasher);
        if seen.insert(hasher.finish()) {
            check(image);
        }
    };
    let mut numbers = Numbers(1);
    for epoch in log.split_inclusive(|call| matches!(call, Call::Sync)) {
        for _ in 0..SUBSETS {
            let mut image = durable.clone();
            epoch.iter().for_each(|call| apply_torn(&mut image, call, &mut numbers));
            check(image);
        }
        for call in epoch {
            apply(&mut durable, call);
            check(durable.clone());
        }
    }
}

/// What an archive is.
#[derive(PartialEq)]
struct State {
    everything: Everything,
    xml: Vec<XmlImage>,
    boot: Option<ImageIndex>,
    has_integrity: bool,
}

/// What the archive in `bytes` is; nothing may be wrong with it.
fn state(bytes: Vec<u8>) -> State {
    let archive = util::from_bytes(bytes).unwrap();
    let mut options = VerifyOptions::default();
    options.threads = NonZeroUsize::new(1);
    let report = verify(&archive, &options, &mut ()).unwrap();
    assert!(report.is_ok(), "{:?}", report.problems);
    let header = archive.header();
    assert_eq!(header.boot_metadata.is_none(), header.boot_index.is_none());
    State {
        everything: everything(&archive),
        xml: archive.xml().images().to_vec(),
        boot: archive.boot_index(),
        has_integrity: !header.integrity.is_none(),
    }
}

/// Bytes that a killed run left.
const LITTER: usize = 20_000;

/// The archives that are changed here, all of them small.
fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let image = |name: &str| Image::new(name).file(r"\common", "the same").file(r"\own", name.repeat(700));
    let two = Wim::new().image(image("one")).image(image("two")).boot_index(2).integrity(4096);
    let litter = Wim::new().image(image("one")).tail([0xCC; LITTER]).edit_header(|header| header.flags |= 0x40);
    vec![
        ("integrity.wim", testdata::read("wims/integrity.wim")),
        ("links.wim", testdata::read("wims/links.wim")),
        ("two images with an integrity table", two.to_bytes()),
        ("what a killed run left", litter.to_bytes()),
    ]
}

/// Runs every change on every archive.
fn each(mut run: impl FnMut(&str, &Archive, &[u8], &Change)) {
    for (what, bytes) in archives() {
        let archive = util::from_bytes(bytes.clone()).unwrap();
        for (name, change) in changes() {
            run(&format!("{what}: {name}"), &archive, &bytes, &change);
        }
    }
}

#[test]
fn a_power_failure_leaves_the_old_archive_or_the_new_one() {
    each(|name, archive, bytes, change| {
        let mut target = Recorder::new(bytes, Fault::default());
        change(archive, &mut target).unwrap();
        let (old, new) = (state(bytes.to_vec()), state(target.bytes.clone()));
        crash_images(bytes, &target.log, |image| {
            let left = state(image);
            assert!(left == old || left == new, "{name}");
        });
    });
}

/// Runs `change` with every fault that there is: at each call, for once or for good, in two ways. Gives what came out to
/// `check`, until no call fails.
fn with_every_fault(
    archive: &Archive,
    bytes: &[u8],
    change: &Change,
    lasts: bool,
    mut check: impl FnMut(usize, Recorder, Result<(), Error>),
) {
    for works in [false, true] {
        for at in 0.. {
            let mut target = Recorder::new(bytes, Fault { at: Some(at), lasts, works });
            let result = change(archive, &mut target);
            if target.calls <= at {
                result.unwrap();
                break;
            }
            check(at, target, result.map(|_| ()));
        }
    }
}

#[test]
fn every_call_may_fail_and_the_old_bytes_are_restored() {
    each(|name, archive, bytes, change| {
        // What a killed run left is cut off, and not put back.
        let litter = if name.starts_with("what a killed run left") { LITTER } else { 0 };
        let old = &bytes[..bytes.len() - litter];
        with_every_fault(archive, bytes, change, false, |at, target, result| {
            match result {
                Err(error) => {
                    assert!(matches!(error, Error::Write { .. }), "{name}, call {at}: {error}");
                    assert!(target.bytes == old || target.bytes == bytes, "{name}, call {at}");
                }
                Ok(()) => {
                    // Cutting off the old integrity table may fail: nobody needs that.
                    assert!(name.ends_with("remove the integrity table"), "{name}, call {at}");
                    state(target.bytes);
                }
            }
        });
    });
}

#[test]
fn a_storage_that_fails_for_good_keeps_an_archive() {
    each(|name, archive, bytes, change| {
        let mut complete = bytes.to_vec();
        change(archive, &mut complete).unwrap();
        let (old, new) = (state(bytes.to_vec()), state(complete));
        with_every_fault(archive, bytes, change, true, |at, target, _| {
            let left = state(target.bytes);
            assert!(left == old || left == new, "{name}, call {at}");
        });
    });
}

#[test]
fn a_power_failure_while_a_failed_run_is_undone_leaves_an_archive() {
    each(|name, archive, bytes, change| {
        let mut complete = bytes.to_vec();
        change(archive, &mut complete).unwrap();
        let (old, new) = (state(bytes.to_vec()), state(complete));
        with_every_fault(archive, bytes, change, false, |at, target, _| {
            crash_images(bytes, &target.log, |image| {
                let left = state(image);
                assert!(left == old || left == new, "{name}, call {at}");
            });
        });
    });
}

#[test]
fn whoever_cancels_gets_the_old_bytes() {
    let bytes = testdata::read("wims/integrity.wim");
    let archive = util::from_bytes(bytes.clone()).unwrap();
    let source = util::open(case("wims/two-images.wim")).unwrap();
    let plan = AppendPlan::new(&archive, &source, &[index(1)], named()).unwrap();
    for at in 0.. {
        let (mut target, mut events) = (bytes.clone(), 0);
        let mut cancel = |_: Event| {
            events += 1;
            if events > at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if let Err(error) = plan.write(&mut target, &mut cancel) {
            assert!(matches!(error, Error::Cancelled));
            assert!(target == bytes, "event {at}");
        } else {
            assert!(at > 2);
            break;
        }
    }
}

#[test]
fn a_panic_of_the_caller_restores_the_old_bytes() {
    let bytes = testdata::read("wims/integrity.wim");
    let archive = util::from_bytes(bytes.clone()).unwrap();
    let source = util::open(case("wims/two-images.wim")).unwrap();
    let plan = AppendPlan::new(&archive, &source, &[index(1)], named()).unwrap();
    let mut target = bytes.clone();
    let mut panics = |_: Event| -> ControlFlow<()> { panic!("on purpose") };
    let result = catch_unwind(AssertUnwindSafe(|| plan.write(&mut target, &mut panics)));
    assert!(result.is_err());
    assert!(target == bytes);
}
