//! `wimsmith diff`.

use testdata::build::{Image, Wim};

use crate::util::Folder;

#[test]
fn differences_are_told_and_the_code_is_1() {
    let folder = Folder::new();
    let old = Image::new("old").file("same", "1").file("gone", "22").file("name", "333");
    let new = Image::new("new").file("same", "2").file("new", "4444").file("other name", "333");
    folder.write("a.wim", Wim::new().image(old).image(new).to_bytes());
    let run = folder.run(&["diff", "a.wim:1", "a.wim:new"]).code(1);
    assert_eq!(
        run.text(),
        "- \\gone (2 bytes)\n+ \\new (4 bytes)\n> \\name -> \\other name (3 bytes)\n~ \\same: data (1 byte -> 1 byte)\n\
         the images differ: 1 added, 1 removed, 1 changed, 1 renamed; 1 entry is the same\n"
    );
    let json = folder.run(&["diff", "a.wim:1", "a.wim:2", "--json"]).code(1).json();
    assert_eq!(json["error"]["code"], "images_differ");
    assert_eq!(json["result"]["changed"][0]["fields"][0], "data");
    assert_eq!(json["result"]["new"]["name"], "new");
}

#[test]
fn the_same_image_does_not_differ() {
    let folder = Folder::new();
    folder.write("a.wim", Wim::new().image(Image::new("x").file("f", "1")).to_bytes());
    let run = folder.run(&["diff", "a.wim", "a.wim:1"]).ok();
    assert_eq!(run.text(), "nothing differs; 2 entries are the same\n");
    folder.run(&["diff", "a.wim", "a.wim:2"]).fails(4, &["no image 2"]);
    folder.run(&["diff", "a.wim", "b.wim"]).fails(3, &["b.wim"]);
    folder.run(&["diff", "a.wim", "a.wim", "--ignore", "colour"]).code(2);
}
