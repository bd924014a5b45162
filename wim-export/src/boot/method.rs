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
