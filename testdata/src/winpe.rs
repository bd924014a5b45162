//! What looks like a small Windows PE: the files, hives and XML by which a boot image is known.

use crate::build::{Image, Wim, xml};
use crate::content::{code, random, text};
use crate::hive::{Key, Value};
use crate::pe::{self, Machine};
use crate::tree::Tree;

/// How much code a program of a boot image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A kilobyte, to build an archive in a test.
    Tiny,
    /// Some tens of kilobytes.
    Sample,
}

/// Which of the two images of a boot.wim on Microsoft's media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Index 1, plain Windows PE.
    Pe,
    /// Index 2, Windows PE with Windows Setup.
    Setup,
}

/// The version that hives and XML state.
const BUILD: &str = "22621";

/// The tree of an image.
pub fn tree(machine: Machine, size: Size, edition: Edition) -> Tree {
    let tree = boot_files(programs(Tree::new(), machine, size), machine, size);
    let tree = tree
        .file("Windows/System32/config/SYSTEM", system_hive(edition))
        .file("Windows/System32/config/SOFTWARE", software_hive())
        .file("Windows/System32/config/DEFAULT", Key::new().key(r"Control Panel\International").encode())
        .dir("Windows/Temp")
        .dir("Program Files")
        .dir("Users/Default");
    match edition {
        Edition::Pe => tree
            .file("Windows/System32/startnet.cmd", "wpeinit\r\n")
            .file("Windows/System32/wallpaper.jpg", random(90, 900)),
        Edition::Setup => tree
            .file("Windows/System32/winpeshl.ini", "[LaunchApps]\r\n%SYSTEMDRIVE%\\sources\\setup.exe\r\n")
            .file("Windows/System32/startnet.cmd", "wpeinit\r\nrem Setup follows\r\n")
            .file("setup.exe", program(machine, 91, 2_000))
            .file("sources/setup.exe", program(machine, 92, size.bytes() / 2))
            .file("sources/lang.ini", "[Available UI Languages]\r\nen-us = 3\r\n")
            .file("sources/license.rtf", text(93, 4_000)),
    }
}

impl Size {
    /// The code of a big program, in bytes.
    fn bytes(self) -> usize {
        match self {
            Size::Tiny => 1_000,
            Size::Sample => 60_000,
        }
    }
}

fn program(machine: Machine, seed: u64, len: usize) -> Vec<u8> {
    pe::image(machine, &code(seed, len))
}

/// The folder of a component in the component store, for the hard links that every Windows has.
fn component(machine: Machine, name: &str) -> String {
    let machine = match machine {
        Machine::X86 => "x86",
        Machine::X64 => "amd64",
        Machine::Ia64 => "ia64",
        Machine::Arm => "arm",
        Machine::Arm64 => "arm64",
    };
    format!("Windows/WinSxS/{machine}_microsoft-windows-{name}_31bf3856ad364e35_10.0.22621.1_none_0123456789abcdef")
}

/// The programs and drivers of System32, with their other names in the component store.
fn programs(mut tree: Tree, machine: Machine, size: Size) -> Tree {
    let big = size.bytes();
    let files = [
        ("ntoskrnl.exe", "os-kernel", big),
        ("winload.exe", "bootloader", big / 2),
        ("winload.efi", "bootloader", big / 2 + 100),
        ("kernel32.dll", "kernel32", big / 2 + 300),
        ("ntdll.dll", "ntdll", big / 2 + 500),
        ("winpeshl.exe", "winpe-shell", big / 10),
        ("wpeinit.exe", "winpe-init", big / 10 + 50),
        ("drivers/disk.sys", "disk", big / 12),
        ("drivers/fbwf.sys", "fbwf", big / 12 + 64),
        ("drivers/wimfsf.sys", "wimfsf", big / 12 + 128),
    ];
    for (seed, (name, component_name, len)) in (100..).zip(files) {
        let path = format!("Windows/System32/{name}");
        let last = name.rsplit('/').next().unwrap_or(name);
        let stored = format!("{}/{last}", component(machine, component_name));
        tree = tree.file(&path, program(machine, seed, len)).hard_link(&stored, &path);
    }
    tree.file("Windows/System32/en-US/wpeinit.exe.mui", text(120, 300))
        .file("Windows/System32/drivers/etc/hosts", "127.0.0.1 localhost\r\n")
        .file("Windows/INF/disk.inf", text(121, size.bytes() / 20))
        .file("Windows/win.ini", "")
}

/// What boot loaders take out of an image.
fn boot_files(tree: Tree, machine: Machine, size: Size) -> Tree {
    let bcd = Key::new().set("Description", "KeyName", Value::sz("BCD00000000")).key("Objects").encode();
    tree.file("Windows/Boot/EFI/bootmgfw.efi", program(machine, 130, size.bytes() / 3))
        .file("Windows/Boot/EFI/boot.stl", random(131, 300))
        .file("Windows/Boot/PXE/bootmgr.exe", program(machine, 132, size.bytes() / 4))
        .file("Windows/Boot/PXE/wdsmgfw.efi", program(machine, 133, size.bytes() / 5))
        .file("Windows/Boot/DVD/EFI/boot.sdi", [&b"$SDI0001"[..], &[0; 4088]].concat())
        .file("Windows/Boot/DVD/EFI/BCD", bcd.clone())
        .file("Windows/Boot/DVD/PCAT/BCD", bcd)
        .hard_link("Windows/Boot/DVD/PCAT/boot.sdi", "Windows/Boot/DVD/EFI/boot.sdi")
        .file("Windows/Boot/Fonts/segmono_boot.ttf", random(134, 700))
        .file("Windows/Boot/Fonts/wgl4_boot.ttf", random(135, 600))
}

