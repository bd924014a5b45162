//! Registration files: what is exported is imported as the same; what is not understood is refused with its line.

mod common;

use common::{parse, reopened, sample, tree};
use proptest::prelude::*;
use testdata::hive::Key as TestKey;
use wim_hive::{Error, RegChange, RegFile, Value, ValueType};

const ROOT: &str = r"HKEY_LOCAL_MACHINE\SYSTEM";

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn an_export_is_what_regedit_writes() {
    let hive = TestKey::new()
        .set("Setup", "CmdLine", testdata::hive::Value::sz(r#"a "b" c:\d"#))
        .set("Setup", "", testdata::hive::Value::Dword(31))
        .set("Setup", "Big", testdata::hive::Value::Qword(1))
        .set("Setup", "Bytes", testdata::hive::Value::Binary(vec![0xAB; 30]))
        .key(r"Setup\Below")
        .encode();
    let bytes = parse(&hive).export("setup", ROOT).unwrap();
    let expected = "Windows Registry Editor Version 5.00\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\setup]\r\n\
        \"CmdLine\"=\"a \\\"b\\\" c:\\\\d\"\r\n\
        @=dword:0000001f\r\n\
        \"Big\"=hex(b):01,00,00,00,00,00,00,00\r\n\
        \"Bytes\"=hex:ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,ab,\\\r\n  \
        ab,ab,ab,ab,ab,ab,ab,ab\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\setup\\Below]\r\n\r\n";
    assert_eq!(String::from_utf16(&units(&bytes)).unwrap(), format!("\u{feff}{expected}"));
}

fn units(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[test]
fn an_import_does_what_each_line_says() {
    let mut hive = parse(&sample());
    let text = "Windows Registry Editor Version 5.00\r\n\r\n; a comment\r\n\
        [HKLM\\System\\CurrentControlSet\\Services\\FBWF] ; another\r\n\
        \"WinPECacheThreshold\"=dword:200\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\Setup]\r\n\
        \"CmdLine\" = \"cmd \\\"/k\\\" \\\\x\" ; a third\r\n\
        \"List\"=hex(7):61,00,00,00,\\\r\n  62,00,00,\\ \r\n\t00,00,00\r\n\
        \"Binary\"=-\r\n@=hex:\r\n\"Lines\"=\"one\r\ntwo\"\r\n\
        [-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\disk]\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\a]b]\r\n\"<x>/\"=hex(1f):1,2,\r\n";
    hive.import(&RegFile::parse(&utf16(text)).unwrap(), ROOT).unwrap();
    let hive = reopened(&hive);
    let value = |path: &str, name: &str| hive.key(path).unwrap().value(&name.into());
    assert_eq!(value(r"ControlSet001\Services\FBWF", "WinPECacheThreshold"), Some(Value::dword(512)));
    assert_eq!(value("Setup", "CmdLine"), Some(Value::sz(r#"cmd "/k" \x"#)));
    assert_eq!(value("Setup", "List"), Some(Value::multi_sz(["a", "b"])));
    assert_eq!(value("Setup", "Binary"), None);
    assert_eq!(value("Setup", ""), Some(Value::binary([])));
    assert_eq!(value("Setup", "Lines"), Some(Value::sz("one\r\ntwo")));
    assert_eq!(value("a]b", "<x>/"), Some(Value::new(ValueType(0x1F), [1, 2])));
    assert!(hive.find(r"ControlSet001\Services\disk").is_none());
}

#[test]
fn version_4_has_texts_of_one_byte_a_character() {
    let file = RegFile::parse(b"REGEDIT4\n\n[HKLM\\SYSTEM]\n\"a\"=hex(2):25,78,25,00\n\"b\"=hex:25,78\n").unwrap();
    let values = file.entries.iter().filter_map(|entry| match &entry.change {
        RegChange::Set(_, value) => Some(value.clone()),
        _ => None,
    });
    assert_eq!(values.collect::<Vec<_>>(), [Value::expand_sz("%x%"), Value::binary([0x25, 0x78])]);
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let cases: [(&str, usize); 18] = [
        ("", 1),
        ("Windows Registry Editor Version 6.00\n", 1),
        ("REGEDIT4\n\"a\"=dword:1\n", 2),
        ("REGEDIT4\n[HKLM\\SYSTEM\n", 2),
        ("REGEDIT4\n[HKLM\\SYSTEM] x\n", 2),
        ("REGEDIT4\n[HKLM\\\\SYSTEM]\n", 2),
        ("REGEDIT4\n[HKLM\\SYSTEM]\na=1\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\n\"a\"=\"b\n\n", 6),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=\"C:\\Windows\"\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=dword:100000000\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=dword:+1\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=qword:1\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=hex:123\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=hex:12,\\\nxy\n", 4),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=hex(g):12\n", 3),
        ("REGEDIT4\n[HKLM\\SYSTEM]\n\"a\"=hex(1):e4,00\n", 3),
        ("REGEDIT4\n[-HKLM\\SYSTEM\\a]\n\"a\"=dword:1\n", 3),
    ];
    for (text, expected) in cases {
        match RegFile::parse(text.as_bytes()) {
            Err(Error::RegFile { line, .. }) => assert_eq!(line, expected, "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
    assert!(matches!(RegFile::parse(b"REGEDIT4\n\n; \xE4\n"), Err(Error::RegFile { line: 3, .. })));
    assert!(matches!(RegFile::parse(&[0xFE, 0xFF, 0, 0x41]), Err(Error::RegFile { line: 1, .. })));
}

#[test]
fn an_import_that_fails_changes_nothing() {
    let mut hive = parse(&sample());
    let before = tree(&hive);
    for last in [r"[HKEY_LOCAL_MACHINE\SOFTWARE\x]", r"[HKEY_LOCAL_MACHINE]", r"[-HKEY_LOCAL_MACHINE\SYSTEM]"] {
        let text = format!("REGEDIT4\n[HKLM\\SYSTEM\\Setup]\n\"new\"=dword:1\n{last}\n");
        let error = hive.import(&RegFile::parse(text.as_bytes()).unwrap(), ROOT).unwrap_err();
        assert!(matches!(error, Error::RegFile { line: 4, .. }), "{error}");
        assert_eq!(tree(&hive), before);
        assert!(!hive.is_changed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_is_imported_as_the_same(
        values in prop::collection::vec(("[^\\\\\u{0}\r\n\u{7f}-\u{9f}]{1,6}", "[^\u{0}\r\n]{0,6}", 0..13u32, any::<Vec<u8>>()), 0..12),
        texts in prop::collection::vec("\\PC{0,20}", 0..6),
    ) {
        let mut hive = parse(&TestKey::new().encode());
        let escaped = |name: &str| wim_format::Name::from(name).to_string();
        for (key, name, kind, data) in values {
            hive.set_value(&format!(r"A\{}", escaped(&key)), &escaped(&name), &Value::new(ValueType(kind), data)).unwrap();
        }
        for (index, text) in texts.iter().enumerate() {
            hive.set_value("T", &format!("v{index}"), &Value::sz(text)).unwrap();
        }
        let file = RegFile::parse(&hive.export("", ROOT).unwrap()).unwrap();
        let mut copy = parse(&TestKey::new().encode());
        copy.import(&file, ROOT).unwrap();
        prop_assert_eq!(tree(&copy), tree(&hive));
    }
}
