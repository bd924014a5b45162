//! `wimsmith profile`: profiles, listed, shown and checked.

use std::io::Write;

use serde::Serialize;
use wim_export::finalize::{BUILT_IN_PROFILES, Profile};

use crate::args::{ProfileAction, ProfileArgs};
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, Rows};
use crate::profiles;

/// A profile, and what it says about itself.
#[derive(Serialize)]
struct Facts {
    name: String,
    version: Option<String>,
    description: Option<String>,
    steps: usize,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// The answer.
#[derive(Serialize)]
struct Answer {
    profiles: Vec<Facts>,
}

pub(super) fn run(args: &ProfileArgs, output: &mut Output) -> anyhow::Result<Code> {
    let answer = match &args.action {
        ProfileAction::List => {
            let built_in = BUILT_IN_PROFILES.iter().filter_map(|(name, _)| Profile::built_in(name));
            Answer { profiles: built_in.map(|profile| facts(&profile, false)).collect() }
        }
        ProfileAction::Show { profile } => Answer { profiles: vec![facts(&profiles::open(profile)?.0, true)] },
        ProfileAction::Check { profile } => Answer { profiles: vec![facts(&profiles::open(profile)?.0, false)] },
    };
    if output.json() {
        output.answer(&answer)?;
        return Ok(Code::SUCCESS);
    }
    let mut out = output.stdout();
    for facts in &answer.profiles {
        match (&args.action, &facts.text) {
            (ProfileAction::List, _) => {
                writeln!(out, "{:18} {}", facts.name, Line(facts.description.as_deref().unwrap_or("")))?;
            }
            (_, Some(text)) => out.write_all(text.as_bytes())?,
            _ => {
                writeln!(out, "{} is a profile", Line(&facts.name))?;
                let mut rows = Rows::new(&mut out);
                rows.optional("Version", facts.version.as_ref())?;
                rows.optional("For", facts.description.as_ref())?;
                rows.row("Steps", facts.steps)?;
                rows.row("SHA-256", &facts.sha256)?;
            }
        }
    }
    out.flush()?;
    Ok(Code::SUCCESS)
}

fn facts(profile: &Profile, with_text: bool) -> Facts {
    Facts {
        name: profile.name().to_owned(),
        version: profile.version().map(str::to_owned),
        description: profile.description().map(str::to_owned),
        steps: profile.step_count(),
        sha256: profile.sha256(),
        text: with_text.then(|| profile.text().to_owned()),
    }
}
