//! What was found: tables, goals, charts, and what could not be measured. It is printed, and written as Markdown.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::svg::{self, Chart};

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With the names of its columns.
    pub(crate) fn new(title: &str, head: &[&str]) -> Self {
        Self { title: title.to_owned(), rows: vec![head.iter().map(|&name| name.to_owned()).collect()] }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn markdown(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
        let mut text = format!("## {}\n\n", self.title);
        for (place, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let _ = write!(text, "| {cell:<width$} ");
            }
            text.push_str("|\n");
            if place == 0 {
                for width in &widths {
                    let _ = write!(text, "|{}", "-".repeat(width + 2));
                }
                text.push_str("|\n");
            }
        }
        text
    }
}

/// Everything that was found.
#[derive(Debug)]
pub(crate) struct Report {
    tables: Vec<Table>,
    texts: Vec<String>,
    goals: Table,
    charts: Vec<Chart>,
    skipped: Vec<String>,
    missed: usize,
}

impl Default for Report {
    fn default() -> Self {
        let goals = Table::new("Goals", &["what", "found", "goal", ""]);
        Self {
            tables: Vec::new(),
            texts: Vec::new(),
            goals,
            charts: Vec::new(),
            skipped: Vec::new(),
            missed: 0,
        }
    }
}

impl Report {
    /// Prints a table and keeps it.
    pub(crate) fn table(&mut self, table: Table) {
        say(&table.markdown());
        self.tables.push(table);
    }

    /// Keeps a text as it is.
    pub(crate) fn text(&mut self, title: &str, text: &str) {
        self.texts.push(format!("## {title}\n\n```\n{text}```\n"));
    }

    /// A figure that may be so large at most.
    pub(crate) fn at_most(&mut self, what: &str, found: f64, bound: f64) {
        self.goal(what, found, &format!("<= {bound}"), found <= bound);
    }

    /// A figure that must be so large at least.
    pub(crate) fn at_least(&mut self, what: &str, found: f64, bound: f64) {
        self.goal(what, found, &format!(">= {bound}"), found >= bound);
    }

    fn goal(&mut self, what: &str, found: f64, bound: &str, met: bool) {
        self.missed += usize::from(!met);
        let verdict = if met { "ok" } else { "MISSED" };
        self.goals.row([what.to_owned(), format!("{found:.2}"), bound.to_owned(), verdict.to_owned()]);
    }

    /// A curve of growth.
    pub(crate) fn chart(&mut self, chart: Chart) {
        self.charts.push(chart);
    }

    /// Says what is not measured, and why.
    pub(crate) fn skip(&mut self, what: &str, why: &str) {
        let line = format!("skipped: {what}: {why}");
        say(&line);
        self.skipped.push(line);
    }

    /// Prints the goals, and writes everything.
    pub(crate) fn write(&self, directory: &Path, head: &str) -> std::io::Result<()> {
        std::fs::create_dir_all(directory)?;
        let mut text = format!("# Benches\n\n{head}\n\n");
        for line in &self.skipped {
            let _ = writeln!(text, "- {line}");
        }
        for table in &self.tables {
            let _ = writeln!(text, "\n{}", table.markdown());
        }
        for words in &self.texts {
            let _ = writeln!(text, "\n{words}");
        }
        if self.goals.rows.len() > 1 {
            let goals = self.goals.markdown();
            say(&goals);
            say(&format!("{} of {} goals missed", self.missed, self.goals.rows.len() - 1));
            let _ = writeln!(text, "\n{goals}");
        }
        for chart in &self.charts {
            let name = format!("{}.svg", chart.name);
            std::fs::write(directory.join(&name), svg::draw(chart))?;
            let _ = writeln!(text, "\n![{}]({name})", chart.title);
        }
        let path = directory.join("report.md");
        std::fs::write(&path, text)?;
        say(&format!("report: {}", path.display()));
        Ok(())
    }
}

/// Prints a line.
pub(crate) fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
