//! `locale`: language, keyboard and region.

use wim_hive::Value;

use crate::Result;
use crate::finalize::hives::{change, open};
use crate::finalize::profile::Locale;
use crate::finalize::run::{Done, Run};

/// The languages of Windows PE, by name and number.
const LANGUAGES: &[(&str, u16)] = &[
    ("ar-SA", 0x0401),
    ("bg-BG", 0x0402),
    ("zh-TW", 0x0404),
    ("cs-CZ", 0x0405),
    ("da-DK", 0x0406),
    ("de-DE", 0x0407),
    ("el-GR", 0x0408),
    ("en-US", 0x0409),
    ("fi-FI", 0x040B),
    ("fr-FR", 0x040C),
    ("he-IL", 0x040D),
    ("hu-HU", 0x040E),
    ("it-IT", 0x0410),
    ("ja-JP", 0x0411),
    ("ko-KR", 0x0412),
    ("nl-NL", 0x0413),
    ("nb-NO", 0x0414),
    ("pl-PL", 0x0415),
    ("pt-BR", 0x0416),
    ("ro-RO", 0x0418),
    ("ru-RU", 0x0419),
    ("hr-HR", 0x041A),
    ("sk-SK", 0x041B),
    ("sv-SE", 0x041D),
    ("th-TH", 0x041E),
    ("tr-TR", 0x041F),
    ("uk-UA", 0x0422),
    ("sl-SI", 0x0424),
    ("et-EE", 0x0425),
    ("lv-LV", 0x0426),
    ("lt-LT", 0x0427),
    ("zh-CN", 0x0804),
    ("en-GB", 0x0809),
    ("es-MX", 0x080A),
    ("pt-PT", 0x0816),
    ("zh-HK", 0x0C04),
    ("es-ES", 0x0C0A),
    ("fr-CA", 0x0C0C),
    ("sr-Latn-RS", 0x241A),
];

/// The number of a language, by its name or as four hexadecimal digits.
fn number_of(text: &str) -> Option<u16> {
    let known = LANGUAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| *number);
    let is_number = (4..=8).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit());
    known.or_else(|| u16::from_str_radix(text, 16).ok().filter(|&number| is_number && number != 0))
}

/// The number of a keyboard layout as eight hexadecimal digits: `00000407`, or of the second part of `0407:00000407`.
fn keyboard_of(text: &str) -> Option<String> {
    let layout = text.rsplit_once(':').map_or(text, |(_, layout)| layout);
    if layout.len() == 8 && layout.chars().all(|c| c.is_ascii_hexdigit()) {
        return Some(layout.to_lowercase());
    }
    number_of(layout).map(|number| format!("{number:08x}"))
}

pub(super) fn run(run: &mut Run<'_>, step: &Locale) -> Result<Done> {
    let Locale { ui, input, lcid } = step;
    if ui.is_none() && input.is_none() && lcid.is_none() {
        return Err(run.invalid("ui", "one of `ui`, `input` and `lcid` is needed"));
    }
    let number = |key, text: &Option<String>| {
        let unknown =
            |text: &String| run.invalid(key, format!("{text} is no known language; four digits are, as 0409"));
        text.as_ref().map(|text| number_of(text).ok_or_else(|| unknown(text))).transpose()
    };
    let (ui_number, region) = (number("ui", ui)?, number("lcid", lcid)?);
    let unknown = |text: &String| run.invalid("input", format!("{text} is no known keyboard; 00000407 and de-DE are"));
    let keyboard = input.as_ref().map(|text| keyboard_of(text).ok_or_else(|| unknown(text))).transpose()?;
    let region = region.or(ui_number);
    if let Some(ui) = ui {
        check_language(run, ui)?;
    }
    let mut changed = change(run, "SYSTEM", |hive| {
        let nls = hive.resolve(r"CurrentControlSet\Control\Nls");
        if let Some(number) = ui_number {
            for name in ["Default", "InstallLanguage"] {
                hive.set_value(&format!(r"{nls}\Language"), name, &Value::sz(&format!("{number:04x}")))?;
            }
        }
        match region {
            Some(number) => hive.set_value(&format!(r"{nls}\Locale"), "", &Value::sz(&format!("{number:08x}"))),
            None => Ok(()),
        }
    })?;
    changed |= change(run, "DEFAULT", |hive| {
        if let Some(number) = region {
            let international = r"Control Panel\International";
            hive.set_value(international, "Locale", &Value::sz(&format!("{number:08X}")))?;
            if let Some((name, _)) = LANGUAGES.iter().find(|(_, known)| *known == number) {
                hive.set_value(international, "LocaleName", &Value::sz(name))?;
            }
        }
        match &keyboard {
            Some(keyboard) => hive.set_value(r"Keyboard Layout\Preload", "1", &Value::sz(keyboard)),
            None => Ok(()),
        }
    })?;
    Ok(Done::changed(changed))
}

/// Warns if the image has no files of the language, which it then cannot show.
fn check_language(run: &mut Run<'_>, ui: &str) -> Result<()> {
    let hive = open(run, "SYSTEM")?.hive;
    let languages = hive.resolve(r"CurrentControlSet\Control\MUI\UILanguages");
    let known = hive.find(&format!(r"{languages}\{ui}")).is_some();
    if !known {
        run.warn(
            "LANGUAGE_NOT_INSTALLED",
            format!("the image has no language {ui} to show; install its language pack"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_keyboards_have_names_and_numbers() {
        assert_eq!(number_of("de-de"), Some(0x407));
        assert_eq!(number_of("0409"), Some(0x409));
        assert_eq!(number_of("00000409"), Some(0x409));
        assert_eq!((number_of("xx-YY"), number_of("40"), number_of("0000")), (None, None, None));
        assert_eq!(keyboard_of("0407:00010407").as_deref(), Some("00010407"));
        assert_eq!(keyboard_of("de-DE").as_deref(), Some("00000407"));
        assert_eq!(keyboard_of("qwertz"), None);
    }
}
