//! Which entries are meant, and where they are put.

use testdata::build::{Image, Wim};
use wim_export::Error;
use wim_fs::{ExtractOptions, PathPattern, Selection};

use crate::util::Place;

pub(crate) fn path(path: &str) -> PathPattern {
    PathPattern { path: path.to_owned(), keep_path: false, literal: false }
}

fn kept(text: &str) -> PathPattern {
    PathPattern { keep_path: true, ..path(text) }
}

fn wim() -> Wim {
    let image = Image::new("x").file("/Windows/a.txt", "a").file("/Windows/b.dll", "b");
    Wim::new().image(image.file("/Windows/System32/c.TXT", "c").dir("/empty").file("/d.txt", "d"))
}

fn names(patterns: &[PathPattern]) -> Vec<String> {
    let place = Place::new();
    place.extract(&wim(), &Selection::Paths(patterns.to_vec()), ExtractOptions::default()).unwrap();
    place.tree().into_keys().collect()
}

#[test]
fn paths_lie_right_in_the_destination_or_below_their_path() {
    assert_eq!(names(&[path("\\Windows\\System32")]), ["System32", "System32/c.TXT"]);
    assert_eq!(names(&[path("/windows/A.TXT"), path("/d.txt")]), ["a.txt", "d.txt"]);
    assert_eq!(names(&[kept("/Windows/a.txt")]), ["Windows", "Windows/a.txt"]);
    assert_eq!(names(&[kept("/Windows/System32"), kept("/Windows/a.txt"), kept("/Windows/System32/c.txt")]).len(), 4);
    assert_eq!(names(&[path("/")]).len(), 7);
    assert_eq!(names(&[path("/empty")]), ["empty"]);
}

#[test]
fn patterns_match_in_one_folder() {
    assert_eq!(names(&[path("/Windows/*.txt")]), ["a.txt"]);
    assert_eq!(names(&[path("/*/*/?.txt")]), ["c.TXT"]);
    assert_eq!(names(&[kept("/Windows/?.*")]), ["Windows", "Windows/a.txt", "Windows/b.dll"]);
}

#[test]
fn what_is_not_there_is_missed() {
    for pattern in [path("/absent"), path("/Windows/*.exe"), PathPattern { literal: true, ..path("/Windows/*.txt") }] {
        let place = Place::new();
        let selection = Selection::Paths(vec![path("/d.txt"), pattern]);
        let error = place.extract(&wim(), &selection, ExtractOptions::default()).unwrap_err();
        assert!(matches!(error, Error::NoSuchPath { .. }), "{error}");
        assert!(!place.destination().exists());
    }
}
