//! The profiles that come with the program.

/// The profiles that come with the program: name and text.
pub const BUILT_IN_PROFILES: &[(&str, &str)] = &[
    ("none", include_str!("builtin/none.toml")),
    ("shrink-safe", include_str!("builtin/shrink-safe.toml")),
    ("shrink-aggressive", include_str!("builtin/shrink-aggressive.toml")),
    ("wimboot-ready", include_str!("builtin/wimboot-ready.toml")),
];
