//! The plot of `cargo bench -- "one value"` in README.md and docs/PERFORMANCE.md, drawn from the figures of one run.
//!
//! `VAULT_WRITE_GENERATED=1 cargo bench -- "one value"` writes the figures to docs/benchmark.tsv, and
//! `VAULT_WRITE_GENERATED=1 cargo test --test it -- plot::` draws them again.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::picture::compare;

/// The plot without the space for names and figures.
const BARS: f32 = 380.0;
const NAMES: f32 = 190.0;
const WIDTH: f32 = 704.0;
const LINE: f32 = 30.0;
const MARGIN: f32 = 16.0;

/// The names and times of a table of two columns, the shortest time first.
fn figures(table: &str) -> Vec<(&str, f32)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let mut figures: Vec<(&str, f32)> =
        lines.map(|line| line.split_once('\t').map(|(name, time)| (name, time.parse().unwrap())).unwrap()).collect();
    figures.sort_by(|one, other| one.1.total_cmp(&other.1));
    figures
}

fn drawn(figures: &[(&str, f32)]) -> String {
    let longest = figures.iter().map(|(_, time)| *time).fold(0.0, f32::max);
    let top = |line: usize| MARGIN + LINE * f32::from(u16::try_from(line).unwrap());
    let height = top(figures.len() + 1) + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Milliseconds to read one value\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1c2128\"/>\n\
         <g font-family=\"ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"14\" fill=\"#cdd9e5\">\n\
         <text x=\"{MARGIN}\" y=\"{:.0}\" font-weight=\"bold\">Reading one value: milliseconds, less is better</text>\n",
        top(0) + 16.0
    );
    for (line, (name, time)) in figures.iter().enumerate() {
        let (y, length) = (top(line + 1), (time / longest * BARS).max(2.0));
        let ours = name.starts_with("vault");
        let (fill, weight) = if ours { ("#6bc46d", " font-weight=\"bold\"") } else { ("#6cb6ff", "") };
        let start = MARGIN + NAMES;
        writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{:.0}\"{weight}>{name}</text>\
             <rect x=\"{start}\" y=\"{:.0}\" width=\"{length:.1}\" height=\"18\" rx=\"3\" fill=\"{fill}\"/>\
             <text x=\"{:.1}\" y=\"{:.0}\"{weight}>{time:.1}</text>",
            y + 18.0,
            y + 4.0,
            start + length + 8.0,
            y + 18.0
        )
        .unwrap();
    }
    svg + "</g>\n</svg>\n"
}

#[test]
fn the_plot_shows_the_figures() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let table = fs::read_to_string(docs.join("benchmark.tsv")).unwrap();
    compare("benchmark.svg", &drawn(&figures(&table)));
}
