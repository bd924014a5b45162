//! Minimal PE images: enough for whoever looks up the machine.

/// The machine of a PE image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X64,
    /// Itanium.
    Ia64,
    /// 32-bit ARM (Thumb-2).
    Arm,
    /// 64-bit ARM.
    Arm64,
}

impl Machine {
    /// All of them.
    pub const ALL: [Machine; 5] = [Machine::X86, Machine::X64, Machine::Ia64, Machine::Arm, Machine::Arm64];

    /// The machine field of the PE header.
    pub fn pe_id(self) -> u16 {
        match self {
            Machine::X86 => 0x014C,
            Machine::X64 => 0x8664,
            Machine::Ia64 => 0x0200,
            Machine::Arm => 0x01C4,
            Machine::Arm64 => 0xAA64,
        }
    }

    /// The number of the XML's ARCH element.
    pub fn xml_arch(self) -> u32 {
        match self {
            Machine::X86 => 0,
            Machine::X64 => 9,
            Machine::Ia64 => 6,
            Machine::Arm => 5,
            Machine::Arm64 => 12,
        }
    }

    /// Whether its images have the 64-bit optional header.
    fn is_64_bit(self) -> bool {
        !matches!(self, Machine::X86 | Machine::Arm)
    }
}

/// Where the PE header lies in an image of [`image`].
pub const HEADER_OFFSET: usize = 0x80;
/// The offset of the field that says where the PE header lies.
const E_LFANEW: usize = 0x3C;
/// The sizes of the optional headers, PE32 and PE32+, with 16 data directories.
const OPTIONAL_LENGTHS: (u16, u16) = (224, 240);
/// Headers end and sections begin at multiples of this.
const FILE_ALIGNMENT: u32 = 0x200;
/// Sections lie at multiples of this in memory.
const SECTION_ALIGNMENT: u32 = 0x1000;
/// IMAGE_FILE_EXECUTABLE_IMAGE and IMAGE_FILE_LARGE_ADDRESS_AWARE.
const CHARACTERISTICS: u16 = 0x0022;
/// Code, executable, readable.
const TEXT_CHARACTERISTICS: u32 = 0x6000_0020;
/// IMAGE_SUBSYSTEM_NATIVE.
const SUBSYSTEM: u16 = 1;

/// A PE image for a machine with one section `.text` of this code.
pub fn image(machine: Machine, code: &[u8]) -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    bytes.resize(HEADER_OFFSET, 0);
    bytes[E_LFANEW..E_LFANEW + 4].copy_from_slice(&(HEADER_OFFSET as u32).to_le_bytes());
    bytes.extend(b"PE\0\0");
    let optional = optional_header(machine, code.len() as u32);
    bytes.extend(machine.pe_id().to_le_bytes());
    bytes.extend(1u16.to_le_bytes());
    // No time stamp, no symbols.
    bytes.extend([0; 12]);
    bytes.extend((optional.len() as u16).to_le_bytes());
    bytes.extend(CHARACTERISTICS.to_le_bytes());
    bytes.extend(optional);
    bytes.extend(b".text\0\0\0");
    let raw_size = (code.len() as u32).next_multiple_of(FILE_ALIGNMENT);
    for field in [code.len() as u32, SECTION_ALIGNMENT, raw_size, FILE_ALIGNMENT, 0, 0, 0, TEXT_CHARACTERISTICS] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.resize(FILE_ALIGNMENT as usize, 0);
    bytes.extend(code);
    bytes.resize((FILE_ALIGNMENT + raw_size) as usize, 0);
    bytes
}

/// The optional header, zero where nobody looks.
fn optional_header(machine: Machine, code_size: u32) -> Vec<u8> {
    let wide = machine.is_64_bit();
    let (magic, length) = if wide { (0x20Bu16, OPTIONAL_LENGTHS.1) } else { (0x10Bu16, OPTIONAL_LENGTHS.0) };
    let mut bytes = magic.to_le_bytes().to_vec();
    bytes.resize(usize::from(length), 0);
    let mut put = |offset: usize, value: u32| bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    put(4, code_size);
    put(16, SECTION_ALIGNMENT);
    put(20, SECTION_ALIGNMENT);
    put(32, SECTION_ALIGNMENT);
    put(36, FILE_ALIGNMENT);
    put(56, SECTION_ALIGNMENT + code_size.next_multiple_of(SECTION_ALIGNMENT));
    put(60, FILE_ALIGNMENT);
    put(68, u32::from(SUBSYSTEM));
    // The number of data directories, all empty.
    put(usize::from(length) - 16 * 8 - 4, 16);
    bytes
}
