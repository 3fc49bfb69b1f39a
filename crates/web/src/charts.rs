//! Charts as HTML with SVG pictures: an aging bar, bars and lines over months, a sparkline.
//!
//! Pure functions from whole minor units to text. Every picture has a title and a description, its figures are also a table, and its
//! colours are classes of the style sheet. Amounts in full stand in HTML beside the picture, where they wrap; inside it are only
//! short labels, left out where they would meet. No floats: coordinates are tenths of a unit.

use crate::sentence::escaped;

/// One part of a whole, such as an aging bucket. `text` is the amount as people read it; an empty `href` is no link.
pub struct Slice {
    pub label: String,
    pub value: i64,
    pub text: String,
    pub href: String,
}

pub struct Point {
    pub value: i64,
    pub text: String,
}

pub struct Series {
    pub label: String,
    pub points: Vec<Point>,
}

/// Up to two series over the same `labels` (months, days). Values are minor units of `currency`, which has `decimals`.
pub struct Chart<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub currency: &'a str,
    pub decimals: u32,
    pub labels: &'a [String],
    pub series: &'a [Series],
}

const WIDTH: i64 = 5600;
const HEIGHT: i64 = 2200;
const TOP: i64 = 260;
const BOTTOM: i64 = 260;
const CHARACTER: i64 = 68;

/// A whole cut into parts, side by side, with a legend of amounts. Parts below zero have no length: they stand in the legend only.
pub fn stacked_bar(id: &str, title: &str, slices: &[Slice]) -> String {
    let whole: i128 = slices.iter().map(|slice| i128::from(slice.value.max(0))).sum();
    let at = |sum: i128| i64::try_from(sum * 10_000 / whole.max(1)).unwrap_or(10_000);
    let mut sum = 0;
    let mut parts = String::new();
    for (index, slice) in slices.iter().enumerate().filter(|(_, slice)| slice.value > 0) {
        let from = at(sum);
        sum += i128::from(slice.value);
        let wide = (at(sum) - from - 20).max(20);
        let (x, width, class, said) = (tenths(from), tenths(wide), colour(index), sentence(slice));
        parts += &format!(
            r#"<g><title>{said}</title><rect class="{class}" x="{x}" y="0" width="{width}" height="20"/></g>"#
        );
    }
    let said = slices.iter().map(sentence).collect::<Vec<_>>().join("; ");
    let head = head(id, title, &said);
    let legend = slices.iter().enumerate().map(|(index, slice)| amount_entry(index, slice)).collect::<String>();
    format!(
        r#"<figure class="chart"><svg class="bar" viewBox="0 0 1000 20" preserveAspectRatio="none" {head}{parts}</svg><ul class="legend amounts">{legend}</ul></figure>"#
    )
}

/// A line without axes for a tile. Nothing for fewer than two values.
pub fn sparkline(title: &str, values: &[i64]) -> String {
    let (Some(low), Some(high), true) = (values.iter().min(), values.iter().max(), values.len() > 1) else {
        return String::new();
    };
    let scale = Scale { low: *low, high: (*high).max(low.saturating_add(1)), top: 20, height: 200 };
    let last = int(values.len() - 1);
    let points: Vec<(i64, i64)> =
        values.iter().enumerate().map(|(i, value)| (1000 * int(i) / last, scale.y(*value))).collect();
    let path = path(&points);
    let title = escaped(title);
    format!(
        r#"<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{title}"><title>{title}</title><path class="area" d="{path}V24H0Z"/><path class="line" d="{path}"/></svg>"#
    )
}

