//! Who: well-known names of two letters, and identifiers such as `S-1-5-32-544`.

/// The longest identifier has so many numbers after its authority.
const MAX_SUB_AUTHORITIES: usize = 15;

/// Names that mean the same everywhere: authority, and the numbers after it.
const WELL_KNOWN: &[(&str, u8, &[u32])] = &[
    ("AA", 5, &[32, 579]),
    ("AC", 15, &[2, 1]),
    ("AN", 5, &[7]),
    ("AO", 5, &[32, 548]),
    ("AU", 5, &[11]),
    ("BA", 5, &[32, 544]),
    ("BG", 5, &[32, 546]),
    ("BO", 5, &[32, 551]),
    ("BU", 5, &[32, 545]),
    ("CD", 5, &[32, 574]),
    ("CG", 3, &[1]),
    ("CO", 3, &[0]),
    ("CY", 5, &[32, 569]),
    ("ED", 5, &[9]),
    ("ER", 5, &[32, 573]),
    ("ES", 5, &[32, 576]),
    ("HA", 5, &[32, 578]),
    ("HI", 16, &[12_288]),
    ("IS", 5, &[32, 568]),
    ("IU", 5, &[4]),
    ("LS", 5, &[19]),
    ("LU", 5, &[32, 559]),
    ("LW", 16, &[4_096]),
    ("ME", 16, &[8_192]),
    ("MP", 16, &[8_448]),
    ("MS", 5, &[32, 577]),
    ("MU", 5, &[32, 558]),
    ("NO", 5, &[32, 556]),
    ("NS", 5, &[20]),
    ("NU", 5, &[2]),
    ("OW", 3, &[4]),
    ("PO", 5, &[32, 550]),
    ("PS", 5, &[10]),
    ("PU", 5, &[32, 547]),
    ("RA", 5, &[32, 575]),
    ("RC", 5, &[12]),
    ("RD", 5, &[32, 555]),
    ("RE", 5, &[32, 552]),
    ("RU", 5, &[32, 554]),
    ("SI", 16, &[16_384]),
    ("SO", 5, &[32, 549]),
    ("SU", 5, &[6]),
    ("SY", 5, &[18]),
    ("UD", 5, &[84, 0, 0, 0, 0, 0]),
    ("WD", 1, &[0]),
    ("WR", 5, &[33]),
];

/// Names that mean somebody of a domain, or of a computer.
const OF_DOMAINS: &[&str] =
    &["AP", "CA", "CN", "DA", "DC", "DD", "DG", "DU", "EA", "EK", "KA", "LA", "LG", "PA", "RO", "RS", "SA"];

/// The bytes of a name or identifier.
pub(super) fn parse(text: &str) -> Result<Vec<u8>, String> {
    let name = text.to_ascii_uppercase();
    if let Some((_, authority, numbers)) = WELL_KNOWN.iter().find(|(known, ..)| *known == name) {
        return Ok(encode(u64::from(*authority), numbers));
    }
    if OF_DOMAINS.contains(&name.as_str()) {
        return Err(format!("{text} is somebody of a domain; give the whole identifier, as S-1-5-21-…"));
    }
    let unknown = || format!("{text:?} is nobody: a name such as BA or SY, or an identifier such as S-1-5-32-544, is");
    let mut parts = name.strip_prefix("S-1-").ok_or_else(unknown)?.split('-');
    let authority = parts.next().and_then(authority).ok_or_else(unknown)?;
    let numbers: Vec<u32> = parts.map(|part| digits(part)?.parse().ok()).collect::<Option<_>>().ok_or_else(unknown)?;
    if !(1..=MAX_SUB_AUTHORITIES).contains(&numbers.len()) {
        return Err(unknown());
    }
    Ok(encode(authority, &numbers))
}

/// An authority: a number of 48 bits, the larger ones in hexadecimal.
fn authority(text: &str) -> Option<u64> {
    let number = match text.strip_prefix("0X") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().filter(|_| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?,
        None => digits(text)?.parse().ok()?,
    };
    (number < 1 << 48).then_some(number)
}

/// The text, if it is nothing but digits: no sign, as `parse` would take one.
fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

fn encode(authority: u64, numbers: &[u32]) -> Vec<u8> {
    let mut bytes = vec![1, numbers.len() as u8];
    // The authority alone has its highest byte first.
    bytes.extend(authority.to_le_bytes()[..6].iter().rev());
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_identifiers_are_the_same() {
        let administrators = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
        for text in ["BA", "ba", "S-1-5-32-544", "s-1-5-32-544", "S-1-0x5-32-544"] {
            assert_eq!(parse(text).unwrap(), administrators, "{text}");
        }
        assert_eq!(parse("WD").unwrap(), [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
        let installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
        let bytes = parse(installer).unwrap();
        assert_eq!((bytes.len(), bytes[1], &bytes[8..12]), (8 + 6 * 4, 6, &[80, 0, 0, 0][..]));
        assert_eq!(bytes[12..16], 956_008_885u32.to_le_bytes());
        assert_eq!(parse("S-1-0xFFFFFFFFFFFF-1").unwrap()[2..8], [0xFF; 6]);
    }

    #[test]
    fn the_table_has_every_name_once() {
        for (number, (name, ..)) in WELL_KNOWN.iter().enumerate() {
            assert!(
                WELL_KNOWN[..number].iter().all(|(before, ..)| before < name) && !OF_DOMAINS.contains(name),
                "{name}"
            );
        }
    }

    #[test]
    fn nobody_is_refused() {
        for text in [
            "",
            "XX",
            "B",
            "S-1",
            "S-1-5",
            "S-2-5-1",
            "S-1-5-",
            "S-1-5-+1",
            "S-1-5-4294967296",
            "S-1-0x1000000000000-1",
        ] {
            assert!(parse(text).unwrap_err().contains("nobody"), "{text}");
        }
        assert!(parse(&format!("S-1-5{}", "-1".repeat(16))).is_err());
        assert!(parse("DA").unwrap_err().contains("domain"));
    }
}
