//! What a captured Windows says of itself, for the XML: from its kernel's PE header and its registry.

use wim_format::{DentryId, ImageMetadata, Name};
use wim_hive::{Hive, Key};

use super::language;

/// A registry hive or a program that is larger is none that an image's XML is made from.
const MAX_FILE: u64 = 512 << 20;

/// Paths and values of the XML's elements. `read` reads a file of the image, unless it is larger than that.
pub(super) fn properties(
    metadata: &ImageMetadata,
    read: impl Fn(DentryId, u64) -> Option<Vec<u8>>,
) -> Vec<(String, String)> {
    let Some(root) = system_root(metadata) else { return Vec::new() };
    let mut found = Vec::new();
    let mut put = |path: &str, value: String| found.push((path.to_owned(), value));
    put("WINDOWS/SYSTEMROOT", metadata.dentry(root).name.to_string().to_uppercase());
    let read = |path: &str| read(find_below(metadata, root, path)?, MAX_FILE);
    if let Some(architecture) = read(KERNEL).and_then(|bytes| architecture(&bytes)) {
        put("WINDOWS/ARCH", architecture.to_string());
    }
    let hive = |path: &str| Hive::parse(&read(path)?).ok();
    if let Some(key) = hive(SOFTWARE).as_ref().and_then(|hive| hive.find(r"Microsoft\Windows NT\CurrentVersion")) {
        from_software(key, &mut put);
    }
    if let Some(hive) = hive(SYSTEM) {
        from_system(&hive, &mut put);
    }
    found
}

const KERNEL: &str = r"System32\kernel32.dll";
const SOFTWARE: &str = r"System32\config\SOFTWARE";
const SYSTEM: &str = r"System32\config\SYSTEM";

/// The directory that most looks like a Windows installation, if any does.
fn system_root(metadata: &ImageMetadata) -> Option<DentryId> {
    let children = &metadata.inode_of(metadata.root()).children;
    let score = |&&directory: &&DentryId| {
        let files = [KERNEL, SOFTWARE, SYSTEM].iter();
        let found = files.filter(|path| find_below(metadata, directory, path).is_some()).count();
        (found, metadata.dentry(directory).name.eq_ignore_case(&Name::from("Windows")))
    };
    children.iter().max_by_key(score).copied().filter(|directory| score(&directory).0 > 0)
}

fn find_below(metadata: &ImageMetadata, directory: DentryId, path: &str) -> Option<DentryId> {
    path.split('\\').try_fold(directory, |directory, name| metadata.find_child(directory, &Name::from(name)))
}

/// The XML's number of the architecture that a program is for.
fn architecture(program: &[u8]) -> Option<u32> {
    let at = program.get(0x3C..0x40)?;
    let at = usize::try_from(u32::from_le_bytes(at.try_into().ok()?)).ok()?;
    let machine = program.get(at.checked_add(4)?..at.checked_add(6)?)?;
    match u16::from_le_bytes(machine.try_into().ok()?) {
        0x014C => Some(0),
        0x01C0 | 0x01C2 | 0x01C4 => Some(5),
        0x0200 => Some(6),
        0x8664 => Some(9),
        0xAA64 => Some(12),
        _ => None,
    }
}

fn text(key: Key<'_>, name: &str) -> Option<String> {
    key.value(&Name::from(name))?.text().filter(|text| !text.is_empty())
}

fn number(key: Key<'_>, name: &str) -> Option<u64> {
    key.value(&Name::from(name))?.number()
}

fn from_software(key: Key<'_>, put: &mut impl FnMut(&str, String)) {
    if let Some(edition) = text(key, "EditionID") {
        put("FLAGS", edition.clone());
        put("WINDOWS/EDITIONID", edition);
    }
    if let Some(product) = text(key, "ProductName") {
        put("DISPLAYNAME", product.clone());
        put("DISPLAYDESCRIPTION", product.clone());
        put("WINDOWS/PRODUCTNAME", product);
    }
    if let Some(kind) = text(key, "InstallationType") {
        put("WINDOWS/INSTALLATIONTYPE", kind);
    }
    let numbers = number(key, "CurrentMajorVersionNumber").zip(number(key, "CurrentMinorVersionNumber"));
    let numbers = numbers.map(|(major, minor)| (major.to_string(), minor.to_string())).or_else(|| {
        let version = text(key, "CurrentVersion")?;
        let (major, minor) = version.split_once('.')?;
        Some((major.to_owned(), minor.to_owned()))
    });
    if let Some((major, minor)) = numbers {
        put("WINDOWS/VERSION/MAJOR", major);
        put("WINDOWS/VERSION/MINOR", minor);
    }
    // Windows XP has something else in the first one.
    let build = text(key, "CurrentBuild").filter(|build| !build.contains('.'));
    if let Some(build) = build.or_else(|| text(key, "CurrentBuildNumber")) {
        put("WINDOWS/VERSION/BUILD", build);
    }
}

fn from_system(hive: &Hive, put: &mut impl FnMut(&str, String)) {
    let key = |path: &str| hive.find(&format!(r"ControlSet001\Control\{path}"));
    if let Some(windows) = key("Windows") {
        if let Some(build) = number(windows, "CSDBuildNumber") {
            put("WINDOWS/VERSION/SPBUILD", build.to_string());
        }
        if let Some(version) = number(windows, "CSDVersion") {
            put("WINDOWS/VERSION/SPLEVEL", (version >> 8).to_string());
        }
    }
    if let Some(product) = key("ProductOptions") {
        for (name, element) in [("ProductType", "PRODUCTTYPE"), ("ProductSuite", "PRODUCTSUITE")] {
            let value = product.value(&Name::from(name));
            let value = value.and_then(|value| value.text().or_else(|| value.texts()?.into_iter().next()));
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                put(&format!("WINDOWS/{element}"), value);
            }
        }
    }
    let hal = key(r"Class\{4D36E966-E325-11CE-BFC1-08002BE10318}\0000");
    if let Some(hal) = hal.and_then(|key| text(key, "MatchingDeviceId")) {
        put("WINDOWS/HAL", hal);
    }
    let languages = key(r"MUI\UILanguages").map(|key| key.subkeys().map(|key| key.name().to_string()));
    let languages: Vec<String> = languages.into_iter().flatten().collect();
    for (position, language) in languages.iter().enumerate() {
        put(&format!("WINDOWS/LANGUAGES/LANGUAGE[{}]", position + 1), language.clone());
    }
    let installed = key(r"Nls\Language").and_then(|key| text(key, "InstallLanguage"));
    let installed = installed.and_then(|code| u16::from_str_radix(&code, 16).ok()).and_then(language::name);
    if let Some(default) = installed.map(str::to_owned).or_else(|| languages.first().cloned()) {
        put("WINDOWS/LANGUAGES/DEFAULT", default);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_architecture_is_read_or_not_and_nothing_panics() {
        let mut program = vec![0; 0x100];
        (program[0x3C], program[0x84], program[0x85]) = (0x80, 0x64, 0x86);
        assert_eq!(architecture(&program), Some(9));
        for len in 0..program.len() {
            let _ = architecture(&program[..len]);
        }
        program[0x3C..0x40].fill(0xFF);
        assert_eq!(architecture(&program), None);
    }
}
