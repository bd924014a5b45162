//! The variables of manifests, such as `$(runtime.system32)`.

use super::ComponentProblem;

/// What the variables of paths stand for, below the root of the image. Manifests write them in any case.
const RUNTIME: [(&str, &str); 27] = [
    ("bootDrive", ""),
    ("systemDrive", ""),
    ("systemRoot", r"\Windows"),
    ("windows", r"\Windows"),
    ("winDir", r"\Windows"),
    ("appPatch", r"\Windows\AppPatch"),
    ("fonts", r"\Windows\Fonts"),
    ("help", r"\Windows\Help"),
    ("inf", r"\Windows\INF"),
    ("resources", r"\Windows\Resources"),
    ("servicing", r"\Windows\servicing"),
    ("sideBySide", r"\Windows\WinSxS"),
    ("winSxS", r"\Windows\WinSxS"),
    ("system", r"\Windows\System"),
    ("system32", r"\Windows\System32"),
    ("config", r"\Windows\System32\config"),
    ("catRoot", r"\Windows\System32\CatRoot"),
    ("drivers", r"\Windows\System32\drivers"),
    ("driverStore", r"\Windows\System32\DriverStore"),
    ("sysprep", r"\Windows\System32\sysprep"),
    ("wbem", r"\Windows\System32\wbem"),
    ("programFiles", r"\Program Files"),
    ("commonFiles", r"\Program Files\Common Files"),
    ("programFilesX86", r"\Program Files (x86)"),
    ("programData", r"\ProgramData"),
    ("users", r"\Users"),
    ("public", r"\Users\Public"),
];

/// The path in the image that `path` names.
///
/// # Errors
/// If it has an unknown variable, or does not lie below the image's root.
pub(super) fn image_path(path: &str, member: &str) -> Result<String, ComponentProblem> {
    let fail = || ComponentProblem::Path { member: member.to_owned(), path: path.to_owned() };
    let expanded = expand(path, "").ok_or_else(fail)?;
    let names: Vec<&str> = expanded.split(['\\', '/']).filter(|name| !name.is_empty()).collect();
    let escapes = |name: &&str| matches!(*name, "." | "..") || name.contains([':', '*', '?', '<', '>', '|', '"', '\0']);
    if !expanded.starts_with('\\') || names.iter().any(escapes) {
        return Err(fail());
    }
    Ok(names.iter().fold(String::new(), |path, name| path + "\\" + name))
}

/// `text` with its variables replaced by what they stand for in the running system, whose drive is `drive`.
///
/// # Errors
/// If it has an unknown variable.
pub(super) fn runtime_text(text: &str, drive: &str, member: &str) -> Result<String, ComponentProblem> {
    expand(text, drive).ok_or_else(|| ComponentProblem::Path { member: member.to_owned(), path: text.to_owned() })
}

/// `None` if there is an unknown variable.
fn expand(text: &str, drive: &str) -> Option<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        let name;
        (name, rest) = after.split_once(')')?;
        expanded += before;
        expanded += drive;
        expanded += value(name)?;
    }
    Some(expanded + rest)
}

fn value(name: &str) -> Option<&'static str> {
    let (kind, name) = name.split_once('.')?;
    let row = RUNTIME.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    row.filter(|_| kind.eq_ignore_ascii_case("runtime")).map(|&(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded_in_any_case() {
        for (path, expected) in [
            (r"$(runtime.system32)\", r"\Windows\System32"),
            (r"$(RUNTIME.System32)\en-US", r"\Windows\System32\en-US"),
            (r"$(runtime.bootDrive)\a/b\\c", r"\a\b\c"),
            (r"$(runtime.drivers)", r"\Windows\System32\drivers"),
        ] {
            assert_eq!(image_path(path, "m").as_deref(), Ok(expected), "{path}");
        }
        assert_eq!(runtime_text("\"$(runtime.windows)\\x\" %1", "X:", "m").as_deref(), Ok("\"X:\\Windows\\x\" %1"));
    }

    #[test]
    fn what_is_unknown_or_leaves_the_image_is_refused() {
        for path in [
            "$(runtime.moon)",
            "$(build.windows)",
            "$(runtime.windows",
            "C:\\Windows",
            "Windows",
            "",
            r"$(runtime.windows)\..\x",
            r"$(runtime.windows)\a:b",
            r"$(runtime.windows)\.\x",
        ] {
            assert!(matches!(image_path(path, "m"), Err(ComponentProblem::Path { .. })), "{path}");
        }
    }
}
