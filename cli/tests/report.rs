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

/// The page as a browser has it after `script` ran in it, too.
fn in_browser(folder: &Folder, script: &str) -> Option<String> {
    let chromium = testdata::peer("chromium")?;
    let html = String::from_utf8(folder.read("r.html")).unwrap();
    folder.write("tested.html", html.replace("</body>", &format!("<script>{script}</script></body>")));
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--force-prefers-reduced-motion", "--dump-dom"])
        .arg(format!("--user-data-dir={}", name(&folder.path("profile"))))
        .arg(folder.path("tested.html"))
        .output()
        .unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_browser_shows_the_page() {
    let folder = folder();
    page(&folder, &["boot.wim", "--before", "before.wim"]);
    let Some(dom) = in_browser(&folder, "") else { return };
    // The script ran to its end for both pictures.
    assert_eq!(dom.matches("class=\"crumb live\"").count(), 2);
}

#[test]
fn keys_go_into_directories_and_come_back() {
    const PRESS: &str = r#"
        const svg = document.querySelector("svg"), log = [];
        const say = () => log.push(document.activeElement.querySelector("title").textContent.split("\n")[0],
          svg.getAttribute("viewBox").split(" ").map(Number));
        const press = key => {
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
          say();
        };
        svg.querySelector("g").focus();
        say();
        for (const key of ["ArrowRight", "Enter", "ArrowRight", "ArrowDown", "ArrowUp", "Enter", "Escape", "Escape"]) press(key);
        log.push(svg.querySelectorAll('g[tabindex="0"]').length);
        document.body.dataset.log = JSON.stringify(log);"#;
    let folder = folder();
    page(&folder, &["boot.wim"]);
    let Some(dom) = in_browser(&folder, PRESS) else { return };
    let (_, log) = dom.split_once("data-log=\"").expect("the keys were pressed");
    let log = log.split('"').next().unwrap().replace("&quot;", "\"");
    let log: Vec<serde_json::Value> = serde_json::from_str(&log).unwrap();
    let (paths, boxes): (Vec<_>, Vec<_>) =
        log[..18].chunks(2).map(|step| (step[0].as_str().unwrap(), &step[1])).unzip();
    let all = serde_json::json!([0, 0, 1200, 700]);
    // The arrow moves the focus alone; Enter goes into what has it; Escape comes back, a level at a time.
    assert_eq!((paths[..3].to_vec(), boxes[0], boxes[1]), (vec!["\\", "\\Windows", "\\Windows"], &all, &all));
    assert!(boxes[2][2].as_f64() < Some(1200.0) && boxes[2][2].as_f64() > Some(0.0), "{boxes:?}");
    assert!(
        paths[3].starts_with("\\Windows\\") && paths[4].starts_with("\\Windows\\") && paths[3] != paths[4],
        "{paths:?}"
    );
    assert_eq!((paths[5], boxes[3], boxes[4], boxes[5]), (paths[3], boxes[2], boxes[2], boxes[2]));
    assert!(paths[6] == paths[5] && boxes[6][2].as_f64() < boxes[2][2].as_f64(), "{boxes:?}");
    assert_eq!((paths[7], boxes[7], paths[8], boxes[8]), ("\\Windows", boxes[2], "\\", &all));
    assert_eq!(log[18], 1, "one element is in the order of the tab key");
}
