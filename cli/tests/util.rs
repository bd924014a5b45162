//! A folder to work in, and the program's answers in a form to look at.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// Variables that change what the program does; a test that wants one sets it.
const VARIABLES: [&str; 7] =
    ["SOURCE_DATE_EPOCH", "WIM_THREADS", "WIM_MEMORY", "WIMSMITH_ADK_ROOT", "WinPERoot", "KitsRoot", "NO_COLOR"];

/// A temporary folder in which the program runs.
pub(crate) struct Folder(TempDir);

/// How a run of the program ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    what: String,
}

/// A fixture's path as an argument.
pub(crate) fn fixture(name: &str) -> String {
    testdata::path(name).to_str().expect("the workspace's path is text").to_owned()
}

/// The fixture that looks like a boot.wim.
pub(crate) fn boot_wim() -> String {
    fixture("wims/two-images-lzx.wim")
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names of everything in the folder, hidden files among them.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A run of the program that is not started yet.
    pub(crate) fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wimsmith"));
        command.args(arguments).current_dir(self.0.path());
        VARIABLES.iter().for_each(|variable| {
            command.env_remove(variable);
        });
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Run {
        Run::of(&mut self.command(arguments))
    }
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let what = format!("{command:?}");
        let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
        Self::ended(what, output)
    }

    /// What a command came to.
    pub(crate) fn ended(what: String, output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).expect("diagnostics are text");
        assert!(!stderr.contains("panicked"), "{what}\n{stderr}");
        let code = output.status.code().unwrap_or_else(|| panic!("{what}: {}\n{stderr}", output.status));
        Self { code, stdout: output.stdout, stderr, what }
    }

    /// Checks that it ended with this code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}\n{}", self.what, String::from_utf8_lossy(&self.stdout), self.stderr);
        self
    }

    /// Checks that it succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.code(0)
    }

    /// Checks that it failed with this code, and said why in one line that has all of these words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Self {
        let run = self.code(code);
        let line = run.stderr.lines().find(|line| line.starts_with("wimsmith: ") || line.starts_with("error: "));
        let line = line.unwrap_or_else(|| panic!("{}: no error in {:?}", run.what, run.stderr));
        for word in words {
            assert!(line.contains(word), "{}: no {word:?} in {line:?}", run.what);
        }
        run
    }

    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text")
    }

    /// The JSON document, its frame checked.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document: Value = serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.what, String::from_utf8_lossy(&self.stdout)));
        assert_eq!(document["schema_version"], 1);
        assert_eq!(document["ok"], self.code == 0);
        assert_eq!(document["error"].is_null(), self.code == 0);
        assert!(document["warnings"].is_array());
        if let Some(error) = document["error"].as_object() {
            assert!(error["code"].is_string() && error["message"].is_string() && error["causes"].is_array());
            assert!(error["hresult"]["sint32"].as_i64().is_some_and(|code| code < 0), "{error:?}");
        }
        document
    }
}

/// A file's name as an argument.
pub(crate) fn name(path: &Path) -> &str {
    path.to_str().expect("test files have names of text")
}
