//! A folder with a source and an old file at the destination.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use tempfile::{TempDir, tempdir};
use testdata::build::{Codec, Image, Wim};
use testdata::pe::Machine;
use testdata::winpe::{self, Edition};
use wim_export::boot::{Architecture, BootReport, BootRequest, BootSource, ReturnCode, export_boot};
use wim_export::{Archive, Result};

pub(crate) struct Workspace {
    pub(crate) folder: TempDir,
    pub(crate) source: PathBuf,
    pub(crate) out: PathBuf,
}

/// What is at the destination before.
pub(crate) const OLD: &[u8] = b"the old boot.wim";

impl Workspace {
    /// With this archive as the source.
    pub(crate) fn new(source: impl AsRef<[u8]>) -> Self {
        let folder = tempdir().unwrap();
        let (path, out) = (folder.path().join("source.wim"), folder.path().join("boot.wim"));
        fs::write(&path, source).unwrap();
        fs::write(&out, OLD).unwrap();
        Self { folder, source: path, out }
    }

    /// With a small archive of two boot images for x64, the first of which boots.
    pub(crate) fn usual() -> Self {
        Self::new(testdata::read("wims/two-images-lzx.wim"))
    }

    /// The export of image 1 for x64 to the destination.
    pub(crate) fn request(&self) -> BootRequest {
        let mut request = BootRequest::new(Architecture::X64, &self.out);
        request.source = BootSource::File(self.source.clone());
        request.index = Some(1);
        request
    }

    pub(crate) fn export_with(&self, change: impl FnOnce(&mut BootRequest)) -> Result<BootReport> {
        let mut request = self.request();
        change(&mut request);
        export_boot(&request, &mut ())
    }

    pub(crate) fn export(&self) -> Result<BootReport> {
        self.export_with(|_| {})
    }

    /// The names in the folder, in order.
    pub(crate) fn names(&self) -> Vec<OsString> {
        let mut names: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    /// The new archive.
    pub(crate) fn output(&self) -> Archive {
        Archive::open(&self.out).unwrap()
    }

    pub(crate) fn output_bytes(&self) -> Vec<u8> {
        fs::read(&self.out).unwrap()
    }

    /// Checks that the export fails with this code, and that the old file and nothing else is left. A dry run fails with the
    /// same code, so that it was found out before any output.
    #[track_caller]
    pub(crate) fn refuses(&self, code: ReturnCode, change: impl Fn(&mut BootRequest)) -> String {
        let dry = self.export_with(|request| {
            change(request);
            request.dry_run = true;
        });
        assert_eq!(ReturnCode::from(&dry.expect_err("a dry run worked")), code);
        self.fails(code, change)
    }

    /// The same for what only comes out while data is read.
    #[track_caller]
    pub(crate) fn fails(&self, code: ReturnCode, change: impl Fn(&mut BootRequest)) -> String {
        let before = self.names();
        let error = self.export_with(change).expect_err("it worked");
        assert_eq!(ReturnCode::from(&error), code, "{error}");
        assert_eq!(fs::read(&self.out).unwrap(), OLD, "the old file is untouched");
        assert_eq!(self.names(), before, "nothing is left");
        error.to_string()
    }
}

/// A tiny Windows PE for x64.
pub(crate) fn pe() -> Image {
    winpe::image(Machine::X64, Edition::Pe)
}

/// An archive of these images, the first of which boots. It is an LZX archive whose data is stored raw: what is exported from
/// it is only copied.
pub(crate) fn wim_of(images: impl IntoIterator<Item = Image>) -> Wim {
    images.into_iter().fold(Wim::new().codec(Codec::Lzx), Wim::image).boot_index(1)
}

/// The same, of Windows PE and Setup.
pub(crate) fn boot_wim(machine: Machine) -> Wim {
    winpe::boot_wim(machine).codec(Codec::Lzx)
}

/// The codes of all warnings.
pub(crate) fn codes(report: &BootReport) -> Vec<&'static str> {
    report.warnings.iter().map(|warning| warning.code()).collect()
}
