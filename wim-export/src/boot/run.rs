//! The export of a boot image, step by step.

use std::path::PathBuf;

use wim_format::{Compression, Header, ImageIndex};

use super::request::{is_bootable, not_bootable};
use super::source::{Environment, Located, locate};
use super::validate::{self, Checked};
use super::{BootReport, BootRequest, BootWarning, finalized, inspect};
use crate::{
    Archive, BootChoice, Destination, Error, ExportOptions, ExportPlan, OpenOptions, Progress, Result, Sha256Hash,
    SizeMap, VerifyOptions, verify,
};

/// Bytes of a chunk from which every boot loader reads.
const BOOT_CHUNK_SIZE: u32 = 32 << 10;
/// FLAGS of a Windows PE.
const PE_FLAGS: &str = "9";
/// The size of a file that FAT32 has no room for.
const FAT32_LIMIT: u64 = 1 << 32;
/// The size from which on boot loaders that go by way of BIOS have failed.
const BIOS_LIMIT: u64 = 700_000_000;

/// Exports one image of a boot image file as a bootable archive of its own.
///
/// Without a source the boot image of an ADK is taken. It is looked for in the folder that the environment variable
/// `WIMSMITH_ADK_ROOT` names, or else in those that `WinPERoot` and `KitsRoot` name, and where Windows installs kits.
///
/// The destination has its old file or the complete new one, whatever happens. Calls may run at the same time in any number;
/// of two to the same destination, the later one fails.
///
/// # Errors
/// If there is no source, or it does not pass the checks; if it turns out to be damaged while it is copied; if the destination
/// cannot be written; if `progress` cancels the run. Nothing is left behind. [`super::ReturnCode`] has the number of every
/// error.
///
/// # Examples
/// ```no_run
/// use wim_export::boot::{Architecture, BootRequest, BootSource, export_boot};
///
/// # fn main() -> wim_export::Result<()> {
/// let mut request = BootRequest::new(Architecture::X64, "boot.wim");
/// request.source = BootSource::File("/media/winpe.wim".into());
/// let report = export_boot(&request, &mut ())?;
/// println!("exported image {} of {}", report.image, report.source.display());
/// # Ok(()) }
/// ```
pub fn export_boot(request: &BootRequest, progress: &mut dyn Progress) -> Result<BootReport> {
    run(request, &|name| std::env::var_os(name), progress)
}

/// [`export_boot`] in any environment.
pub(super) fn run(
    request: &BootRequest,
    environment: Environment<'_>,
    progress: &mut dyn Progress,
) -> Result<BootReport> {
    check_request(request)?;
    let located = locate(request, environment)?;
    let archive = open(request, &located)?;
    validate::check_archive(&archive)?;
    let image = validate::choose_image(&archive, request.index)?;
    check_not_source(request, &located, &archive)?;
    if request.check_integrity {
        verify::require_integrity(&archive, request.threads, progress)?;
    }
    let mut checked = validate::check_image(request, &archive, image)?;
    let before = request.measure.then(|| SizeMap::new(&archive, image)).transpose()?;
    let kit = request.kit.as_deref().or(located.kit.as_deref());
    let prepared = finalized::prepare(request, (&archive, image), kit, &mut checked, progress)?;
    let options = export_options(request, archive.header(), &checked)?;
    let plan = ExportPlan::new(&prepared.archive, &[prepared.image], options)?;
    let mut report = report(request, located, &archive, image, checked, &plan);
    report.finalize = prepared.report;
    drop(prepared.archive);
    if request.dry_run {
        inspect::planned(request, &plan, prepared.image, before, &mut report)?;
    } else {
        write(request, Work { plan, archive, before }, progress, &mut report)?;
    }
    warn_of_size(&mut report);
    Ok(report)
}

/// Checks what can be checked without a source.
fn check_request(request: &BootRequest) -> Result<()> {
    if request.index == Some(0) {
        let (value, expected) = ("0".to_owned(), "images are counted from 1".to_owned());
        return Err(Error::InvalidArgument { what: "image index", value, expected });
    }
    if request.destination.as_os_str().is_empty() {
        let (value, expected) = (String::new(), "the path of the file to write".to_owned());
        return Err(Error::InvalidArgument { what: "destination", value, expected });
    }
    if let Some(compression) = request.compression.filter(|&compression| !is_bootable(compression)) {
        return Err(not_bootable(compression.to_string(), true));
    }
    Destination::check(&request.destination, &request.destination_options)
}

fn open(request: &BootRequest, located: &Located) -> Result<Archive> {
    let mut options = OpenOptions::new().limits(request.limits.clone());
    if request.map {
        options = map(options);
    }
    request.references.iter().fold(options, OpenOptions::reference).open(&located.path)
}

#[expect(unsafe_code, reason = "keeps the promise of BootRequest::map")]
fn map(options: OpenOptions) -> OpenOptions {
    // SAFETY: whoever called `BootRequest::map` promised that nobody changes or truncates the files.
    unsafe { options.map() }
}

