//! The data folder: whose it is, and of which format.
//!
//! | file | holds |
//! |---|---|
//! | `dynamodb.sqlite` | the table; its `-wal` and `-shm` belong to it |
//! | `sealing.key` | the key that seals credentials; a new one is put before it with a comma |
//! | `format` | the number of this layout |
//! | `lock` | is locked while a process uses the folder |
//! | `clock` | when the folder was last used |
//! | `moving`, `moved` | the table in AWS that this folder goes, or went, to |

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The format that this program writes.
const FORMAT: u32 = 1;

/// Why a folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system says no.
    #[error("{0} can't be used")]
    Unusable(PathBuf, #[source] io::Error),
    /// Another process has it.
    #[error("{0} is in use by another process; end that one first")]
    InUse(PathBuf),
    /// A newer program wrote it.
    #[error(
        "{folder} was written by a newer version (format {found}, this one knows {FORMAT}); install that one. Nothing was changed"
    )]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// What it says.
        found: String,
    },
    /// It lives in AWS now.
    #[error(
        "{folder} was moved to the table {table}, which goes on with it; to serve it from here again all the same, remove its file `moved`"
    )]
    Moved {
        /// The folder.
        folder: PathBuf,
        /// Where it went.
        table: String,
    },
}

/// A folder that is this process's as long as this lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes it, unless it is there, and takes it.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let unusable = |error| FolderError::Unusable(path.to_owned(), error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let folder = Self::take(path)?;
        if let Some(table) = folder.read(MOVED).map_err(unusable)? {
            return Err(FolderError::Moved { folder: path.to_owned(), table });
        }
        Ok(folder)
    }

    /// Takes one that is there, wherever it went.
    pub(super) fn take(path: &Path) -> Result<Self, FolderError> {
        let unusable = |error| FolderError::Unusable(path.to_owned(), error);
        check_format(path)?;
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).mode(0o600).open(path.join("lock"));
        let lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        if folder.read(FORMAT_FILE).map_err(unusable)?.is_none() {
            folder.write(FORMAT_FILE, &FORMAT.to_string()).map_err(unusable)?;
        }
        Ok(folder)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The table.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// What a small file of it says.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<String>> {
        read(&self.path, name)
    }

    /// Writes a small file of it, whole or not at all.
    pub(super) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let new = self.path.join(format!("{name}.new"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        fs::rename(new, self.path.join(name))
    }

    /// Removes a small file of it.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }
}

/// The table's file.
pub(super) const DATABASE: &str = "dynamodb.sqlite";
/// The sealing key's file.
pub(super) const KEY: &str = "sealing.key";
/// The format's file.
pub(super) const FORMAT_FILE: &str = "format";
/// The table that the folder went to.
pub(super) const MOVED: &str = "moved";
/// The table that the folder goes to.
pub(super) const MOVING: &str = "moving";

/// Refuses what a newer program wrote, before anything is touched.
pub(super) fn check_format(folder: &Path) -> Result<(), FolderError> {
    let found = read(folder, FORMAT_FILE).map_err(|error| FolderError::Unusable(folder.to_owned(), error))?;
    match found {
        Some(found) if found.parse::<u32>().ok().is_none_or(|found| found > FORMAT) => {
            Err(FolderError::Newer { folder: folder.to_owned(), found })
        }
        Some(_) | None => Ok(()),
    }
}

/// Refuses a folder that a process uses; what is no folder yet nobody does.
pub(super) fn check_unused(folder: &Path) -> Result<(), FolderError> {
    let Ok(lock) = File::open(folder.join("lock")) else { return Ok(()) };
    lock.try_lock().map_err(|_| FolderError::InUse(folder.to_owned()))
}

fn read(folder: &Path, name: &str) -> io::Result<Option<String>> {
    match fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
