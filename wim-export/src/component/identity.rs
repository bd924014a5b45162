//! The names of packages.

use std::fmt;
use std::str::FromStr;

/// A package's version: four numbers, of which the third is the build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageVersion(pub [u32; 4]);

impl PackageVersion {
    /// The build, such as 26100.
    pub fn build(self) -> u32 {
        self.0[2]
    }
}

impl fmt::Display for PackageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, build, revision] = self.0;
        write!(f, "{major}.{minor}.{build}.{revision}")
    }
}

impl FromStr for PackageVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.');
        let mut version = [0; 4];
        for place in &mut version {
            *place = numbers.next().ok_or(())?.parse().map_err(|_| ())?;
        }
        if numbers.next().is_some() { Err(()) } else { Ok(Self(version)) }
    }
}

/// What names a package, as in `WinPE-WMI-Package~31bf3856ad364e35~amd64~~10.0.26100.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageIdentity {
    /// The name.
    pub name: String,
    /// Who signed it: the end of a key's hash.
    pub public_key_token: String,
    /// The architecture: `amd64`, `x86`, `arm64`, …
    pub architecture: String,
    /// The language such as `en-US`; empty for none.
    pub language: String,
    /// The version.
    pub version: PackageVersion,
}

impl PackageIdentity {
    /// Whether both name the same package, whatever the version. Identities are compared without case.
    pub fn is_same_but_for_version(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && self.public_key_token.eq_ignore_ascii_case(&other.public_key_token)
            && self.architecture.eq_ignore_ascii_case(&other.architecture)
            && self.language.eq_ignore_ascii_case(&other.language)
    }

    /// Whether both name the same package in the same version.
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_same_but_for_version(other) && self.version == other.version
    }
}

impl fmt::Display for PackageIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, public_key_token, architecture, language, version } = self;
        write!(f, "{name}~{public_key_token}~{architecture}~{language}~{version}")
    }
}

impl FromStr for PackageIdentity {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.split('~').collect();
        let [name, public_key_token, architecture, language, version] = parts[..] else { return Err(()) };
        if name.is_empty() {
            return Err(());
        }
        Ok(Self {
            name: name.to_owned(),
            public_key_token: public_key_token.to_owned(),
            architecture: architecture.to_owned(),
            language: language.to_owned(),
            version: version.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_and_written() {
        for text in [
            "WinPE-WMI-Package~31bf3856ad364e35~amd64~~10.0.26100.1",
            "WinPE-WMI-Package~31bf3856ad364e35~amd64~en-US~10.0.26100.1742",
        ] {
            let identity: PackageIdentity = text.parse().unwrap();
            assert_eq!(identity.to_string(), text);
            assert_eq!(identity.version.build(), 26100);
        }
        for text in ["", "a", "a~b~c~d", "a~b~c~d~1.2.3", "a~b~c~d~1.2.3.4.5", "~b~c~d~1.2.3.4", "a~b~c~d~1.2.3.x"] {
            assert!(text.parse::<PackageIdentity>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn identities_are_compared_without_case() {
        let one: PackageIdentity = "A~k~AMD64~en-us~1.0.0.0".parse().unwrap();
        let other: PackageIdentity = "a~K~amd64~en-US~1.0.0.1".parse().unwrap();
        assert!(one.is_same_but_for_version(&other));
        assert!(!one.is_same(&other));
    }
}
