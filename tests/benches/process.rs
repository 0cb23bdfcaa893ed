//! What Linux knows of a running process.

use std::fs;

use simulators::outside::Failure;

/// The most memory that it ever had, in MB.
pub(crate) fn peak_memory(id: u32) -> Result<f64, Failure> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1_024.0)
}

/// Milliseconds of processor time that all its threads took so far.
pub(crate) fn processor_time(id: u32) -> Result<f64, Failure> {
    let mut nanoseconds = 0.0;
    for task in fs::read_dir(format!("/proc/{id}/task"))? {
        let spent = fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += spent.split(' ').next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}

/// Asks it to end.
pub(crate) fn end(id: u32) -> Result<(), Failure> {
    let status = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status()?;
    if status.success() { Ok(()) } else { Err("the process can't be ended".into()) }
}
