//! Curves of growth, drawn without a library: axes from zero, a line and its points for each curve.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 40.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 50.0;
/// Told apart by those who see few colours too.
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
/// Divisions of an axis.
const TICKS: u8 = 5;

/// A chart.
#[derive(Debug)]
pub(crate) struct Chart {
    /// The file's name, without its ending.
    pub(crate) name: &'static str,
    /// What it shows.
    pub(crate) title: String,
    /// What grows.
    pub(crate) across: &'static str,
    /// What is measured.
    pub(crate) up: &'static str,
    /// The curves with their names.
    pub(crate) curves: Vec<(String, Vec<(f64, f64)>)>,
}

/// The picture.
pub(crate) fn draw(chart: &Chart) -> String {
    let points = || chart.curves.iter().flat_map(|(_, points)| points);
    let far = points().map(|(x, _)| *x).fold(f64::MIN_POSITIVE, f64::max);
    let high = points().map(|(_, y)| *y).fold(f64::MIN_POSITIVE, f64::max) * 1.1;
    let (wide, tall) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let place = |x: f64, y: f64| (LEFT + x / far * wide, TOP + tall - y / high * tall);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let text = |x: f64, y: f64, anchor: &str, words: &str| {
        let words = words.replace('&', "&amp;").replace('<', "&lt;");
        format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n")
    };
    picture += &text(LEFT, 20.0, "start", &chart.title);
    picture += &text(LEFT + wide / 2.0, HEIGHT - 10.0, "middle", chart.across);
    picture += &text(8.0, 34.0, "start", chart.up);
    for tick in 0..=TICKS {
        let part = f64::from(tick) / f64::from(TICKS);
        let (x, y) = place(far * part, high * part);
        let (end, floor) = (LEFT + wide, TOP + tall);
        let _ = writeln!(
            picture,
            "<path d=\"M{LEFT} {y:.1}H{end}M{x:.1} {floor}v5\" stroke=\"#ccc\" fill=\"none\"/>"
        );
        picture += &text(x, floor + 18.0, "middle", &format!("{:.0}", far * part));
        picture += &text(LEFT - 6.0, y + 4.0, "end", &format!("{:.1}", high * part));
    }
    for (place_in_list, ((name, points), colour)) in
        chart.curves.iter().zip(COLOURS.iter().cycle()).enumerate()
    {
        let line: Vec<_> = points.iter().map(|(x, y)| place(*x, *y)).collect();
        let path: Vec<_> = line.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            picture,
            "<polyline points=\"{}\" stroke=\"{colour}\" stroke-width=\"2\" fill=\"none\"/>",
            path.join(" ")
        );
        for (x, y) in &line {
            let _ = writeln!(picture, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\" fill=\"{colour}\"/>");
        }
        let lower = f64::from(u8::try_from(place_in_list).unwrap_or_default()) * 16.0;
        let _ =
            writeln!(picture, "<g fill=\"{colour}\">{}</g>", text(WIDTH - RIGHT, 20.0 + lower, "end", name));
    }
    picture + "</svg>\n"
}
