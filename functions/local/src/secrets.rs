//! Secrets of a laptop's installation: made at the first start, kept beside the data, readable by their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringbridge::crm::webhook::generate_secret;
use ringbridge::model::ids::{Random, SystemRandomness};
use ringbridge::model::secret::Secret;

/// The secrets that outlive a restart on the same data.
#[derive(Debug)]
pub struct Secrets {
    /// Seals credentials.
    pub sealing_key: Secret,
    /// Signs what the inbox receives.
    pub inbox: Secret,
}

impl Secrets {
    /// Reads them from `dir`, or makes them; without a directory they live as long as the process.
    pub fn in_dir(dir: Option<&Path>) -> io::Result<Self> {
        let random = SystemRandomness::default();
        let key = || {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            Secret::new(STANDARD.encode(bytes))
        };
        Ok(Self {
            sealing_key: kept(dir, "sealing.key", key)?,
            inbox: kept(dir, "inbox.secret", || generate_secret(&random))?,
        })
    }
}

/// The demo connection's admin key, if an earlier start on this data wrote it.
pub fn demo_key(dir: Option<&Path>) -> Option<Secret> {
    let text = fs::read_to_string(dir?.join(DEMO_KEY)).ok()?;
    Some(Secret::new(text.trim()))
}

/// Keeps the demo connection's admin key.
pub fn keep_demo_key(dir: Option<&Path>, key: &Secret) -> io::Result<()> {
    dir.map_or(Ok(()), |dir| write(&dir.join(DEMO_KEY), key))
}

const DEMO_KEY: &str = "demo-admin.key";

fn kept(dir: Option<&Path>, name: &str, make: impl FnOnce() -> Secret) -> io::Result<Secret> {
    let Some(dir) = dir else { return Ok(make()) };
    let path = dir.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Secret::new(text.trim())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = make();
            write(&path, &made)?;
            Ok(made)
        }
        Err(error) => Err(error),
    }
}

/// Makes a file readable by its owner alone, before anything is written to it; what the database puts beside it follows.
pub fn owners_alone(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

fn write(path: &Path, secret: &Secret) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(secret.reveal().as_bytes())?;
    file.sync_all()
}
