//! Processor architectures, by all the names and numbers that they have.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// The processor architecture of a boot image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X64,
    /// Itanium.
    Ia64,
    /// 64-bit ARM.
    Arm64,
    /// 32-bit ARM.
    Arm,
}

/// What an architecture is called where.
struct Names {
    architecture: Architecture,
    /// The method's documentation, and boot media.
    name: &'static str,
    /// Others say this.
    aliases: &'static [&'static str],
    /// The folder of an ADK or WAIK.
    adk_folder: &'static str,
    /// ARCH of the XML, which is PROCESSOR_ARCHITECTURE_… of winnt.h.
    xml: u32,
    /// The machine field of a PE header, IMAGE_FILE_MACHINE_….
    machine: u16,
}

const TABLE: [Names; 5] = [
    Names {
        architecture: Architecture::X86,
        name: "x86",
        aliases: &["i386"],
        adk_folder: "x86",
        xml: 0,
        machine: 0x014C,
    },
    Names {
        architecture: Architecture::X64,
        name: "x64",
        aliases: &["amd64", "x86_64"],
        adk_folder: "amd64",
        xml: 9,
        machine: 0x8664,
    },
    Names { architecture: Architecture::Ia64, name: "ia64", aliases: &[], adk_folder: "ia64", xml: 6, machine: 0x0200 },
    Names {
        architecture: Architecture::Arm64,
        name: "arm64",
        aliases: &["aarch64"],
        adk_folder: "arm64",
        xml: 12,
        machine: 0xAA64,
    },
    Names { architecture: Architecture::Arm, name: "arm", aliases: &[], adk_folder: "arm", xml: 5, machine: 0x01C4 },
];

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::X86, Self::X64, Self::Ia64, Self::Arm64, Self::Arm];

    /// Those that the documentation of the method lists.
    const DOCUMENTED: [Self; 3] = [Self::X86, Self::Ia64, Self::X64];

    fn names(self) -> &'static Names {
        let mut rows = TABLE.iter();
        rows.find(|row| row.architecture == self).expect("the table has a row for every architecture")
    }

    /// The name: `x86`, `x64`, `ia64`, `arm64` or `arm`.
    pub fn name(self) -> &'static str {
        self.names().name
    }

    /// The name of its folder in an ADK.
    pub(crate) fn adk_folder(self) -> &'static str {
        self.names().adk_folder
    }

    /// The architecture with this number in the ARCH element of an image's XML.
    pub fn from_xml(number: u32) -> Option<Self> {
        TABLE.iter().find(|row| row.xml == number).map(|row| row.architecture)
    }

    /// The architecture with this number in the machine field of a PE header.
    pub fn from_machine(machine: u16) -> Option<Self> {
        TABLE.iter().find(|row| row.machine == machine).map(|row| row.architecture)
    }

    /// The architecture of one of the three names that the method documents, exactly as written there.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`].
    pub(crate) fn parse_documented(text: &str) -> Result<Self> {
        let documented = Self::DOCUMENTED.into_iter().find(|architecture| architecture.name() == text);
        documented.ok_or_else(|| unknown(text, "x86, ia64 or x64".to_owned()))
    }
}

impl FromStr for Architecture {
    type Err = Error;

    /// The architecture of that name or alias (`i386`, `amd64`, `x86_64`, `aarch64`), in any case.
    fn from_str(text: &str) -> Result<Self> {
        let is = |name: &str| name.eq_ignore_ascii_case(text);
        let row = TABLE.iter().find(|row| is(row.name) || row.aliases.iter().any(|alias| is(alias)));
        row.map(|row| row.architecture).ok_or_else(|| {
            let names = TABLE.iter().map(|row| [&[row.name], row.aliases].concat().join(" = "));
            unknown(text, names.collect::<Vec<_>>().join(", "))
        })
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn unknown(text: &str, expected: String) -> Error {
    Error::InvalidArgument { what: "architecture", value: text.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_read_in_any_case() {
        for (text, expected) in [
            ("x86", Architecture::X86),
            ("I386", Architecture::X86),
            ("x64", Architecture::X64),
            ("AMD64", Architecture::X64),
            ("x86_64", Architecture::X64),
            ("ia64", Architecture::Ia64),
            ("aarch64", Architecture::Arm64),
            ("ARM64", Architecture::Arm64),
            ("arm", Architecture::Arm),
        ] {
            assert_eq!(text.parse::<Architecture>().unwrap(), expected, "{text}");
        }
        for text in ["", "x", "x64 ", "mips", "x86-64"] {
            assert!(text.parse::<Architecture>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_method_knows_three_names_and_no_others() {
        for text in ["x86", "x64", "ia64"] {
            assert_eq!(Architecture::parse_documented(text).unwrap().name(), text);
        }
        for text in ["", "X64", "amd64", "arm64", "i386", "x64\0"] {
            assert!(Architecture::parse_documented(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_architecture_has_its_row_and_every_number_its_architecture() {
        for architecture in Architecture::ALL {
            let names = architecture.names();
            assert_eq!(Architecture::from_xml(names.xml), Some(architecture));
            assert_eq!(Architecture::from_machine(names.machine), Some(architecture));
            assert_eq!(names.name.parse::<Architecture>().unwrap(), architecture);
        }
        assert_eq!(Architecture::from_xml(77), None);
        assert_eq!(Architecture::from_machine(0), None);
    }
}