/// Checks that the export does not destroy what it reads from.
fn check_not_source(request: &BootRequest, located: &Located, archive: &Archive) -> Result<()> {
    let (options, destination) = (&request.destination_options, &request.destination);
    options.check_source(destination, &located.path, archive.image_count() > 1)?;
    request.references.iter().try_for_each(|reference| options.check_source(destination, reference, true))
}

fn export_options(request: &BootRequest, source: &Header, checked: &Checked) -> Result<ExportOptions> {
    let compression = finalized::compression(request)?.unwrap_or_else(|| match source.compression() {
        same @ (Compression::Lzx | Compression::Xpress) if source.chunk_size == BOOT_CHUNK_SIZE => same,
        _ => Compression::Lzx,
    });
    Ok(ExportOptions {
        compression: Some(compression),
        level: request.level,
        chunk_size: (compression != Compression::None).then_some(BOOT_CHUNK_SIZE),
        recompress: finalized::recompress(request),
        integrity: finalized::integrity(request),
        boot: BootChoice::Exported,
        name: finalized::name(request),
        description: finalized::description(request),
        default_flags: checked.is_boot_image.then(|| PE_FLAGS.to_owned()),
        verify: request.verify,
        guid: request.guid,
        time: request.time,
        threads: request.threads,
        memory: request.memory,
        ..ExportOptions::default()
    })
}

fn report(
    request: &BootRequest,
    located: Located,
    archive: &Archive,
    image: ImageIndex,
    checked: Checked,
    plan: &ExportPlan,
) -> BootReport {
    let Checked { architecture, boot_files, mut warnings, .. } = checked;
    if located.is_other_language {
        warnings.extend(located.language.clone().map(BootWarning::OtherLanguage));
    }
    if request.destination.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("esd")) {
        warnings.push(BootWarning::EsdExtension);
    }
    if !request.verify {
        warnings.push(BootWarning::NotVerified);
    }
    let name = finalized::name(request).or_else(|| archive.image_name(image)).filter(|name| !name.is_empty());
    BootReport {
        source: located.path,
        source_size: archive.file_len(),
        source_images: archive.image_count(),
        source_name: archive.image_name(image),
        language: located.language,
        destination: request.destination.clone(),
        backup: None,
        image,
        name,
        architecture,
        version: archive.xml().image(image).and_then(|xml| xml.version()),
        metadata: archive.blob_table().metadata(image).map(|metadata| metadata.hash).unwrap_or_default(),
        boot_files,
        compression: plan.compression(),
        chunk_size: plan.chunk_size(),
        finalize: None,
        sha256: None,
        plan: plan.summary(),
        export: None,
        consumers: Vec::new(),
        findings: Vec::new(),
        sizes: None,
        warnings,
    }
}

/// What is to be written, and what it comes from.
struct Work {
    plan: ExportPlan,
    archive: Archive,
    /// Where the source's bytes are.
    before: Option<SizeMap>,
}

/// Writes what is planned, and puts it in its place.
fn write(request: &BootRequest, work: Work, progress: &mut dyn Progress, report: &mut BootReport) -> Result<()> {
    let Work { plan, archive, before } = work;
    let mut destination = Destination::create(&request.destination, &request.destination_options)?;
    let written = plan.write(destination.file(), progress);
    report.export = Some(written.map_err(|error| error.with_destination(&request.destination))?);
    // Windows does not rename over a file that is open, as the source is if it is also the destination.
    drop((plan, archive));
    if request.verify_output {
        verify_output(request, destination.temp_path().to_path_buf(), progress)?;
    }
    inspect::written(request, destination.temp_path(), before, report)?;
    if request.hash_output {
        report.sha256 = Some(Sha256Hash::of_file(destination.temp_path())?.0);
    }
    report.destination = destination.path().to_path_buf();
    report.backup = destination.commit()?;
    Ok(())
}

/// Reads all of the new archive again.
fn verify_output(request: &BootRequest, path: PathBuf, progress: &mut dyn Progress) -> Result<()> {
    let archive = OpenOptions::new().limits(request.limits.clone()).open(path)?;
    let options = VerifyOptions { threads: request.threads, memory: request.memory, ..VerifyOptions::default() };
    let report = verify(&archive, &options, progress)?;
    report.problems.into_iter().next().map_or(Ok(()), Err)
}

/// Warns of what has no room for the new archive; of a planned one, if even what is copied is too large.
fn warn_of_size(report: &mut BootReport) {
    let size = report.export.as_ref().map_or(report.plan.copied_size, |export| export.size);
    if size >= FAT32_LIMIT {
        report.warnings.push(BootWarning::LargeForFat32(size));
    } else if size > BIOS_LIMIT {
        report.warnings.push(BootWarning::LargeForBios(size));
    }
}
