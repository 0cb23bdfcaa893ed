//! Charts, drawn on the server as SVG: no script, no inline style. Each has a title, a description, and beside it the same
//! numbers as a table.

use maud::{Markup, html};

/// The classes of colour, in the order of a tally's parts.
const CLASSES: [&str; 4] = ["a", "b", "c", "d"];

/// A bar: what it is of, how long it is, and what is written beside it.
pub(super) struct Bar {
    /// What it is of.
    pub(super) label: String,
    /// How long it is.
    pub(super) value: u64,
    /// What is written beside it.
    pub(super) text: String,
    /// Its class of colour.
    pub(super) class: &'static str,
}

/// The class of colour of a tally's part.
pub(super) fn class(place: usize) -> &'static str {
    CLASSES.get(place).copied().unwrap_or("d")
}

/// Lying bars, one below the other.
pub(super) fn bars(id: &str, title: &str, description: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or_default().max(1);
    let height = bars.len() * 26;
    html! {
        svg viewBox={ "0 0 520 " (height) } width="520" height=(height) role="img" aria-labelledby={ (id) "-t " (id) "-d" } {
            title id={ (id) "-t" } { (title) }
            desc id={ (id) "-d" } { (description) }
            @for (at, bar) in bars.iter().enumerate() {
                text x="0" y=(at * 26 + 17) { (shortened(&bar.label)) }
                rect class=(bar.class) x="190" y=(at * 26 + 5) width=((bar.value * 160 / most).max(u64::from(bar.value > 0))) height="16" {}
                text x=(196 + bar.value * 160 / most) y=(at * 26 + 17) { (bar.text) }
            }
        }
    }
}

/// A name as long as there is room for.
fn shortened(label: &str) -> String {
    if label.chars().count() <= 28 {
        return label.to_owned();
    }
    label.chars().take(27).chain(['…']).collect()
}

/// Standing columns for the hours of a day, each of up to four parts.
pub(super) fn hours(id: &str, title: &str, description: &str, hours: &[[u64; 4]; 24]) -> Markup {
    let most = hours.iter().map(|parts| parts.iter().sum::<u64>()).max().unwrap_or_default().max(1);
    html! {
        svg viewBox="0 0 520 170" width="520" height="170" role="img" aria-labelledby={ (id) "-t " (id) "-d" } {
            title id={ (id) "-t" } { (title) }
            desc id={ (id) "-d" } { (description) }
            text x="0" y="12" { (most) }
            line class="axis" x1="20" y1="150" x2="520" y2="150" {}
            @for (hour, parts) in hours.iter().enumerate() {
                @for (place, (value, below)) in stacked(parts).enumerate() {
                    @if value > 0 {
                        rect class=(class(place)) x=(24 + hour * 20) width="15"
                            y=(150 - (below + value) * 140 / most) height=((value * 140 / most).max(1)) {}
                    }
                }
                @if hour % 3 == 0 { text x=(24 + hour * 20) y="165" { (hour) } }
            }
        }
    }
}

/// Each part with the sum of those before it.
fn stacked(parts: &[u64; 4]) -> impl Iterator<Item = (u64, u64)> {
    parts.iter().scan(0, |below, value| {
        let place = (*value, *below);
        *below += value;
        Some(place)
    })
}

/// What the colours mean.
pub(super) fn legend(names: [&str; 4]) -> Markup {
    html! {
        ul class="legend" {
            @for (place, name) in names.iter().enumerate() {
                li { svg viewBox="0 0 10 10" width="12" height="12" aria-hidden="true" { rect class=(class(place)) width="10" height="10" {} } " " (name) }
            }
        }
    }
}