/// The hive `config\SYSTEM`.
fn system_hive(edition: Edition) -> Vec<u8> {
    let command = match edition {
        Edition::Pe => "winpeshl.exe",
        Edition::Setup => r"X:\sources\setup.exe",
    };
    Key::new()
        .set("Select", "Current", Value::Dword(1))
        .set("Select", "Default", Value::Dword(1))
        .set("Select", "Failed", Value::Dword(0))
        .set("Select", "LastKnownGood", Value::Dword(1))
        .set("Setup", "CmdLine", Value::sz(command))
        .set("Setup", "SystemSetupInProgress", Value::Dword(1))
        .set("Setup", "SetupType", Value::Dword(1))
        .set(r"ControlSet001\Control\Windows", "CSDBuildNumber", Value::Dword(1))
        .set(r"ControlSet001\Control\Windows", "CSDVersion", Value::Dword(0))
        .set(r"ControlSet001\Control\ProductOptions", "ProductType", Value::sz("WinNT"))
        .set(r"ControlSet001\Control\ProductOptions", "ProductSuite", Value::MultiSz(vec!["Terminal Server".into()]))
        .set(r"ControlSet001\Control\Nls\Language", "InstallLanguage", Value::sz("0409"))
        .set(r"ControlSet001\Control\MUI\UILanguages\en-US", "LCID", Value::Dword(0x409))
        .set(r"ControlSet001\Services\FBWF", "WinPECacheThreshold", Value::Dword(512))
        .set(r"ControlSet001\Services\FBWF", "Start", Value::Dword(0))
        .set(r"ControlSet001\Services\disk", "ImagePath", Value::ExpandSz(r"System32\drivers\disk.sys".into()))
        .encode()
}

/// The hive `config\SOFTWARE`.
fn software_hive() -> Vec<u8> {
    const VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";
    Key::new()
        .set(VERSION, "ProductName", Value::sz("Microsoft\u{ae} Windows\u{ae} Operating System"))
        .set(VERSION, "EditionID", Value::sz("WindowsPE"))
        .set(VERSION, "InstallationType", Value::sz("WindowsPE"))
        .set(VERSION, "CurrentMajorVersionNumber", Value::Dword(10))
        .set(VERSION, "CurrentMinorVersionNumber", Value::Dword(0))
        .set(VERSION, "CurrentVersion", Value::sz("6.3"))
        .set(VERSION, "CurrentBuild", Value::sz(BUILD))
        .set(VERSION, "SystemRoot", Value::sz(r"X:\Windows"))
        .set(&format!(r"{VERSION}\WinPE"), "InstRoot", Value::sz(r"X:\"))
        .set(&format!(r"{VERSION}\WinPE"), "Version", Value::sz("10.0.22621.1"))
        .encode()
}

/// The WINDOWS element of the XML.
pub fn windows_xml(machine: Machine) -> String {
    let product = xml::element("PRODUCTNAME", "Microsoft\u{ae} Windows\u{ae} Operating System");
    format!(
        "<WINDOWS><ARCH>{}</ARCH>{product}<EDITIONID>WindowsPE</EDITIONID>\
         <INSTALLATIONTYPE>WindowsPE</INSTALLATIONTYPE><PRODUCTTYPE>WinNT</PRODUCTTYPE><PRODUCTSUITE></PRODUCTSUITE>\
         <LANGUAGES><LANGUAGE>en-US</LANGUAGE><DEFAULT>en-US</DEFAULT></LANGUAGES>\
         <VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>{BUILD}</BUILD><SPBUILD>1</SPBUILD><SPLEVEL>0</SPLEVEL>\
         </VERSION><SYSTEMROOT>WINDOWS</SYSTEMROOT></WINDOWS>",
        machine.xml_arch()
    )
}

/// The name that Microsoft gives such an image.
pub fn image_name(machine: Machine, edition: Edition) -> String {
    let machine = match machine {
        Machine::X86 => "x86",
        Machine::X64 => "x64",
        Machine::Ia64 => "ia64",
        Machine::Arm => "arm",
        Machine::Arm64 => "arm64",
    };
    match edition {
        Edition::Pe => format!("Microsoft Windows PE ({machine})"),
        Edition::Setup => format!("Microsoft Windows Setup ({machine})"),
    }
}

/// A tiny boot image for the builder, complete with its XML.
pub fn image(machine: Machine, edition: Edition) -> Image {
    let name = image_name(machine, edition);
    let image = tree(machine, Size::Tiny, edition).image(&name).description(&name).edition_flags("9");
    image.extra_xml(&windows_xml(machine))
}

/// A tiny uncompressed boot.wim: Windows PE, which boots, and Setup. It passes every check of a boot image.
pub fn boot_wim(machine: Machine) -> Wim {
    Wim::new().image(image(machine, Edition::Pe)).image(image(machine, Edition::Setup)).boot_index(1)
}
