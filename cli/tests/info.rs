//! `wimsmith info`.

use testdata::build::{Dentry, Image, Wim};

use crate::util::{Folder, boot_wim, fixture};

#[test]
fn an_archive_and_its_images_are_described() {
    let folder = Folder::new();
    let run = folder.run(&["info", &boot_wim()]).ok();
    for words in ["LZX, chunks of 32 KiB", "2; number 1 boots", "Image 1 (boots)", "Microsoft Windows Setup (x64)"] {
        assert!(run.text().contains(words), "{words}\n{}", run.text());
    }
    for words in ["Architecture      x64", "39 files, 29 directories", "10.0.22621.1", "en-US", "2023-10-16T07:11:36"] {
        assert!(run.text().contains(words), "{words}\n{}", run.text());
    }
    assert_eq!(run.stderr, "");
}

#[test]
fn an_image_is_found_by_number_and_by_name() {
    let folder = Folder::new();
    for image in ["2", "Microsoft Windows Setup (x64)"] {
        let run = folder.run(&["info", &boot_wim(), image]).ok();
        assert!(run.text().starts_with("Image 2\n") && !run.text().contains("Image 1"), "{}", run.text());
    }
    assert!(folder.run(&["info", &boot_wim(), "all"]).ok().text().contains("Image 2"));
    for absent in ["0", "3", "microsoft windows setup (x64)", ""] {
        folder.run(&["info", &boot_wim(), absent]).fails(4, &["there is no image", "images 1 to 2"]);
    }
}

