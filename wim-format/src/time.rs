//! FILETIME and GUID.

use core::fmt;

/// A point in time: 100-nanosecond steps since 1601-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

impl FileTime {
    /// Steps in a second.
    pub const TICKS_PER_SECOND: u64 = 10_000_000;
    /// 1970-01-01 as a FILETIME.
    pub const UNIX_EPOCH: Self = Self(116_444_736_000_000_000);

    /// The time `seconds` after 1970-01-01 UTC, clamped to what a FILETIME can hold.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        let offset = seconds.unsigned_abs().saturating_mul(Self::TICKS_PER_SECOND);
        if seconds < 0 {
            Self(Self::UNIX_EPOCH.0.saturating_sub(offset))
        } else {
            Self(Self::UNIX_EPOCH.0.saturating_add(offset))
        }
    }

    /// Seconds since 1970-01-01 UTC, rounded down, and the nanoseconds on top.
    pub const fn to_unix(self) -> (i64, u32) {
        // A u64 of 100 ns steps is below 2^61 seconds, so every value fits an i64.
        let seconds = (self.0 / Self::TICKS_PER_SECOND) as i64 - (Self::UNIX_EPOCH.0 / Self::TICKS_PER_SECOND) as i64;
        (seconds, (self.0 % Self::TICKS_PER_SECOND) as u32 * 100)
    }
}

impl fmt::Display for FileTime {
    /// RFC 3339 in UTC, to 100 nanoseconds, with trailing zeros of the fraction left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanoseconds) = self.to_unix();
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if nanoseconds != 0 {
            let (mut fraction, mut width) = (nanoseconds / 100, 7);
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                width -= 1;
            }
            write!(f, ".{fraction:0width$}")?;
        }
        f.write_str("Z")
    }
}

/// Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar.
///
/// Eras of 400 years begin on 1 March, so that leap days fall at the end of a year.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    const DAYS_PER_ERA: i64 = 146_097;
    const DAYS_TO_MARCH_YEAR_0: i64 = 719_468;
    let days = days + DAYS_TO_MARCH_YEAR_0;
    let era = days.div_euclid(DAYS_PER_ERA);
    let of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// A GUID as it lies on disk: the first three fields little-endian.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Parses `00112233-4455-6677-8899-aabbccddeeff`, with or without braces, in any case.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.strip_prefix('{').map_or(Some(text), |inner| inner.strip_suffix('}'))?;
        let groups = [8, 4, 4, 4, 12];
        let mut digits = [0u8; 32];
        let mut filled = 0;
        let mut parts = text.split('-');
        for len in groups {
            let part = parts.next()?.as_bytes();
            if part.len() != len {
                return None;
            }
            digits[filled..filled + len].copy_from_slice(part);
            filled += len;
        }
        if parts.next().is_some() {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
            let nibble = |c: u8| char::from(c).to_digit(16);
            *byte = (nibble(pair[0])? * 16 + nibble(pair[1])?) as u8;
        }
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        Some(Self(bytes))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // On disk the first three fields are little-endian integers; text writes them most significant byte first.
        const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
        for (i, &at) in ORDER.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{:02x}", self.0[at])?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn times_are_shown_in_rfc_3339() {
        assert_eq!(FileTime(0).to_string(), "1601-01-01T00:00:00Z");
        assert_eq!(FileTime::UNIX_EPOCH.to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(FileTime::from_unix_seconds(951_782_400).to_string(), "2000-02-29T00:00:00Z");
        assert_eq!(FileTime(FileTime::UNIX_EPOCH.0 + 12_300_000).to_string(), "1970-01-01T00:00:01.23Z");
        assert_eq!(FileTime(u64::MAX).to_string(), "60056-05-28T05:36:10.9551615Z");
    }

    #[test]
    fn unix_times_survive_the_round_trip() {
        for seconds in [0, 1, -1, 1_600_000_000, -11_644_473_600] {
            assert_eq!(FileTime::from_unix_seconds(seconds).to_unix(), (seconds, 0));
        }
        assert_eq!(FileTime::from_unix_seconds(i64::MIN), FileTime(0));
    }

    #[test]
    fn guids_survive_the_round_trip() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let guid = Guid::from_text(text).unwrap();
        assert_eq!(guid.0[..8], [0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66]);
        assert_eq!(guid.to_string(), text);
        assert_eq!(Guid::from_text("{00112233-4455-6677-8899-AABBCCDDEEFF}"), Some(guid));
        for bad in ["", "0011", "{00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeefg", "é"] {
            assert_eq!(Guid::from_text(bad), None, "{bad}");
        }
    }
}
