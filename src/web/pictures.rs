//! Pictures as SVG, made here: bars of what became of records, and strips of days. Each has a title, and the same is said in
//! words beside it. They carry no styles of their own, which the policy of the pages would refuse.

use crate::domain::RunSummary;
use std::fmt::{Display, Formatter, Result, Write};

/// What became of the records of a run, or their amounts, as one bar.
#[derive(Clone, Debug, Default)]
pub(super) struct Bar {
    pub(super) accepted: u64,
    pub(super) unchanged: u64,
    pub(super) skipped: u64,
    pub(super) rejected: u64,
}

impl Bar {
    const WIDTH: u64 = 600;
    const HEIGHT: u64 = 18;

    /// The records of a run.
    pub(super) fn of(run: &RunSummary) -> Bar {
        Bar {
            accepted: run.records_accepted,
            unchanged: run.records_unchanged,
            skipped: run.records_skipped,
            rejected: run.errors,
        }
    }

    fn parts(&self) -> [(u64, &'static str, &'static str); 4] {
        [
            (self.accepted, "p-a", "accepted"),
            (self.unchanged, "p-u", "unchanged"),
            (self.skipped, "p-s", "skipped"),
            (self.rejected, "p-r", "rejected"),
        ]
    }

    fn words(&self) -> String {
        let parts = self.parts();
        let parts = parts
            .iter()
            .map(|(count, _, word)| format!("{count} {word}"));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl Display for Bar {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let total: u64 = self.parts().iter().map(|(count, ..)| count).sum();
        let (width, height) = (Bar::WIDTH, Bar::HEIGHT);
        write!(
            f,
            "<svg class=\"bars\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{}</title>",
            self.words()
        )?;
        let mut left = 0;
        let mut before = 0;
        for (count, class, _) in self.parts() {
            before += count;
            // Wide enough to be seen where there is any.
            let until = u128::from(before) * u128::from(width) / u128::from(total.max(1));
            let until = u64::try_from(until).unwrap_or(width).max(left);
            let until = if count > 0 {
                until.max(left + 3).min(width)
            } else {
                left
            };
            if until > left {
                let wide = until - left;
                write!(
                    f,
                    "<rect class=\"{class}\" x=\"{left}\" width=\"{wide}\" height=\"{height}\"/>"
                )?;
            }
            left = until;
        }
        f.write_str("</svg>")
    }
}

/// The runs of some time as small bars beside each other, the newest on the right. Their heights are the shares of what
/// became of the records.
pub(super) struct Bars<'a>(pub(super) &'a [Bar]);

impl Display for Bars<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        const WIDE: u64 = 8;
        const STEP: u64 = 10;
        const HIGH: u64 = 36;
        let width = STEP * self.0.len() as u64;
        write!(
            f,
            "<svg class=\"bars\" width=\"{width}\" height=\"{HIGH}\" viewBox=\"0 0 {width} {HIGH}\" role=\"img\"><title>The last {} runs</title>",
            self.0.len()
        )?;
        for (place, bar) in self.0.iter().enumerate() {
            let x = STEP * place as u64;
            let total: u64 = bar.parts().iter().map(|(count, ..)| count).sum();
            if total == 0 {
                let y = HIGH - 2;
                write!(
                    f,
                    "<rect class=\"p-n\" x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"2\"/>"
                )?;
                continue;
            }
            write!(f, "<g><title>{}</title>", bar.words())?;
            let (mut top, mut before) = (0, 0);
            // Rejected records stand on top.
            for (count, class, _) in bar.parts().into_iter().rev() {
                before += count;
                let until =
                    u64::try_from(u128::from(before) * u128::from(HIGH) / u128::from(total));
                let until = until.unwrap_or(HIGH).max(top);
                let until = if count > 0 {
                    until.max(top + 2).min(HIGH)
                } else {
                    top
                };
                if until > top {
                    let high = until - top;
                    write!(
                        f,
                        "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"{WIDE}\" height=\"{high}\"/>"
                    )?;
                }
                top = until;
            }
            f.write_str("</g>")?;
        }
        f.write_str("</svg>")
    }
}

/// How a day went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayShape {
    Good,
    Errors,
    Failed,
    Held,
    /// A file was expected and did not come.
    Late,
    Paused,
    Nothing,
}

