//! The method, as it is documented: three arguments, one number.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::source::Environment;
use super::{Architecture, BootRequest, ReturnCode, run};
use crate::Result;

/// `ExportDefaultBootImage` of the class `SMS_BootImagePackage`: exports one image of the ADK's boot image file for an
/// architecture as a bootable archive, and returns 0 or, if it fails, a negative HRESULT.
///
/// `architecture` is `x86`, `ia64` or `x64`. `image_index` is the image's one-based index in the ADK's boot image file. The
/// file `export_image_path` is replaced if it exists.
///
/// Unlike the original, it may be called from any number of threads at once. Nothing is printed, and a panic, which would be
/// a bug, is a return value, too. Use [`super::export_boot`] to learn more than a number, and to say where the ADK is by
/// other means than the environment.
///
/// # Examples
/// ```no_run
/// use std::path::Path;
/// use wim_export::boot::export_default_boot_image;
///
/// let result = export_default_boot_image("x64", 1, Path::new("/srv/boot/x64/boot.wim"));
/// assert_eq!(result, 0, "{result:#010x}");
/// ```
#[must_use]
pub fn export_default_boot_image(architecture: &str, image_index: u32, export_image_path: &Path) -> i32 {
    export_in(&|name| std::env::var_os(name), architecture, image_index, export_image_path)
}

fn export_in(environment: Environment<'_>, architecture: &str, image_index: u32, export_image_path: &Path) -> i32 {
    let export = || export(environment, architecture, image_index, export_image_path);
    let code = match catch_unwind(AssertUnwindSafe(export)) {
        Ok(Ok(())) => ReturnCode::SUCCESS,
        Ok(Err(error)) => ReturnCode::from(&error),
        Err(_) => ReturnCode::E_UNEXPECTED,
    };
    code.hresult
}

fn export(environment: Environment<'_>, architecture: &str, image_index: u32, export_image_path: &Path) -> Result<()> {
    let architecture = Architecture::parse_documented(architecture)?;
    let mut request = BootRequest::new(architecture, export_image_path);
    request.index = Some(image_index);
    run::run(&request, environment, &mut ()).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::{TempDir, tempdir};
    use testdata::build::Codec;
    use testdata::pe::Machine;
    use testdata::winpe;

    use super::*;

    /// An ADK with boot images for x86 and x64.
    fn adk() -> TempDir {
        let root = tempdir().unwrap();
        for (folder, machine) in [("x86", Machine::X86), ("amd64", Machine::X64)] {
            let folder = root.path().join(folder).join("en-us");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("winpe.wim"), winpe::boot_wim(machine).codec(Codec::Lzx).to_bytes()).unwrap();
        }
        root
    }

    #[track_caller]
    fn assert_result(expected: ReturnCode, architecture: &str, index: u32, path: &Path) {
        let adk = adk();
        let environment = |name: &str| (name == "WinPERoot").then(|| adk.path().into());
        let result = export_in(&environment, architecture, index, path);
        assert_eq!(result, expected.hresult, "{result:#010x} is not {expected}");
    }

    #[test]
    fn three_arguments_and_a_zero() {
        let folder = tempdir().unwrap();
        for (architecture, index) in [("x64", 1), ("x86", 1), ("x64", 2)] {
            assert_result(ReturnCode::SUCCESS, architecture, index, &folder.path().join("boot.wim"));
        }
    }

    #[test]
    fn only_the_documented_architectures_are_known() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("boot.wim");
        for architecture in ["", "X64", "amd64", "i386", "arm64", "mips"] {
            assert_result(ReturnCode::ERROR_INVALID_PARAMETER, architecture, 1, &path);
        }
        // This one is known, but not there.
        assert_result(ReturnCode::ERROR_FILE_NOT_FOUND, "ia64", 1, &path);
    }

    #[test]
    fn images_are_counted_from_1() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("boot.wim");
        assert_result(ReturnCode::ERROR_INVALID_PARAMETER, "x64", 0, &path);
        assert_result(ReturnCode::ERROR_NO_SUCH_IMAGE, "x64", 3, &path);
        assert_result(ReturnCode::ERROR_NO_SUCH_IMAGE, "x64", u32::MAX, &path);
    }

    #[test]
    fn the_path_must_be_one() {
        let folder = tempdir().unwrap();
        assert_result(ReturnCode::ERROR_INVALID_PARAMETER, "x64", 1, Path::new(""));
        assert_result(ReturnCode::ERROR_INVALID_PARAMETER, "x64", 1, folder.path());
        assert_result(ReturnCode::ERROR_INVALID_NAME, "x64", 1, Path::new("boot.wim/"));
        assert_result(ReturnCode::ERROR_PATH_NOT_FOUND, "x64", 1, &folder.path().join("missing/boot.wim"));
    }

    #[test]
    fn without_an_adk_there_is_no_path() {
        let folder = tempdir().unwrap();
        let result = export_in(&|_| None, "x64", 1, &folder.path().join("boot.wim"));
        assert_eq!(result, ReturnCode::ERROR_PATH_NOT_FOUND.hresult);
    }

    #[test]
    fn a_panic_is_a_return_value() {
        let environment = |_: &str| -> Option<std::ffi::OsString> { panic!("on purpose") };
        let result = export_in(&environment, "x64", 1, Path::new("boot.wim"));
        assert_eq!(result, ReturnCode::E_UNEXPECTED.hresult);
    }
}
