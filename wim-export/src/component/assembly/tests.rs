use super::*;

fn parse(xml: &str) -> Result<Assembly, ComponentProblem> {
    Assembly::parse("m", xml.as_bytes())
}

const IDENTITY: &str =
    r#"<assemblyIdentity name="C" version="10.0.1.2" processorArchitecture="amd64" language="neutral"/>"#;

fn manifest(body: &str) -> Result<Manifest, String> {
    let parsed = parse(&format!(r#"<assembly xmlns="urn:schemas-microsoft-com:asm.v3">{IDENTITY}{body}</assembly>"#));
    parsed.map(|assembly| assembly.manifest).map_err(|problem| problem.to_string())
}

#[test]
fn a_mum_names_its_parents_and_parts() {
    let assembly = parse(&format!(
        r#"<assembly>{IDENTITY}<package><parent><assemblyIdentity name="Base"/></parent>
        <update name="u"><component><assemblyIdentity name="One" language="*"/></component></update>
        <update name="v"><package><assemblyIdentity name="Two"/></package></update></package></assembly>"#
    ));
    let assembly = assembly.unwrap();
    assert_eq!(assembly.identity.0.to_string(), "C~~amd64~~10.0.1.2");
    let names = |list: &[AssemblyIdentity]| list.iter().map(|identity| identity.0.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&assembly.parents), ["Base"]);
    assert_eq!(names(&assembly.parts), ["One", "Two"]);
}

#[test]
fn utf16_is_understood() {
    let text = format!("<assembly>{IDENTITY}</assembly>");
    let mut data = vec![0xFF, 0xFE];
    data.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(Assembly::parse("m", &data).unwrap().identity.0.name, "C");
    data.pop();
    assert!(Assembly::parse("m", &data).is_err());
}

#[test]
fn files_are_linked_to_where_they_are_wanted() {
    let manifest = manifest(
        r#"<file name="a.dll" destinationPath="$(runtime.system32)\" sourceName="b.dll"/><file name="c.txt" destinationPath=""/>"#,
    );
    let files = manifest.unwrap().files;
    let expected = [
        ManifestFile {
            source: "b.dll".into(),
            name: "a.dll".into(),
            destination: Some(r"$(runtime.system32)\".into()),
        },
        ManifestFile { source: "c.txt".into(), name: "c.txt".into(), destination: None },
    ];
    assert_eq!(files, expected);
}

#[test]
fn registry_values_of_every_type_are_read() {
    let value = |kind: &str, text: &str| {
        let text = text.replace('"', "&quot;");
        let manifest = manifest(&format!(
            r#"<registryKeys><registryKey keyName="K"><registryValue name="v" valueType="{kind}" value="{text}"/></registryKey></registryKeys>"#
        ))?;
        let [RegistryValue { value: Some((_, data)), .. }] = &manifest.registry[..] else { panic!("one value") };
        Ok::<_, String>(data.clone())
    };
    assert_eq!(value("REG_SZ", "a"), Ok(RegistryData::Text("a".into())));
    assert_eq!(value("REG_EXPAND_SZ", "%a%"), Ok(RegistryData::ExpandText("%a%".into())));
    assert_eq!(value("REG_DWORD", "0x0000001F"), Ok(RegistryData::Number(31)));
    assert_eq!(value("REG_DWORD", "7"), Ok(RegistryData::Number(7)));
    assert_eq!(value("REG_QWORD", "0xFFFFFFFFFF"), Ok(RegistryData::LargeNumber(0xFF_FFFF_FFFF)));
    assert_eq!(value("REG_BINARY", "0aFF"), Ok(RegistryData::Binary(vec![10, 255])));
    assert_eq!(value("REG_NONE", ""), Ok(RegistryData::None(Vec::new())));
    let texts = Ok(RegistryData::Texts(vec!["a".into(), "b\"c".into(), String::new()]));
    assert_eq!(value("REG_MULTI_SZ", r#""a", "b""c","""#), texts);
    for (kind, text) in [
        ("REG_DWORD", "0x100000000"),
        ("REG_DWORD", "x"),
        ("REG_BINARY", "abc"),
        ("REG_BINARY", "xy"),
        ("REG_MULTI_SZ", "a"),
        ("REG_MULTI_SZ", "\"a\" \"b\""),
        ("REG_MULTI_SZ", "\"a"),
        ("REG_LINK", ""),
    ] {
        assert!(value(kind, text).is_err(), "{kind} {text}");
    }
}

#[test]
fn a_key_without_values_is_made_all_the_same() {
    let manifest =
        manifest(r#"<registryKeys><registryKey keyName="HKEY_LOCAL_MACHINE\SOFTWARE\K"/></registryKeys>"#).unwrap();
    let expected = RegistryValue { key: r"HKEY_LOCAL_MACHINE\SOFTWARE\K".into(), value: None };
    assert_eq!(manifest.registry, [expected]);
}

#[test]
fn what_is_not_done_is_listed_once() {
    let manifest = manifest("<trustInfo/><mof name='a'/><memberships/><mof name='b'/>").unwrap();
    assert_eq!(manifest.unknown, ["memberships", "mof"]);
}

#[test]
fn what_is_no_plain_manifest_is_refused() {
    for (xml, what) in [
        ("<assembly/>", "no assemblyIdentity"),
        ("<wrong/>", "root element"),
        ("<assembly><assemblyIdentity version='1.0.0.0'/></assembly>", "without a name"),
        ("<assembly><assemblyIdentity name='a' version='1'/></assembly>", "version that is none"),
        ("<!DOCTYPE x [<!ENTITY e 'e'>]><assembly/>", "DTD"),
        ("nothing", ""),
    ] {
        let problem = parse(xml).unwrap_err();
        assert!(
            matches!(problem, ComponentProblem::Manifest { .. }) && problem.to_string().contains(what),
            "{xml}: {problem}"
        );
    }
    for kind in ["DCM\x01", "DCN\x01", "DCS\x01xyz"] {
        assert!(matches!(parse(kind), Err(ComponentProblem::CompressedManifest { .. })));
    }
}
