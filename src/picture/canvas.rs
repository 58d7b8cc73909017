//! Boxes, words and lines as SVG.
//!
//! Colours are classes, so that one rule turns the whole picture dark where the reader likes it so;
//! and the page has a ground of its own, so that it can be read on any other.

use std::fmt::{self, Display, Write as _};

/// The colours; the first of each pair is by day, the second by night.
const STYLE: &str = "
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; }
  .mono { font: 12px ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', monospace; }
  .title { font-size: 20px; font-weight: 600; }
  .name { font-weight: 600; }
  .small { font-size: 11px; }
  .end { text-anchor: end; }
  .page { fill: #ffffff; stroke: #d0d7de; }
  .network { fill: #f3f8fe; stroke: #54aeff; stroke-dasharray: 6 4; }
  .card { fill: #ffffff; stroke: #d0d7de; }
  .name, .title { fill: #1f2328; }
  .soft { fill: #59636e; }
  .price { fill: #1a7f37; }
  .blue { fill: #0969da; } .violet { fill: #8250df; } .red { fill: #cf222e; } .green { fill: #1a7f37; }
  .edge { fill: none; stroke: #8c959f; stroke-width: 1.5; }
  .tip { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #30363d; }
    .network { fill: #0f1a2b; stroke: #1f6feb; }
    .card { fill: #161b22; stroke: #30363d; }
    .name, .title { fill: #e6edf3; }
    .soft { fill: #9198a1; }
    .price { fill: #3fb950; }
    .blue { fill: #4493f8; } .violet { fill: #ab7df8; } .red { fill: #f85149; } .green { fill: #3fb950; }
    .edge { stroke: #6e7681; }
    .tip { fill: #6e7681; }
  }
";

/// A box on the page, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the left.
    pub x: usize,
    /// From the top.
    pub y: usize,
    /// How wide.
    pub width: usize,
    /// How high.
    pub height: usize,
}

impl Place {
    /// The middle of its left side.
    pub const fn left(self) -> (usize, usize) {
        (self.x, self.y + self.height / 2)
    }

    /// The middle of its right side.
    pub const fn right(self) -> (usize, usize) {
        (self.x + self.width, self.y + self.height / 2)
    }
}

/// What has been drawn so far.
pub struct Canvas {
    body: String,
}

impl Canvas {
    /// An empty page.
    pub const fn new() -> Self {
        Self { body: String::new() }
    }

    /// A box with round corners.
    pub fn area(&mut self, class: &str, place: Place, radius: usize) {
        let Place { x, y, width, height } = place;
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"
        ));
    }

    /// A card with a stripe of its kind's colour on its left.
    pub fn card(&mut self, colour: &str, place: Place) {
        self.area("card", place, 8);
        self.area(
            colour,
            Place { x: place.x, y: place.y + 10, width: 3, height: place.height - 20 },
            1,
        );
    }

    /// Words that begin, or with the class `end` end, at a point on their base line.
    pub fn text(&mut self, class: &str, (x, y): (usize, usize), text: &str) {
        let text = escaped(text);
        self.put(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"));
    }

    /// A line from one point to another, with an arrow's tip at its end.
    pub fn arrow(&mut self, from: (usize, usize), to: (usize, usize)) {
        let ((x, y), end) = (to, to.0.saturating_sub(5));
        self.line(from, (end, y));
        let (back, up, down) = (x.saturating_sub(7), y.saturating_sub(4), y + 4);
        self.put(format_args!("<path class=\"tip\" d=\"M{x} {y}L{back} {up}V{down}Z\"/>"));
    }

    /// A line from one point to another, level at both ends.
    pub fn line(&mut self, (x, y): (usize, usize), (to_x, to_y): (usize, usize)) {
        let middle = usize::midpoint(x, to_x);
        self.put(format_args!(
            "<path class=\"edge\" d=\"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}\"/>"
        ));
    }

    /// The whole page, with a title and a description for those who do not see it.
    pub fn page(&self, (width, height): (usize, usize), (title, told): (&str, &str)) -> String {
        let (title, told, body) = (escaped(title), escaped(told), &self.body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title told\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"told\">{told}</desc>\n\
             <style>{STYLE}</style>\n{body}</svg>\n"
        )
    }

    /// Puts what was drawn apart over what is there.
    pub fn append(&mut self, other: &Self) {
        self.body.push_str(&other.body);
    }

    fn put(&mut self, element: fmt::Arguments<'_>) {
        let _ = writeln!(self.body, "{element}");
    }
}

/// A text that cannot be taken for markup.
pub fn escaped(text: impl Display) -> String {
    let mut safe = String::new();
    for letter in text.to_string().chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // XML has no way to write them at all.
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
