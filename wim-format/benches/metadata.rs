//! How fast the metadata of an image of 100,000 files is read, written and searched.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use testdata::build::{Dentry, MetadataBuilder, ROOT};
use wim_format::{ImageMetadata, Limits};

const DIRECTORIES: usize = 1_000;
const FILES_PER_DIRECTORY: usize = 99;
const ENTRIES: usize = DIRECTORIES * (FILES_PER_DIRECTORY + 1);

fn main() {
    divan::main();
}

/// How the entries of a directory are sorted.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// By name.
    Sorted,
    /// Not at all.
    Unsorted,
}

fn resource(order: Order) -> Vec<u8> {
    let mut tree = MetadataBuilder::new();
    for directory in 0..DIRECTORIES {
        let directory = tree.add(ROOT, Dentry::dir(&format!("directory {directory:04}")));
        for file in 0..FILES_PER_DIRECTORY {
            let number = match order {
                Order::Sorted => file,
                // A multiplier without a common factor visits every number once.
                Order::Unsorted => file * 37 % FILES_PER_DIRECTORY,
            };
            tree.add(directory, Dentry::file_of(&format!("Some File {number:02}.dll"), [number as u8 + 1; 20]));
        }
    }
    tree.to_bytes()
}

fn image(order: Order) -> ImageMetadata {
    ImageMetadata::parse(&resource(order), &Limits::default()).expect("the resource is valid")
}

#[divan::bench(args = [Order::Sorted, Order::Unsorted])]
fn parse(bencher: Bencher<'_, '_>, order: Order) {
    let bytes = resource(order);
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| ImageMetadata::parse(black_box(&bytes), &Limits::default()));
}

#[divan::bench]
fn to_bytes(bencher: Bencher<'_, '_>) {
    let image = image(Order::Sorted);
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| image.to_bytes());
}

#[divan::bench]
fn walk(bencher: Bencher<'_, '_>) {
    let image = image(Order::Sorted);
    bencher
        .counter(ItemsCount::new(ENTRIES))
        .bench(|| image.walk().map(|(_, dentry)| dentry.name.units().len()).sum::<usize>());
}

#[divan::bench(args = [Order::Sorted, Order::Unsorted])]
fn find(bencher: Bencher<'_, '_>, order: Order) {
    let image = image(order);
    bencher.bench(|| image.find(black_box(r"\DIRECTORY 0789\some file 77.DLL")));
}
