//! What an image says of the packages that are installed in it.

use wim_format::ImageMetadata;

use super::PackageIdentity;

/// Windows keeps the `.mum` of every installed package here.
const PACKAGES: &str = r"\Windows\servicing\Packages";
const EXTENSION: &str = ".mum";

/// The packages that are installed in an image, in the order of their names. Only the names of files are looked at; those that are
/// no package's are passed over.
pub fn installed_packages(metadata: &ImageMetadata) -> Vec<PackageIdentity> {
    let Some(folder) = metadata.find(PACKAGES) else { return Vec::new() };
    let names = metadata.inode_of(folder).children.iter().map(|&id| metadata.dentry(id).name.to_string());
    let mut packages: Vec<PackageIdentity> = names.filter_map(|name| package_of(&name)).collect();
    packages.sort_unstable();
    packages
}

fn package_of(file: &str) -> Option<PackageIdentity> {
    let (stem, extension) = file.split_at_checked(file.len().checked_sub(EXTENSION.len())?)?;
    extension.eq_ignore_ascii_case(EXTENSION).then(|| stem.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wim_format::{Inode, Name, Sha1Hash};

    #[test]
    fn packages_are_told_from_other_files() {
        let mut image = ImageMetadata::new();
        let mut folder = image.root();
        for name in ["Windows", "servicing", "Packages"] {
            folder = image.add_child(folder, Name::parse_escaped(name), Inode::directory()).unwrap();
        }
        assert!(installed_packages(&image).is_empty());
        for name in ["P-Package~k~amd64~~10.0.1.2.MUM", "P-Package~k~amd64~~10.0.1.2.cat", "readme.mum", "x"] {
            image.add_child(folder, Name::parse_escaped(name), Inode::file(Sha1Hash::ZERO)).unwrap();
        }
        let packages = installed_packages(&image);
        assert_eq!(packages.iter().map(ToString::to_string).collect::<Vec<_>>(), ["P-Package~k~amd64~~10.0.1.2"]);
        assert!(installed_packages(&ImageMetadata::new()).is_empty());
    }
}
