//! Steps that put parts of a kit or of vendors in: drivers, components, a picture, boot files.

use serde::Deserialize;

/// Adds drivers, to be loaded when the image starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Driver {
    pub(crate) from: Vec<String>,
    #[serde(default)]
    pub(crate) mode: DriverMode,
    #[serde(default = "drivers_folder")]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) trigger: Trigger,
}

fn drivers_folder() -> String {
    r"\Drivers".to_owned()
}

/// How drivers get into the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DriverMode {
    #[default]
    Drvload,
    Store,
}

/// What loads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trigger {
    #[default]
    Startnet,
    None,
}

/// Installs an optional component.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Component {
    pub(crate) name: Option<String>,
    pub(crate) cab: Vec<String>,
    /// There is one way so far, and the file can say so.
    pub(crate) mode: ComponentMode,
    pub(crate) depends: Depends,
    pub(crate) language: Option<String>,
}

/// How a component gets into the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ComponentMode {
    #[default]
    SideLoad,
}

/// Whether what a component needs is installed with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Depends {
    #[default]
    Auto,
    Explicit,
}

/// Replaces the picture behind everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Background {
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) target: BackgroundTarget,
}

/// Whose picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BackgroundTarget {
    #[default]
    Auto,
    WinPe,
    WinRe,
}

/// Adds what boot loaders take out of an image, out of the kit's media folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WimbootReady {
    #[serde(default)]
    pub(crate) media: Option<String>,
    #[serde(default = "super::yes")]
    pub(crate) require: bool,
    #[serde(default = "super::yes")]
    pub(crate) bcd: bool,
    #[serde(default)]
    pub(crate) sdi_to: Vec<String>,
}
