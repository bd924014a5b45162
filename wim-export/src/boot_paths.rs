//! Files of an image that booting depends on, and where those who boot it look for them.

/// The two loaders, for BIOS and UEFI. One of them suffices.
pub(crate) const LOADERS: [&str; 2] = [r"\Windows\System32\winload.exe", r"\Windows\System32\winload.efi"];
/// The kernel, which they start.
pub(crate) const KERNEL: &str = r"\Windows\System32\ntoskrnl.exe";
/// The registry hive without which no kernel starts.
pub(crate) const SYSTEM_HIVE: &str = r"\Windows\System32\config\SYSTEM";
/// The two programs that only a Windows PE has: its shell, and what starts its network.
pub(crate) const PE_PROGRAMS: [&str; 2] = [r"\Windows\System32\winpeshl.exe", r"\Windows\System32\wpeinit.exe"];
/// Where Configuration Manager puts the RAM disk's image.
pub(crate) const SMS_SDI: &str = r"\sms\boot\boot.sdi";
/// What WDS takes out of a boot image for machines with UEFI.
pub(crate) const WDS_LOADER: &str = r"\Windows\Boot\PXE\wdsmgfw.efi";

/// What wimboot, iPXE and Configuration Manager take out of a boot image.
pub(crate) const BOOT_FILES: [&str; 13] = [
    r"\Windows\Boot\PXE\bootmgr.exe",
    r"\Windows\Boot\DVD\PCAT\boot.sdi",
    r"\Windows\Boot\DVD\PCAT\BCD",
    r"\Windows\Boot\EFI\bootmgfw.efi",
    r"\Windows\Boot\EFI_EX\bootmgfw_EX.efi",
    r"\Windows\Boot\EFI\boot.stl",
    r"\Windows\Boot\DVD\EFI\boot.sdi",
    r"\Windows\Boot\DVD\EFI\BCD",
    r"\Windows\Boot\Fonts\segmono_boot.ttf",
    r"\Windows\Boot\Fonts\segoen_slboot.ttf",
    r"\Windows\Boot\Fonts\segoe_slboot.ttf",
    r"\Windows\Boot\Fonts\wgl4_boot.ttf",
    SMS_SDI,
];
