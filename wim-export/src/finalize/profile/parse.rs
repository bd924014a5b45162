//! Reading a profile: TOML, then each table by its schema, with the line of whatever is wrong.

use std::collections::HashSet;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::error::nearest;
use super::schema::{Action, Applies, Common, ComponentSource, Meta, Output, Policy, STEP_KINDS};
use super::{Profile, ProfileError, Step};

/// The schema that this version reads.
const SCHEMA: u32 = 1;
/// The tables of a profile.
const TABLES: [&str; 6] = ["meta", "applies", "output", "policy", "component_source", "step"];
/// What every step can say.
const COMMON: [&str; 5] = ["id", "class", "comment", "requires", "when"];
/// Keys that begin like this are the user's own.
const USERS_OWN: &str = "x-";

/// Reads the text of a profile.
pub(super) fn parse(text: &str) -> Result<Profile, ProfileError> {
    let root = DeTable::parse(text).map_err(|error| ProfileError::of(text, &error))?;
    let mut parser = Parser { text, root: root.into_inner() };
    strip(&mut parser.root);
    parser.check_tables()?;
    let meta: Meta = parser.table("meta")?.ok_or_else(|| parser.missing("meta"))?;
    if meta.schema != SCHEMA {
        let message = format!("schema {} is not known; this version reads schema {SCHEMA}", meta.schema);
        return Err(ProfileError::at(text, None, message));
    }
    let (applies, output) = (parser.table::<Applies>("applies")?, parser.table::<Output>("output")?);
    let (policy, components) =
        (parser.table::<Policy>("policy")?, parser.table::<ComponentSource>("component_source")?);
    let steps = parser.steps()?;
    check_ids(text, &steps)?;
    let policy = policy.unwrap_or_default();
    Ok(Profile {
        meta,
        applies: applies.unwrap_or_default(),
        output: output.unwrap_or_default(),
        policy,
        components,
        steps: steps.into_iter().map(|(_, step)| step).collect(),
        text: text.to_owned(),
    })
}

struct Parser<'t> {
    text: &'t str,
    root: DeTable<'t>,
}

impl<'t> Parser<'t> {
    fn error(&self, error: &toml::de::Error) -> ProfileError {
        ProfileError::of(self.text, error)
    }

    fn missing(&self, table: &str) -> ProfileError {
        ProfileError::at(self.text, None, format!("a profile begins with a table [{table}]"))
    }

    fn check_tables(&self) -> Result<(), ProfileError> {
        match self.root.iter().find(|(key, _)| !TABLES.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some((key, _)) => {
                let name = key.get_ref();
                let hint = nearest(name, TABLES).map_or_else(String::new, |table| format!("; did you mean `{table}`?"));
                let message = format!("unknown table `{name}`{hint}");
                Err(ProfileError::at(self.text, Some(key.span()), message))
            }
        }
    }

    /// One of the tables that there is once.
    fn table<T: Deserialize<'t>>(&mut self, name: &str) -> Result<Option<T>, ProfileError> {
        let Some(value) = self.root.remove(name) else { return Ok(None) };
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            return Err(ProfileError::at(self.text, Some(span), format!("`{name}` has to be a table: [{name}]")));
        };
        let table = T::deserialize(Deserializer::from(Spanned::new(span, table)));
        table.map(Some).map_err(|error| self.error(&error))
    }

    /// All steps, each with where it is.
    fn steps(&mut self) -> Result<Vec<(std::ops::Range<usize>, Step)>, ProfileError> {
        let Some(value) = self.root.remove("step") else { return Ok(Vec::new()) };
        let span = value.span();
        let DeValue::Array(steps) = value.into_inner() else {
            return Err(ProfileError::at(self.text, Some(span), "steps are written as [[step]]"));
        };
        let mut parsed = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let span = step.span();
            let DeValue::Table(table) = step.into_inner() else {
                return Err(ProfileError::at(self.text, Some(span), "a step has to be a table"));
            };
            parsed.push((span.clone(), self.step(number + 1, table, span)?));
        }
        Ok(parsed)
    }

    fn step(&self, number: usize, mut table: DeTable<'t>, span: std::ops::Range<usize>) -> Result<Step, ProfileError> {
        let fail = |span, message: String| Err(ProfileError::at(self.text, Some(span), message));
        let Some(kind) = table.remove("kind") else { return fail(span, "a step needs a `kind`".to_owned()) };
        let kind_span = kind.span();
        let Some(kind) = kind.get_ref().as_str().map(str::to_owned) else {
            return fail(kind_span, "`kind` has to be a text".to_owned());
        };
        let mut common = DeTable::new();
        for key in COMMON {
            if let Some((key, value)) = table.remove_entry(key) {
                common.insert(key, value);
            }
        }
        let common = Common::deserialize(Deserializer::from(Spanned::new(span.clone(), common)));
        let common = common.map_err(|error| self.error(&error))?;
        let Some(action) = Action::deserialize(&kind, Deserializer::from(Spanned::new(span, table))) else {
            let hint = nearest(&kind, STEP_KINDS.iter().copied());
            let hint = hint.map_or_else(String::new, |kind| format!("; did you mean `{kind}`?"));
            return fail(kind_span, format!("unknown kind of step `{kind}`{hint}"));
        };
        let action = action.map_err(|error| self.error(&error))?;
        let Common { id, class, requires, when, .. } = common;
        let requires = requires.as_slice().to_vec();
        Ok(Step { number, id, class, requires, when, action })
    }
}

/// Takes out the keys that are the user's own.
fn strip(table: &mut DeTable<'_>) {
    let own = table.keys().map(|key| key.get_ref().to_string()).filter(|key| key.starts_with(USERS_OWN));
    for key in own.collect::<Vec<_>>() {
        table.remove(key.as_str());
    }
    for (_, value) in table.iter_mut() {
        strip_value(value.get_mut());
    }
}

fn strip_value(value: &mut DeValue<'_>) {
    match value {
        DeValue::Table(table) => strip(table),
        DeValue::Array(array) => array.iter_mut().for_each(|value| strip_value(value.get_mut())),
        _ => {}
    }
}

fn check_ids(text: &str, steps: &[(std::ops::Range<usize>, Step)]) -> Result<(), ProfileError> {
    let mut seen = HashSet::new();
    for (span, step) in steps {
        if let Some(id) = &step.id
            && !seen.insert(id)
        {
            let message = format!("two steps have the id `{id}`");
            return Err(ProfileError::at(text, Some(span.clone()), message));
        }
    }
    Ok(())
}

/// The keys that a step of this kind can have, beside those of every step.
pub(super) fn keys_of(kind: &str) -> Option<Vec<String>> {
    // An unknown key is refused before any other is missed, and with a list of those that are known.
    let table = DeTable::parse("an_unknown_key = 1").ok()?;
    let error = Action::deserialize(kind, Deserializer::from(table))?.err()?;
    let words = error.message().split('`').skip(1).step_by(2).skip(1);
    Some(words.map(str::to_owned).collect())
}

/// The keys that every step can have.
pub(super) fn common_keys() -> impl Iterator<Item = &'static str> {
    std::iter::once("kind").chain(COMMON)
}
