//! What differs between two images.

use std::sync::Arc;

use testdata::build::{Dentry, Image, Wim};
use wim_export::{Archive, DiffChange, DiffEntry, DiffField, DiffRename, ImageDiff};
use wim_format::ImageIndex;

fn archive(image: Image) -> Archive {
    Archive::from_source(Arc::new(Wim::new().image(image).to_bytes())).unwrap()
}

fn diff(old: Image, new: Image, ignored: &[DiffField]) -> ImageDiff {
    let first = ImageIndex::FIRST;
    ImageDiff::new((&archive(old), first), (&archive(new), first), ignored).unwrap()
}

fn old() -> Image {
    Image::new("old").file(r"\a\same.txt", "same").file(r"\a\changed.txt", "before").file(r"\gone\x.txt", "unique")
}

#[test]
fn the_same_image_does_not_differ() {
    let diff = diff(old(), old(), &[]);
    assert!(diff.is_empty());
    assert_eq!(diff.same, 6);
}

#[test]
fn each_difference_is_told_once() {
    let new = Image::new("new")
        .file(r"\A\same.txt", "same")
        .file(r"\A\changed.txt", "after, and longer")
        .file(r"\moved\y.txt", "unique")
        .file(r"\new.txt", "new");
    let diff = diff(old(), new, &[]);
    let entry = |path: &str, size| DiffEntry { path: path.to_owned(), size };
    assert_eq!(diff.added, [entry(r"\moved", 0), entry(r"\new.txt", 3)]);
    assert_eq!(diff.removed, [entry(r"\gone", 0)]);
    assert_eq!(diff.renamed, [DiffRename { from: r"\gone\x.txt".into(), to: r"\moved\y.txt".into(), size: 6 }]);
    let change =
        |path: &str, field, old_size, size| DiffChange { path: path.into(), fields: vec![field], old_size, size };
    assert_eq!(diff.changed, [change(r"\A", DiffField::Name, 0, 0), change(r"\A\changed.txt", DiffField::Data, 6, 17)]);
    assert_eq!(diff.same, 2);
}

#[test]
fn every_field_is_compared_and_can_be_ignored() {
    let file = || Dentry::file("f", "data");
    let cases = [
        (DiffField::Data, Dentry::file("f", "date")),
        (DiffField::Streams, file().stream("s", "x")),
        (DiffField::Name, Dentry::file("F", "data")),
        (DiffField::ShortName, file().short_name("F~1")),
        (DiffField::Attributes, file().attributes(0x22)),
        (DiffField::Times, file().times(1, 2, 3)),
        (DiffField::Security, file().security_id(0)),
    ];
    for (field, changed) in cases {
        let security = testdata::build::descriptor(7);
        let image = |file| Image::new("x").security(&security).add("", file);
        let found = diff(image(file()), image(changed.clone()), &[]);
        assert_eq!(found.changed.len(), 1, "{field:?}");
        assert_eq!(found.changed[0].fields, [field]);
        assert!(diff(image(file()), image(changed), &[field]).is_empty(), "{field:?}");
    }
    let link = Image::new("x").add("", Dentry::symlink("f", "target"));
    let found = diff(Image::new("x").add("", file()), link, &[]);
    assert!(found.changed[0].fields.contains(&DiffField::Type));
    assert!(found.changed[0].fields.contains(&DiffField::Reparse));
}