impl Chart<'_> {
    /// Bars side by side for each label.
    pub fn bars(&self) -> String {
        let axes = self.axes();
        let count = int(self.series.len().max(1));
        let wide = (axes.step * 3 / 4 / count).clamp(20, 260);
        let mut marks = String::new();
        for (index, label) in self.labels.iter().enumerate() {
            let middle = axes.middle(index);
            for (number, series) in self.series.iter().enumerate() {
                let Some(point) = series.points.get(index) else { continue };
                let x = middle - wide * count / 2 + wide * int(number);
                marks += &self
                    .bar(&axes, Bar { x, wide, number, said: self.said(label, series, point), value: point.value });
            }
        }
        self.figure(&axes, &marks)
    }

    /// A line for each series, the first with its area down to zero.
    pub fn lines(&self) -> String {
        let axes = self.axes();
        let zero = tenths(axes.scale.y(0));
        let mut marks = String::new();
        for (number, series) in self.series.iter().enumerate().rev() {
            let points: Vec<(i64, i64)> = series
                .points
                .iter()
                .enumerate()
                .map(|(i, point)| (axes.middle(i), axes.scale.y(point.value)))
                .collect();
            let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
            let (path, from, to, y) = (path(&points), tenths(first.0), tenths(last.0), tenths(last.1));
            if number == 0 {
                marks += &format!(r#"<path class="area" d="{path}V{zero}H{from}Z"/>"#);
            }
            marks += &format!(
                r#"<path class="line s{number}" d="{path}"/><circle class="dot s{number}" cx="{to}" cy="{y}" r="3.5"/>"#
            );
        }
        marks += &self.targets(&axes);
        self.figure(&axes, &marks)
    }

    fn bar(&self, axes: &Axes, bar: Bar) -> String {
        let (zero, y) = (axes.scale.y(0), axes.scale.y(bar.value));
        let tall = (zero - y).abs().max(if bar.value == 0 { 0 } else { 10 });
        let top = if bar.value < 0 { zero } else { zero - tall };
        let (x, top, wide, tall) = (tenths(bar.x + 10), tenths(top), tenths(bar.wide - 20), tenths(tall));
        let class = colour(bar.number);
        let said = bar.said;
        format!(
            r#"<g><title>{said}</title><rect class="{class}" x="{x}" y="{top}" width="{wide}" height="{tall}" rx="1.5"/></g>"#
        )
    }

    /// Invisible columns over a line chart that tell the figures under the pointer.
    fn targets(&self, axes: &Axes) -> String {
        let column = |(index, label): (usize, &String)| {
            let said =
                self.row(index).map(|(series, point)| self.said(label, series, point)).collect::<Vec<_>>().join("\n");
            let (x, wide, top, tall) =
                (tenths(axes.middle(index) - axes.step / 2), tenths(axes.step), tenths(TOP), tenths(axes.scale.height));
            format!(
                r#"<g><title>{said}</title><rect class="target" x="{x}" y="{top}" width="{wide}" height="{tall}"/></g>"#
            )
        };
        self.labels.iter().enumerate().map(column).collect()
    }

    fn figure(&self, axes: &Axes, marks: &str) -> String {
        let head = head(self.id, self.title, &self.summary());
        let (grid, labels, table, legend) = (self.grid(axes), self.label_texts(axes), self.table(), self.legend());
        let (width, height, id, title) = (tenths(WIDTH), tenths(HEIGHT), escaped(self.id), escaped(self.title));
        format!(
            r#"<figure class="chart" id="{id}">{legend}<div class="chart-scroll" tabindex="0" role="region" aria-label="{title}"><svg viewBox="0 0 {width} {height}" {head}{grid}{marks}{labels}</svg></div>{table}</figure>"#
        )
    }

    fn axes(&self) -> Axes {
        let values = || self.series.iter().flat_map(|series| series.points.iter().map(|point| point.value));
        let ticks = Ticks::over(values().min().unwrap_or(0), values().max().unwrap_or(0));
        let texts = ticks.texts(self.decimals);
        let left = texts.iter().map(|(_, text)| text_width(text)).max().unwrap_or(0) + 100;
        let last = self.labels.last().map_or(0, |label| text_width(label));
        let step = (WIDTH - left - last / 2) / int(self.labels.len().max(1));
        let scale = Scale { low: ticks.low, high: ticks.high, top: TOP, height: HEIGHT - TOP - BOTTOM };
        Axes { left, step, scale, texts }
    }

    fn grid(&self, axes: &Axes) -> String {
        let (left, right, gap) = (tenths(axes.left), tenths(WIDTH), tenths(axes.left - 60));
        let line = |(value, text): &(i64, String)| {
            let (y, below) = (tenths(axes.scale.y(*value)), tenths(axes.scale.y(*value) + 40));
            let class = if *value == 0 { "axis" } else { "grid" };
            format!(
                r#"<path class="{class}" d="M{left} {y}H{right}"/><text x="{gap}" y="{below}" text-anchor="end">{text}</text>"#
            )
        };
        let lines: String = axes.texts.iter().map(line).collect();
        format!(r#"{lines}<text x="0" y="12">{}</text>"#, escaped(self.currency))
    }

    /// As many labels as have room, at even steps counted back from the latest.
    fn label_texts(&self, axes: &Axes) -> String {
        let every = (1..=self.labels.len().max(1)).find(|every| self.labels_fit(axes.step, *every)).unwrap_or(1);
        let text = |(back, label): (usize, &String)| {
            let (x, y) = (tenths(axes.middle(self.labels.len() - 1 - back)), tenths(HEIGHT - 60));
            format!(r#"<text x="{x}" y="{y}" text-anchor="middle">{}</text>"#, escaped(label))
        };
        self.labels.iter().rev().enumerate().step_by(every).map(text).collect()
    }

    fn labels_fit(&self, step: i64, every: usize) -> bool {
        let widths: Vec<i64> = self.labels.iter().rev().step_by(every).map(|label| text_width(label)).collect();
        widths.windows(2).all(|pair| pair.iter().sum::<i64>() / 2 + 50 <= step * int(every))
    }

    fn legend(&self) -> String {
        let entry = |(index, series): (usize, &Series)| {
            format!(r#"<li>{}<span class="label">{}</span></li>"#, swatch(index), escaped(&series.label))
        };
        let entries: String = self.series.iter().enumerate().map(entry).collect();
        format!(r#"<ul class="legend">{entries}</ul>"#)
    }

    fn table(&self) -> String {
        let heads: String =
            self.series.iter().map(|s| format!(r#"<th scope="col" class="num">{}</th>"#, escaped(&s.label))).collect();
        let row = |(index, label): (usize, &String)| {
            let cells: String =
                self.row(index).map(|(_, point)| format!(r#"<td class="num">{}</td>"#, escaped(&point.text))).collect();
            format!(r#"<tr><th scope="row">{}</th>{cells}</tr>"#, escaped(label))
        };
        let rows: String = self.labels.iter().enumerate().map(row).collect();
        let (title, currency) = (escaped(self.title), escaped(self.currency));
        format!(
            r#"<details class="chart-table"><summary>Figures as a table</summary><div class="table-wrap" role="region" aria-label="{title}, figures" tabindex="0"><table class="table"><caption class="visually-hidden">{title}, {currency}</caption><thead><tr><th scope="col">Period</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>"#
        )
    }

    fn row(&self, index: usize) -> impl Iterator<Item = (&Series, &Point)> {
        self.series.iter().filter_map(move |series| series.points.get(index).map(|point| (series, point)))
    }

    fn said(&self, label: &str, series: &Series, point: &Point) -> String {
        escaped(&format!("{label}, {}: {} {}", series.label, point.text, self.currency))
    }

    fn summary(&self) -> String {
        let last = self.labels.len().saturating_sub(1);
        let Some(label) = self.labels.last() else { return "There are no figures yet.".to_owned() };
        let row = self.row(last);
        let latest = row.map(|(series, point)| self.said(label, series, point)).collect::<Vec<_>>().join("; ");
        format!("Latest: {latest}. Every figure is in the table below.")
    }
}

struct Bar {
    x: i64,
    wide: i64,
    number: usize,
    said: String,
    value: i64,
}

struct Axes {
    left: i64,
    step: i64,
    scale: Scale,
    texts: Vec<(i64, String)>,
}

impl Axes {
    fn middle(&self, index: usize) -> i64 {
        self.left + self.step * int(index) + self.step / 2
    }
}

struct Scale {
    low: i64,
    high: i64,
    top: i64,
    height: i64,
}

impl Scale {
    fn y(&self, value: i64) -> i64 {
        let span = (i128::from(self.high) - i128::from(self.low)).max(1);
        let below_top = (i128::from(self.high) - i128::from(value)) * i128::from(self.height) / span;
        self.top + i64::try_from(below_top).unwrap_or(self.height)
    }
}

/// Round marks (1, 2 or 5 times a power of ten) from below the smallest value to above the largest, zero among them.
struct Ticks {
    low: i64,
    high: i64,
    step: i64,
}

impl Ticks {
    fn over(smallest: i64, largest: i64) -> Self {
        let (low, high) = (i128::from(smallest.min(0)), i128::from(largest.max(0)));
        let wanted = ((high - low) / 4).max(1);
        let mut power: i128 = 1;
        while power * 10 <= wanted {
            power *= 10;
        }
        let step = [1, 2, 5, 10].map(|n| n * power).into_iter().find(|step| *step >= wanted).unwrap_or(power * 10);
        let fit = |value: i128| i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
        let high = ((high + step - 1).div_euclid(step) * step).max(step);
        Self { low: fit(low.div_euclid(step) * step), high: fit(high), step: fit(step) }
    }

    /// `0`, `250k`, `1.5M`: all in the unit of the largest.
    fn texts(&self, decimals: u32) -> Vec<(i64, String)> {
        let major = 10_i128.pow(decimals.min(6));
        let largest = i128::from(self.high).max(-i128::from(self.low));
        let units = [(1_000_000_000, "bn"), (1_000_000, "M"), (1_000, "k"), (1, "")];
        let (unit, sign) = units.into_iter().find(|(unit, _)| largest >= unit * major).unwrap_or((1, ""));
        let text = |value: i64| {
            let minus = if value < 0 { "−" } else { "" };
            let hundredths = i128::from(value).abs() * 100 / (major * unit);
            let (whole, part) = (hundredths / 100, hundredths % 100);
            match (part, part % 10) {
                (0, _) if whole == 0 => "0".to_owned(),
                (0, _) => format!("{minus}{whole}{sign}"),
                (_, 0) => format!("{minus}{whole}.{}{sign}", part / 10),
                _ => format!("{minus}{whole}.{part:02}{sign}"),
            }
        };
        let mut ticks = Vec::new();
        let mut value = self.low;
        while value <= self.high {
            ticks.push((value, text(value)));
            let Some(next) = value.checked_add(self.step) else { break };
            value = next;
        }
        ticks
    }
}

fn head(id: &str, title: &str, said: &str) -> String {
    let (id, title) = (escaped(id), escaped(title));
    format!(
        r#"role="img" aria-labelledby="{id}-title {id}-said"><title id="{id}-title">{title}</title><desc id="{id}-said">{said}</desc>"#
    )
}

fn sentence(slice: &Slice) -> String {
    escaped(&format!("{}: {}", slice.label, slice.text))
}

fn amount_entry(index: usize, slice: &Slice) -> String {
    let (swatch, label, text) = (swatch(index), escaped(&slice.label), escaped(&slice.text));
    let value = if slice.href.is_empty() { text } else { format!(r#"<a href="{}">{text}</a>"#, escaped(&slice.href)) };
    format!(r#"<li>{swatch}<div><span class="label">{label}</span><span class="value">{value}</span></div></li>"#)
}

fn swatch(index: usize) -> String {
    let class = colour(index);
    format!(
        r#"<svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{class}" width="10" height="10" rx="2"/></svg>"#
    )
}

fn colour(index: usize) -> String {
    format!("c{}", index.min(5))
}

fn path(points: &[(i64, i64)]) -> String {
    let steps = points.iter().enumerate();
    steps.map(|(i, (x, y))| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, tenths(*x), tenths(*y))).collect()
}

/// A generous width of `text` in the picture, where a character of 12 px takes 5 to 8.
fn text_width(text: &str) -> i64 {
    int(text.chars().count()) * CHARACTER
}

fn int(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn tenths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.unsigned_abs() / 10, value.unsigned_abs() % 10);
    if part == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(label: &str, value: i64, text: &str) -> Slice {
        Slice { label: label.into(), value, text: text.into(), href: format!("/open-items?bucket={label}") }
    }

    fn series(label: &str, values: &[i64]) -> Series {
        let points = values.iter().map(|value| Point { value: *value, text: format!("{value} minor") });
        Series { label: label.into(), points: points.collect() }
    }

    fn labels(count: usize) -> Vec<String> {
        (1..=count).map(|month| format!("2026-{month:02}")).collect()
    }

    fn chart<'a>(labels: &'a [String], series: &'a [Series]) -> Chart<'a> {
        Chart { id: "c", title: "Sales & tax", currency: "EUR", decimals: 2, labels, series }
    }

    /// Every `name="123.4"` of the picture, in tenths.
    fn numbers(html: &str, name: &str) -> Vec<i64> {
        let key = format!(" {name}=\"");
        let values = html.split(&key).skip(1).filter_map(|rest| rest.split('"').next());
        values.map(|text| (text.parse::<f64>().unwrap() * 10.0).round() as i64).collect()
    }

    #[test]
    fn the_parts_of_a_bar_share_its_length_in_proportion() {
        let bar = stacked_bar("aging", "Aging", &[slice("current", 750, "7.50"), slice("1-30", 250, "2.50")]);
        assert_eq!(numbers(bar.split("<ul").next().unwrap(), "x"), [0, 7_500]);
        assert_eq!(numbers(bar.split("<ul").next().unwrap(), "width"), [7_480, 2_480], "less a gap of 2 units each");
        assert!(bar.contains("<desc id=\"aging-said\">current: 7.50; 1-30: 2.50</desc>"));
        assert!(bar.contains("<a href=\"/open-items?bucket=1-30\">2.50</a>"));
    }

    #[test]
    fn a_credit_in_a_bucket_stands_in_the_legend_and_has_no_length() {
        let bar = stacked_bar("a", "Aging", &[slice("current", 100, "1.00"), slice("old", -40, "−0.40")]);
        assert_eq!(bar.matches("<g>").count(), 1);
        assert!(bar.contains(">−0.40</a>"));
        assert_eq!(stacked_bar("a", "Aging", &[slice("current", 0, "0.00")]).matches("<g>").count(), 0);
    }

    #[test]
    fn the_largest_amounts_do_not_overflow() {
        let bar = stacked_bar("a", "A", &[slice("x", i64::MAX, "big"), slice("y", i64::MAX, "big")]);
        assert_eq!(numbers(bar.split("<ul").next().unwrap(), "x"), [0, 5_000]);
        let (labels, series) = (labels(2), [series("s", &[i64::MAX, i64::MIN])]);
        assert!(chart(&labels, &series).bars().contains("<rect"));
        assert!(!sparkline("s", &[i64::MIN, i64::MAX]).is_empty());
    }

    #[test]
    fn ticks_are_round_enclose_the_values_and_hold_zero() {
        let texts = |low, high| Ticks::over(low, high).texts(2).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(0, 95_600_000), ["0", "0.5M", "1M"]);
        assert_eq!(texts(-6_000_000, 95_600_000), ["−0.5M", "0", "0.5M", "1M"]);
        assert_eq!(texts(0, 123_456), ["0", "0.5k", "1k", "1.5k"]);
        assert_eq!(texts(0, 399), ["0", "1", "2", "3", "4"]);
        assert_eq!(texts(0, 0), ["0", "0.01"]);
        assert_eq!(Ticks::over(0, 12_000).texts(0).last().map(|(_, text)| text.as_str()), Some("15k"));
    }

    #[test]
    fn bars_stand_on_zero_and_hang_from_it() {
        let (labels, series) = (labels(2), [series("paid", &[100, -100])]);
        let html = chart(&labels, &series).bars();
        let (y, height) = (numbers(&html, "y"), numbers(&html, "height"));
        let zero = TOP + (HEIGHT - TOP - BOTTOM) / 2;
        let bars = &height[height.len() - 2..];
        assert_eq!(bars, [840, 840], "half of the picture each: ticks run from -1.00 to 1.00");
        assert!(y.contains(&(zero - 840)) && y.contains(&zero));
    }

    #[test]
    fn labels_keep_their_distance_however_many_there_are() {
        for count in 1..80 {
            let (labels, series) = (labels(count), [series("s", &vec![5; count])]);
            let html = chart(&labels, &series).bars();
            let at: Vec<i64> = html
                .split("<text x=\"")
                .skip(1)
                .filter(|rest| rest.contains(">2026-") && rest.find(">2026-") < rest.find('/'))
                .map(|rest| (rest.split('"').next().unwrap().parse::<f64>().unwrap() * 10.0) as i64)
                .collect();
            assert!(!at.is_empty() && at.len() <= count);
            assert!(at.windows(2).all(|pair| pair[0] - pair[1] >= 7 * CHARACTER), "{count} labels at {at:?}");
            assert!(at.iter().all(|x| *x <= WIDTH - 7 * CHARACTER / 2), "{count} labels at {at:?}");
        }
    }

    #[test]
    fn the_scale_of_the_picture_leaves_room_for_its_longest_tick() {
        let (labels, series) = (labels(3), [series("s", &[99_999_999_999, -88_888_888_888, 1])]);
        let axes = chart(&labels, &series).axes();
        assert!(axes.texts.iter().any(|(_, text)| text == "−0.5bn"));
        assert!(axes.left >= 6 * CHARACTER + 60, "six characters and the gap before the line");
    }

    #[test]
    fn every_figure_is_in_the_table_and_the_latest_in_the_description() {
        let (labels, series) = (labels(3), [series("Invoiced", &[1, 2, 3]), series("Paid", &[4, 5, 6])]);
        for html in [chart(&labels, &series).bars(), chart(&labels, &series).lines()] {
            for value in 1..=6 {
                assert!(html.contains(&format!("<td class=\"num\">{value} minor</td>")));
            }
            assert!(html.contains("Latest: 2026-03, Invoiced: 3 minor EUR; 2026-03, Paid: 6 minor EUR."));
        }
    }

    #[test]
    fn text_is_escaped_and_nothing_is_styled_inline() {
        let (labels, series) = (vec!["<b>".to_owned()], [series("a\"b", &[1])]);
        let html = chart(&labels, &series).bars() + &chart(&labels, &series).lines();
        assert!(html.contains("Sales &#38; tax") && html.contains("&#60;b&#62;") && html.contains("a&#34;b"));
        assert!(!html.contains("<b>") && !html.contains("style"));
    }

    #[test]
    fn no_figures_make_an_empty_picture() {
        let html = chart(&[], &[]).bars() + &chart(&[], &[]).lines();
        assert!(html.contains("There are no figures yet."));
        assert_eq!(sparkline("s", &[1]), "");
    }

    #[test]
    fn a_sparkline_runs_from_edge_to_edge_between_its_extremes() {
        assert!(sparkline("s", &[10, 20, 10]).contains("d=\"M0 22L50 2L100 22\""));
    }
}
