//! What every step can say.

use serde::Deserialize;

use super::Class;

/// What has to hold for a step to be done; otherwise it is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Requirement {
    CleanHives,
    NoPending,
}

/// On which images a step is done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    pub(crate) arch: Vec<String>,
    pub(crate) if_exists: Vec<String>,
    pub(crate) if_missing: Vec<String>,
    pub(crate) min_build: Option<u32>,
    pub(crate) max_build: Option<u32>,
    pub(crate) env: Option<String>,
}

/// What every step can say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Common {
    pub(crate) id: Option<String>,
    pub(crate) class: Class,
    pub(crate) comment: Option<String>,
    pub(crate) requires: OneOrMany<Requirement>,
    pub(crate) when: When,
}

/// One thing, or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}