/// A strip of days, the newest on the right. Each outcome has a shape of its own.
pub(super) struct DayStrip(pub(super) Vec<(String, DayShape)>);

impl Display for DayStrip {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        const STEP: usize = 12;
        const HIGH: usize = 20;
        let width = STEP * self.0.len();
        write!(
            f,
            "<svg class=\"strip\" width=\"{width}\" height=\"{HIGH}\" viewBox=\"0 0 {width} {HIGH}\" role=\"img\"><title>The last {} days</title>",
            self.0.len()
        )?;
        for (place, (title, shape)) in self.0.iter().enumerate() {
            let x = STEP * place;
            f.write_str("<g><title>")?;
            for character in title.chars() {
                match character {
                    '<' => f.write_str("&lt;")?,
                    '&' => f.write_str("&amp;")?,
                    other => f.write_char(other)?,
                }
            }
            f.write_str("</title>")?;
            shape.draw(f, x)?;
            f.write_str("</g>")?;
        }
        f.write_str("</svg>")
    }
}

impl DayShape {
    fn draw(self, f: &mut Formatter<'_>, x: usize) -> Result {
        let (near, middle, far) = (x + 1, x + 5, x + 10);
        match self {
            DayShape::Good => write!(
                f,
                "<rect class=\"p-a\" x=\"{near}\" y=\"2\" width=\"9\" height=\"16\"/>"
            ),
            DayShape::Errors => write!(
                f,
                "<rect class=\"p-a\" x=\"{near}\" y=\"10\" width=\"9\" height=\"8\"/><path class=\"p-l\" d=\"M{near} 8h9L{middle} 1z\"/>"
            ),
            DayShape::Failed => write!(
                f,
                "<path class=\"p-r\" d=\"M{near} 4l2-2 2.500 4 2.500-4 2 2-3 6 3 6-2 2-2.500-4-2.500 4-2-2 3-6z\"/>"
            ),
            DayShape::Held => write!(
                f,
                "<path class=\"p-h\" d=\"M{near} 2h3v16h-3zM{} 2h3v16h-3z\"/>",
                x + 7
            ),
            DayShape::Late => write!(
                f,
                "<circle class=\"p-k\" cx=\"{}\" cy=\"10\" r=\"4\"/><path class=\"p-k\" d=\"M{middle} 7v3h3\"/>",
                x + 5
            ),
            DayShape::Paused => write!(
                f,
                "<path class=\"p-k\" d=\"M{near} 17L{far} 3M{near} 10L{middle} 3M{middle} 17L{far} 10\"/>"
            ),
            DayShape::Nothing => write!(
                f,
                "<rect class=\"p-n\" x=\"{near}\" y=\"9\" width=\"9\" height=\"2\"/>"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bar, Bars, DayShape, DayStrip};

    #[test]
    fn the_least_share_is_seen_and_the_whole_is_as_wide_as_the_picture() {
        let bar = Bar {
            accepted: 1_000_000,
            rejected: 1,
            ..Bar::default()
        };
        let text = bar.to_string();
        assert!(text.contains("1000000 accepted, 0 unchanged, 0 skipped, 1 rejected"));
        assert_eq!(text.matches("<rect").count(), 2);
        let widths = text.split(" width=\"").skip(2);
        let widths = widths.filter_map(|part| part.split('"').next()?.parse::<u64>().ok());
        assert!(widths.sum::<u64>() <= Bar::WIDTH);
        assert_eq!(Bar::default().to_string().matches("<rect").count(), 0);
        assert_eq!(
            Bars(&[bar, Bar::default()])
                .to_string()
                .matches("<rect")
                .count(),
            3
        );
    }

    #[test]
    fn every_outcome_of_a_day_has_its_shape_and_nothing_breaks_out_of_a_title() {
        use DayShape::{Errors, Failed, Good, Held, Late, Nothing, Paused};
        let all = [Good, Errors, Failed, Held, Late, Paused, Nothing];
        let shapes: Vec<String> = all
            .iter()
            .map(|shape| DayStrip(vec![("<&".to_owned(), *shape)]).to_string())
            .collect();
        for (place, shape) in shapes.iter().enumerate() {
            assert!(shape.contains("<title>&lt;&amp;</title>"));
            assert!(!shapes[..place].contains(shape));
        }
    }
}
