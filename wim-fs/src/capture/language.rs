//! Names of languages by Windows' numbers: those in which Windows is sold.

/// The name of a language such as `en-US`; `None` if Windows is not sold in it.
pub(super) fn name(number: u16) -> Option<&'static str> {
    let position = LANGUAGES.binary_search_by_key(&number, |(number, _)| *number).ok()?;
    Some(LANGUAGES[position].1)
}

/// In the order of the numbers.
const LANGUAGES: [(u16, &str); 40] = [
    (0x0401, "ar-SA"),
    (0x0402, "bg-BG"),
    (0x0404, "zh-TW"),
    (0x0405, "cs-CZ"),
    (0x0406, "da-DK"),
    (0x0407, "de-DE"),
    (0x0408, "el-GR"),
    (0x0409, "en-US"),
    (0x040B, "fi-FI"),
    (0x040C, "fr-FR"),
    (0x040D, "he-IL"),
    (0x040E, "hu-HU"),
    (0x0410, "it-IT"),
    (0x0411, "ja-JP"),
    (0x0412, "ko-KR"),
    (0x0413, "nl-NL"),
    (0x0414, "nb-NO"),
    (0x0415, "pl-PL"),
    (0x0416, "pt-BR"),
    (0x0418, "ro-RO"),
    (0x0419, "ru-RU"),
    (0x041A, "hr-HR"),
    (0x041B, "sk-SK"),
    (0x041D, "sv-SE"),
    (0x041E, "th-TH"),
    (0x041F, "tr-TR"),
    (0x0422, "uk-UA"),
    (0x0424, "sl-SI"),
    (0x0425, "et-EE"),
    (0x0426, "lv-LV"),
    (0x0427, "lt-LT"),
    (0x042A, "vi-VN"),
    (0x0804, "zh-CN"),
    (0x0809, "en-GB"),
    (0x080A, "es-MX"),
    (0x0816, "pt-PT"),
    (0x0C04, "zh-HK"),
    (0x0C0A, "es-ES"),
    (0x0C0C, "fr-CA"),
    (0x241A, "sr-Latn-RS"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(LANGUAGES.is_sorted_by_key(|(number, _)| *number));
        assert_eq!((name(0x0409), name(0x0C0A), name(1)), (Some("en-US"), Some("es-ES"), None));
    }
}
