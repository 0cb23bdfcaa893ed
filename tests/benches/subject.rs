//! What is measured: the built functions, the reference functions, and the handlers in Node.js and Python.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use simulators::lambda::Program;
use simulators::outside::Failure;

use crate::args::Args;
use crate::report::Report;

/// What a subject does with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// Takes the PBX's events.
    Events,
    /// Serves the settings.
    Settings,
    /// Settles what is due.
    Schedule,
    /// Makes the round trips that it is told to.
    Trips,
    /// Answers.
    Nothing,
}

/// Something that speaks the Runtime API.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    /// What is started.
    pub(crate) program: Program,
    /// What it does.
    pub(crate) does: Does,
}

/// The name of the function that has clients and does nothing.
pub(crate) const CLIENTS: &str = "reference-clients";
/// The name of the function that makes round trips.
pub(crate) const TRIPS: &str = "reference-round-trips";
/// The name of the handler in Node.js.
pub(crate) const NODE: &str = "node";
/// The name of the handler in Python.
pub(crate) const PYTHON: &str = "python";
/// The three functions of the product.
pub(crate) const FUNCTIONS: [&str; 3] = ["event-receiver", "settings-api", "retry-job"];

const HANDLERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/handlers");

impl Subject {
    /// A built function.
    fn built(directory: &Path, name: &'static str, does: Does) -> Result<Self, Failure> {
        let path = directory.join(name);
        if !path.exists() {
            return Err(format!("{} is missing", path.display()).into());
        }
        Ok(Self { name, program: Program { path, args: Vec::new() }, does })
    }

    /// Whether it is compiled, so that its instructions can be counted.
    pub(crate) fn is_built(&self) -> bool {
        self.program.args.is_empty()
    }
}

/// What `cargo lambda build --release`, by which a stack is deployed, builds for this machine: its target, and the oldest
/// processor that Lambda has of it. A panic ends the process.
const DEPLOYED: Option<(&str, &str)> = if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
    Some(("x86_64-unknown-linux-gnu", "haswell"))
} else if cfg!(all(target_arch = "aarch64", target_os = "linux")) {
    Some(("aarch64-unknown-linux-gnu", "neoverse-n1"))
} else {
    None
};

/// Where the built functions are; builds them as they are deployed if nobody says where.
pub(crate) fn directory(args: &Args) -> Result<PathBuf, Failure> {
    if let Some(directory) = &args.functions {
        return Ok(directory.canonicalize()?);
    }
    let packages = FUNCTIONS.into_iter().chain(["reference-functions"]);
    let mut arguments: Vec<_> = packages.flat_map(|name| ["-p", name]).collect();
    arguments.push("--release");
    let Some((target, processor)) = DEPLOYED else { return Ok(build(&arguments)?.join("release")) };
    let flags = format!("build.rustflags=['-C', 'target-cpu={processor}']");
    let told = configured()?;
    arguments.extend(["--target", target]);
    let config = told.iter().map(String::as_str).chain(["profile.release.panic='abort'", &flags]);
    arguments.extend(config.flat_map(|config| ["--config", config]));
    Ok(build(&arguments)?.join(target).join("release"))
}

/// What `Cargo.toml` has Cargo Lambda tell cargo.
fn configured() -> Result<Vec<String>, Failure> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let metadata: Value = serde_json::from_slice(&cargo.output()?.stdout)?;
    Ok(serde_json::from_value(metadata["metadata"]["lambda"]["build"]["config"].clone())?)
}

/// The local runner: where the functions are, if somebody says where; else built like them.
pub(crate) fn runner(args: &Args) -> Result<PathBuf, Failure> {
    match &args.functions {
        Some(directory) => Ok(directory.canonicalize()?.join("ringbridge-local")),
        None => Ok(build(&["-p", "ringbridge-local", "--release"])?.join("release/ringbridge-local")),
    }
}

/// Builds beside this program; answers the target directory.
fn build(arguments: &[&str]) -> Result<PathBuf, Failure> {
    let target = std::env::current_exe()?.ancestors().nth(2).ok_or("no target directory")?.to_owned();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked"]).args(arguments).arg("--target-dir").arg(&target);
    if cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
        Ok(target)
    } else {
        Err(format!("cargo build {} failed", arguments.join(" ")).into())
    }
}

/// The product's functions.
pub(crate) fn functions(directory: &Path) -> Result<Vec<Subject>, Failure> {
    FUNCTIONS
        .into_iter()
        .zip([Does::Events, Does::Settings, Does::Schedule])
        .map(|(name, does)| Subject::built(directory, name, does))
        .collect()
}

/// All that are built: the functions, and the references.
pub(crate) fn built(directory: &Path) -> Result<Vec<Subject>, Failure> {
    let references = [("reference-empty", Does::Nothing), (CLIENTS, Does::Nothing), (TRIPS, Does::Trips)];
    let references = references.into_iter().map(|(name, does)| Subject::built(directory, name, does));
    functions(directory)?.into_iter().map(Ok).chain(references).collect()
}

/// The handlers, as far as their tools are there; they are installed into the directory once.
pub(crate) fn handlers(directory: &Path, report: &mut Report) -> Vec<Subject> {
    let mut handlers = Vec::new();
    for (name, installed) in [(NODE, node(directory)), (PYTHON, python(directory))] {
        match installed {
            Ok(program) => handlers.push(Subject { name, program, does: Does::Trips }),
            Err(error) => report.skip(name, &error.to_string()),
        }
    }
    handlers
}

/// Where a tool is, if it is installed.
pub(crate) fn tool(name: &str) -> Result<PathBuf, Failure> {
    #[expect(clippy::disallowed_methods, reason = "where tools are is told from outside")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| format!("{name} is not installed").into())
}

/// The AWS clients and the handler in one file, as people deploy them.
fn node(directory: &Path) -> Result<Program, Failure> {
    let (node, npm) = (tool("node")?, tool("npm")?);
    let place = directory.join("node");
    let bundle = place.join("handler.bundle.mjs");
    std::fs::create_dir_all(&place)?;
    for file in ["package.json", "handler.mjs"] {
        std::fs::copy(Path::new(HANDLERS).join("node").join(file), place.join(file))?;
    }
    if !place.join("node_modules/esbuild").exists() {
        run(Command::new(npm).args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(&place))?;
    }
    let banner = "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    let options = ["handler.mjs", "--bundle", "--minify", "--platform=node", "--format=esm", banner];
    let esbuild = place.join("node_modules/.bin/esbuild");
    run(Command::new(esbuild).args(options).arg("--outfile=handler.bundle.mjs").current_dir(&place))?;
    Ok(Program { path: node, args: vec![text(&bundle)] })
}

fn python(directory: &Path) -> Result<Program, Failure> {
    let place = directory.join("python");
    let python = place.join("bin/python");
    if !place.join("installed").exists() {
        run(Command::new(tool("python3")?).args(["-m", "venv"]).arg(&place))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "boto3==1.44.8"]))?;
        std::fs::write(place.join("installed"), "")?;
    }
    Ok(Program { path: python, args: vec![format!("{HANDLERS}/python/handler.py")] })
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let done = command.stdin(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&done.stderr).lines().last().unwrap_or_default().to_owned();
    Err(format!("{} failed: {why}", command.get_program().display()).into())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
