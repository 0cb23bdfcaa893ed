//! The built functions. Tests of one package get no paths to binaries of another, so they are built here, by the
//! Cargo that runs the tests and into its directory; when they are fresh, this takes a moment.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::OnceCell;

/// Once per process; Cargo's own lock keeps processes of `nextest` apart.
static DIRECTORY: OnceCell<PathBuf> = OnceCell::const_new();

/// Where the function of that name is.
pub async fn path(name: &str) -> io::Result<PathBuf> {
    let directory = DIRECTORY.get_or_try_init(build).await?;
    Ok(directory.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
}

async fn build() -> io::Result<PathBuf> {
    // The test is target/{profile}/deps/it-…; with --target there is a directory more, which is kept too.
    let test = env::current_exe()?;
    let directory = test.ancestors().nth(2).ok_or(io::ErrorKind::NotFound)?;
    let profile = match directory.file_name().and_then(OsStr::to_str) {
        None | Some("debug") => "dev",
        Some(profile) => profile,
    };
    let target = directory.parent().ok_or(io::ErrorKind::NotFound)?;
    // The tests too, which are fresh: with them the features are those of the build that runs, and so nothing but
    // the binaries is built.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--bins", "--tests", "--profile", profile]);
    cargo.arg("--target-dir").arg(target).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    // Cargo sets these for the test; build scripts that look at them would run again.
    #[expect(clippy::disallowed_methods, reason = "the environment of a child, not configuration")]
    let variables = env::vars_os();
    for (name, _) in variables.filter(|(name, _)| is_of_this_test(name)) {
        cargo.env_remove(name);
    }
    let status = cargo.status().await?;
    if status.success() {
        Ok(directory.to_owned())
    } else {
        Err(io::Error::other("the functions don't build"))
    }
}

fn is_of_this_test(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_", "CARGO_TARGET_TMPDIR"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}