#[test]
fn the_json_document_has_what_the_text_has() {
    let folder = Folder::new();
    let document = folder.run(&["info", &boot_wim(), "--json"]).ok().json();
    assert_eq!(document["command"], "info");
    let result = &document["result"];
    assert_eq!(result["size"], 120_742);
    assert_eq!(result["guid"], "699ca996-37a7-7dd1-13e6-d13079b968ce");
    assert_eq!((&result["compression"], &result["chunk_size"]), (&"LZX".into(), &32768.into()));
    assert_eq!((&result["image_count"], &result["boot_index"]), (&2.into(), &1.into()));
    let image = &result["images"][1];
    assert_eq!((&image["index"], &image["bootable"]), (&2.into(), &false.into()));
    assert_eq!((&image["architecture"], &image["edition_id"]), (&"x64".into(), &"WindowsPE".into()));
    assert_eq!((&image["files"], &image["directories"]), (&43.into(), &30.into()));
    assert_eq!(image["modified"]["rfc3339"], "2023-10-16T07:11:36.0850944Z");
    assert_eq!(image["modified"]["filetime"], 0x01DA_0000_0000_0000_u64);
    assert_eq!(
        folder.run(&["info", &boot_wim(), "2", "--json"]).ok().json()["result"]["images"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn the_header_and_the_blob_table_can_be_looked_at() {
    let folder = Folder::new();
    let run = folder.run(&["info", &fixture("wims/integrity.wim"), "--header"]).ok();
    assert!(run.text().contains("32 bytes at 0x253d"), "{}", run.text());
    let header = folder.run(&["info", &fixture("wims/integrity.wim"), "--header", "--json"]).ok().json();
    assert_eq!(header["result"]["integrity"]["offset"], 0x253D);
    let solid = fixture("wims/solid-appended.wim");
    let run = folder.run(&["info", &solid, "--blobs"]).ok();
    assert!(run.text().contains("solid resource 1") && run.text().contains("metadata"), "{}", run.text());
    let blobs = folder.run(&["info", &solid, "--blobs", "--json"]).ok().json();
    assert_eq!(blobs["result"]["blobs"].as_array().unwrap().len(), 18);
    assert_eq!(blobs["result"]["solid_resources"].as_array().unwrap().len(), 2);
    assert_eq!(blobs["result"]["metadata"].as_array().unwrap().len(), 2);
}

#[test]
fn the_xml_is_printed_as_text() {
    let folder = Folder::new();
    let run = folder.run(&["info", &boot_wim(), "--xml"]).ok();
    assert!(run.text().starts_with("<WIM>") && run.text().ends_with("</WIM>\n"), "{}", run.text());
    assert!(run.text().contains("Microsoft\u{ae} Windows\u{ae}"));
}

#[test]
fn texts_of_an_image_do_no_harm_to_a_terminal() {
    let folder = Folder::new();
    let image = Image::new("evil\u{9b}2J\u{202e}").description("line\nline").file("x", "x");
    folder.write("evil.wim", Wim::new().image(image).to_bytes());
    let run = folder.run(&["info", "evil.wim"]).ok();
    assert!(run.text().contains("evil<U+009B>2J<U+202E>") && run.text().contains("line<U+000A>line"), "{}", run.text());
    let xml = folder.run(&["info", "evil.wim", "--xml"]).ok();
    assert!(xml.text().contains("evil&#x9B;2J&#x202E;"), "{}", xml.text());
    let json = folder.run(&["info", "evil.wim", "--json"]).ok().json();
    assert_eq!(json["result"]["images"][0]["name"], "evil\u{9b}2J\u{202e}");
}

#[test]
fn split_sets_and_other_layouts_are_described() {
    let folder = Folder::new();
    for (file, words) in [
        ("wims/split2.swm", "2 of 3"),
        ("wims/pipable.wim", "pipable"),
        ("wims/solid-lzms.wim", "LZMS, chunks of 64 MiB"),
        ("wims/integrity.wim", "Integrity table   yes"),
        ("wims/none.wim", "Compression       none"),
    ] {
        let run = folder.run(&["info", &fixture(file)]).ok();
        assert!(run.text().contains(words), "{file}: {words}\n{}", run.text());
    }
}

#[test]
fn what_deviates_is_shown_and_listed() {
    let folder = Folder::new();
    let file = fixture("hostile/image-count.wim");
    let run = folder.run(&["info", &file]).ok();
    assert!(run.text().contains("Warning"), "{}", run.text());
    let document = folder.run(&["info", &file, "--json"]).ok().json();
    let codes: Vec<_> = document["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"XML_COUNT_MISMATCH"), "{codes:?}");
}

#[test]
fn an_archive_without_images_is_described() {
    let folder = Folder::new();
    folder.write("empty.wim", Wim::new().to_bytes());
    assert!(folder.run(&["info", "empty.wim"]).ok().text().contains("Images            0"));
    folder.run(&["info", "empty.wim", "1"]).fails(4, &["no image 1", "no images"]);
}

#[test]
fn many_files_are_no_reason_to_read_them() {
    // The metadata is damaged, and `info` does not look at it.
    let folder = Folder::new();
    let image = Image::new("x").add("", Dentry::file("a", "a"));
    let wim = Wim::new().image(image).edit_metadata(0, |bytes| bytes.fill(0xFF));
    folder.write("x.wim", wim.to_bytes());
    folder.run(&["info", "x.wim"]).ok();
    folder.run(&["ls", "x.wim"]).fails(6, &["x.wim", "image 1", "metadata"]);
}

#[test]
fn installed_packages_are_listed() {
    let folder = Folder::new();
    let packages = r"\Windows\servicing\Packages";
    let image = Image::new("x")
        .file(&format!(r"{packages}\WinPE-WMI-Package~31bf3856ad364e35~amd64~~10.0.26100.1.mum"), "<x/>")
        .file(&format!(r"{packages}\WinPE-WMI-Package~31bf3856ad364e35~amd64~en-US~10.0.26100.1.mum"), "<x/>")
        .file(&format!(r"{packages}\readme.txt"), "no package");
    folder.write("x.wim", Wim::new().image(image).image(Image::new("bare")).to_bytes());
    let run = folder.run(&["info", "x.wim", "1", "--packages"]).ok();
    assert_eq!(run.text(), "WinPE-WMI-Package 10.0.26100.1 amd64 -\nWinPE-WMI-Package 10.0.26100.1 amd64 en-US\n");
    let json = folder.run(&["info", "x.wim", "1", "--packages", "--json"]).ok().json();
    let second = &json["result"]["packages"][1];
    assert_eq!((&second["language"], &second["version"]), (&"en-US".into(), &"10.0.26100.1".into()));
    assert_eq!(second["identity"], "WinPE-WMI-Package~31bf3856ad364e35~amd64~en-US~10.0.26100.1");
    assert!(json["result"]["packages"][0]["language"].is_null());
    assert_eq!(folder.run(&["info", "x.wim", "bare", "--packages"]).ok().text(), "");
    folder.run(&["info", "x.wim", "--packages"]).fails(2, &["image"]);
    folder.run(&["info", "x.wim", "1", "--packages", "--boot"]).code(2);
}
