//! The interface between rotation and the hooks that it runs, and the hooks that are files of the vault.

use std::path::PathBuf;

use super::error::{Error, Result};
use super::plan::ConfirmedPlan;
use super::vault::Vault;
use crate::model::hook::{HookCall, HookFailure, HookName, Produced};
use crate::model::time::Timestamp;
use crate::store::Expect;

/// Directory of the vault's own hooks.
pub(super) const HOOKS: &str = "hooks";

/// What runs hooks: child processes, or a scripted double in tests.
pub trait Hooks {
    /// Runs one step of a plan. `create` returns the new value, the other steps nothing.
    fn call(&self, plan: &ConfirmedPlan, call: &HookCall) -> std::result::Result<Option<Produced>, HookFailure>;
}

impl Vault<'_> {
    /// The files of the vault's `hooks/`, as names of hooks; hidden ones are left out.
    pub(crate) fn hook_files(&self) -> Result<Vec<HookName>> {
        let (mut waiting, mut found) = (vec![HOOKS.to_owned()], Vec::new());
        while let Some(directory) = waiting.pop() {
            for entry in self.files.children(&directory)? {
                let path = format!("{directory}/{}", entry.name);
                if entry.is_dir {
                    waiting.push(path);
                } else if let Some(Ok(hook)) = path.strip_prefix("hooks/").map(str::parse) {
                    found.push(hook);
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Writes a new file into the vault's `hooks/`; an existing one is an error.
    pub(crate) fn write_hook(&self, file: &str, text: &str, now: Timestamp) -> Result<PathBuf> {
        let path = format!("{HOOKS}/{file}");
        let whole = self.path().join(&path);
        if self.files.exists(&path)? {
            return Err(Error::AlreadyThere(whole));
        }
        let mut writing = self.writing(now)?;
        writing.put_file(&path, text.as_bytes().to_vec(), Expect::Absent);
        writing.publish()?;
        Ok(whole)
    }
}
