//! `wimsmith completions` and `wimsmith man`.

use crate::util::{Folder, Run};

#[test]
fn every_shell_gets_its_script() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.run(&["completions", shell]).ok();
        for word in ["wimsmith", "optimize", "part-size"] {
            assert!(script.text().contains(word), "{shell}: {word}");
        }
    }
    folder.run(&["completions", "cmd"]).fails(2, &["cmd"]);
}

#[test]
#[cfg(unix)]
fn the_script_for_bash_is_valid() {
    let folder = Folder::new();
    folder.write("wimsmith.bash", &folder.run(&["completions", "bash"]).ok().stdout);
    Run::of(std::process::Command::new("sh").args(["-c", "bash -n wimsmith.bash"]).current_dir(folder.path(""))).ok();
}

#[test]
fn there_is_a_page_for_every_verb() {
    let folder = Folder::new();
    folder.run(&["man", "new/man1"]).ok();
    let help = folder.run(&["--help"]).ok();
    let (_, verbs) = help.text().split_once("Commands:\n").unwrap();
    let verbs: Vec<&str> = verbs.lines().map_while(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(verbs.len() > 12, "{verbs:?}");
    for verb in verbs.into_iter().filter(|verb| !["help", ""].contains(verb)) {
        assert!(folder.path(&format!("new/man1/wimsmith-{verb}.1")).exists(), "{verb}");
    }
    let page = String::from_utf8(folder.read("new/man1/wimsmith-split.1")).unwrap();
    for words in [".TH", "wimsmith\\-split", "\\-\\-part\\-size", "Examples"] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    folder.write("file", "");
    folder.run(&["man", "file/x"]).fails(3, &["file/x"]);
}
