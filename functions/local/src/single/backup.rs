//! Backup and restore. What is copied is the table and the key that opens its secrets. Messages of the queue are not: they
//! only remind of what is due in the table, and the sweep finds that without them (docs/promises.md §3).

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use simulators::aws;

use super::folder::{self, DATABASE, FORMAT_FILE, KEY};
use super::{Failure, say};
use crate::secrets::owners_alone;

/// Copies a folder, also while a process serves it: the table as it is at one moment.
pub(super) fn back_up(data: &Path, to: &Path, key: bool) -> Result<(), Failure> {
    folder::check_format(data)?;
    if !data.join(DATABASE).is_file() {
        return Err(format!("{} is no data folder", data.display()).into());
    }
    let new = beginning(to)?;
    owners_alone(&new.join(DATABASE))?;
    aws::snapshot(&data.join(DATABASE), &new.join(DATABASE))?;
    copy(&data.join(FORMAT_FILE), &new.join(FORMAT_FILE))?;
    if key {
        copy(&data.join(KEY), &new.join(KEY))?;
    }
    finish(&new, to)?;
    let kept =
        if key { "with the sealing key: keep it as one keeps keys" } else { "without the sealing key" };
    say::line(&format!("Backed up to {}, {kept}.", to.display()));
    Ok(())
}

/// Makes a folder of a copy; nothing that is there is touched.
pub(super) fn restore(from: &Path, data: &Path) -> Result<(), Failure> {
    folder::check_format(from)?;
    folder::check_unused(data)?;
    let new = beginning(data)?;
    copy(&from.join(DATABASE), &new.join(DATABASE))?;
    copy(&from.join(FORMAT_FILE), &new.join(FORMAT_FILE))?;
    let has_key = fs::exists(from.join(KEY))?;
    if has_key {
        copy(&from.join(KEY), &new.join(KEY))?;
    }
    if !aws::is_whole(&new.join(DATABASE))? {
        return Err(format!("{} holds no table", from.display()).into());
    }
    finish(&new, data)?;
    let key = if has_key { "" } else { "; put its sealing.key there before you serve it" };
    say::line(&format!("Restored to {}{key}.", data.display()));
    Ok(())
}

/// A folder beside the wished one, which gets its name once it is whole.
fn beginning(wished: &Path) -> Result<PathBuf, Failure> {
    if fs::exists(wished)? && fs::read_dir(wished)?.next().is_some() {
        return Err(format!("{} is not empty; nothing was changed", wished.display()).into());
    }
    let mut name = wished.file_name().ok_or("the new folder has no name")?.to_owned();
    name.push(".partial");
    let new = wished.with_file_name(name);
    match fs::remove_dir_all(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&new)?;
    Ok(new)
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    owners_alone(to)?;
    // The permissions stay those that were just set: only the bytes go over.
    let mut source = fs::File::open(from).map_err(|error| format!("{}: {error}", from.display()))?;
    let mut target = fs::OpenOptions::new().write(true).open(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(())
}

fn finish(new: &Path, wished: &Path) -> Result<(), Failure> {
    fs::File::open(new.join(DATABASE))?.sync_all()?;
    fs::rename(new, wished)?;
    let parent = wished.parent().filter(|parent| !parent.as_os_str().is_empty());
    fs::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}
