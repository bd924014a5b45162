//! Packages of optional components, in the structure that the cabinets of a kit have.

use std::io::{Cursor, Write as _};

const TOKEN: &str = "31bf3856ad364e35";

/// The folder of a component in its cabinet, and in the component store.
pub const TOOL_FOLDER: &str = "amd64_microsoft-tool_31bf3856ad364e35_10.0.22621.1_none_0123456789abcdef";

/// A cabinet with these files in one folder.
pub fn cabinet(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = cab::CabinetBuilder::new();
    let folder = builder.add_folder(cab::CompressionType::MsZip);
    for (name, _) in files {
        folder.add_file(*name);
    }
    let mut writer = builder.build(Cursor::new(Vec::new())).expect("names that a cabinet can hold");
    for (_, data) in files {
        let mut file = writer.next_file().expect("memory").expect("a file for each name");
        file.write_all(data.as_bytes()).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

/// An `assemblyIdentity` for x64, of the build of the Windows PE that these tests make.
pub fn identity(name: &str, language: &str) -> String {
    format!(
        r#"<assemblyIdentity name="{name}" version="10.0.22621.1" processorArchitecture="amd64" language="{language}" publicKeyToken="{TOKEN}"/>"#
    )
}

/// The `update.mum` of the package `name`, which consists of these components.
pub fn mum(name: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("<component>{}</component>", identity(part, "*"))).collect();
    let (own, parent) = (identity(name, "neutral"), identity("Microsoft-Windows-WinPE-Package", "neutral"));
    format!(
        r#"<?xml version="1.0"?><assembly xmlns="urn:schemas-microsoft-com:asm.v3">{own}<package><parent>{parent}</parent><update name="u">{parts}</update></package></assembly>"#
    )
}

/// The manifest of the component `name`, which says this.
pub fn manifest(name: &str, body: &str) -> String {
    format!(r#"<assembly xmlns="urn:schemas-microsoft-com:asm.v3">{}{body}</assembly>"#, identity(name, "neutral"))
}

/// A package with a file for System32, one that stays in the component store, a folder, and registry values; and with what only
/// Windows could do.
pub fn tool(package: &str) -> Vec<u8> {
    let body = r#"
        <dependency><dependentAssembly><assemblyIdentity name="Microsoft-Absent"/></dependentAssembly></dependency>
        <file name="tool.exe" destinationPath="$(runtime.system32)\" sourceName="tool.exe"/>
        <file name="tool.dat"/>
        <directories><directory destinationPath="$(runtime.windows)\Tool\" owner="true"/></directories>
        <registryKeys><registryKey keyName="HKEY_LOCAL_MACHINE\SOFTWARE\Tool">
            <registryValue name="Path" valueType="REG_SZ" value="$(runtime.system32)\tool.exe"/>
            <registryValue name="On" valueType="REG_DWORD" value="0x00000001"/></registryKey></registryKeys>
        <mof name="x.mof"/>"#;
    cabinet(&[
        ("update.mum", &mum(package, &["Microsoft-Tool"])),
        (&format!("{TOOL_FOLDER}.manifest"), &manifest("Microsoft-Tool", body)),
        ("other.manifest", &manifest("Microsoft-Not-Referred-To", "<file name='no'/>")),
        (&format!("{TOOL_FOLDER}\\tool.exe"), "program"),
        (&format!("{TOOL_FOLDER}\\tool.dat"), "data"),
    ])
}
