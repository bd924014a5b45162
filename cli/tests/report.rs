//! `wimsmith report`.

use std::process::Command;

use testdata::build::{Dentry, Image, Wim};
use testdata::pe::Machine;
use testdata::winpe::{self, Edition};

use crate::util::{Folder, name};

fn folder() -> Folder {
    let folder = Folder::new();
    let before =
        winpe::image(Machine::X64, Edition::Pe).file(r"\Windows\Temp\junk.bin", testdata::content::random(1, 9_000));
    folder.write("before.wim", Wim::new().image(before).boot_index(1).to_bytes());
    folder.write("boot.wim", Wim::new().image(winpe::image(Machine::X64, Edition::Pe)).boot_index(1).to_bytes());
    folder
}

fn page(folder: &Folder, arguments: &[&str]) -> String {
    folder.run(&[&["report"], arguments, &["--html", "r.html"]].concat()).ok();
    String::from_utf8(folder.read("r.html")).unwrap()
}

#[test]
fn every_directory_has_an_element_that_names_it() {
    let folder = folder();
    let html = page(&folder, &["boot.wim"]);
    for path in [r"\", r"\Windows\System32\config", r"\Windows\Boot\DVD\EFI", r"\Users\Default"] {
        assert!(html.contains(&format!("<title>{path}\n")), "{path}");
    }
    assert!(html.contains("<title>\\Windows\\System32\\ntoskrnl.exe\n"), "large files have one, too");
    assert_eq!(html.matches("<g ").count(), html.matches("</g>").count());
    assert!(html.contains("secure-boot-2023"), "findings are there");
    assert!(html.contains("hard links of one file"));
    // No network: nothing of another place is named but the standards' own.
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn before_stands_beside_after() {
    let folder = folder();
    let html = page(&folder, &["boot.wim", "--before", "before.wim"]);
    assert_eq!(html.matches("<svg").count(), 2);
    assert!(html.contains("KiB smaller"), "the difference is told");
    let (_, changed) = html.split_once("<h2>Changed directories</h2>").unwrap();
    assert!(changed.split("</table>").next().unwrap().contains(r"\Windows\Temp"));
    let json = folder.run(&["report", "boot.wim", "1", "--html", "r.html", "--json"]).ok().json();
    assert!(json["result"]["stored_bytes"].as_u64().unwrap() > 10_000);
    folder.run(&["report", "boot.wim", "2", "--html", "r.html"]).fails(4, &["no image 2"]);
    folder.run(&["report", "boot.wim", "--html", "missing/r.html"]).fails(3, &["missing"]);
}

#[test]
fn names_cannot_break_out_of_the_markup() {
    let folder = Folder::new();
    let evil = "<script>alert(1)</script>\"'&\u{202e}";
    let image = Image::new(evil).add(evil, Dentry::file(evil, "data")).add(evil, Dentry::file("other", "data"));
    folder.write("evil.wim", Wim::new().image(image).to_bytes());
    let html = page(&folder, &["evil.wim"]);
    assert_eq!(html.matches("<script>").count(), 1, "the page's own");
    assert!(!html.contains("alert(1)</script>") && !html.contains('\u{202e}'));
}

#[test]
fn a_browser_shows_the_page() {
    let Some(chromium) = testdata::peer("chromium") else { return };
    let folder = folder();
    page(&folder, &["boot.wim", "--before", "before.wim"]);
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", name(&folder.path("profile"))))
        .arg(folder.path("r.html"))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    // The script ran to its end for both pictures.
    assert_eq!(dom.matches("class=\"crumb live\"").count(), 2, "{}", String::from_utf8_lossy(&output.stderr));
}
