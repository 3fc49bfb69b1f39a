//! The reliability curve as a picture: what was promised to the right, what came true upwards. On the diagonal every
//! promise was kept; above it more was right than promised. Its figures stand in a table beside it.

use super::percent;
use domain::desk::figures::ReliabilityBand;

const SIZE: i64 = 260;
const LEFT: i64 = 52;
const TOP: i64 = 12;
const BOTTOM: i64 = 38;
const WHOLE: i64 = 1_000_000;
/// Where the picture may begin: nearer to the end when nothing lies before it.
const BEGINNINGS: [i64; 4] = [990_000, 900_000, 500_000, 0];

/// Nothing when nothing was promised.
pub(super) fn picture(bands: &[ReliabilityBand]) -> String {
    let points: Vec<(i64, i64, i64)> =
        bands.iter().filter_map(|band| Some((band.promised_ppm, band.right.ppm?, band.count))).collect();
    let Some(least) = points.iter().map(|(promised, right, _)| *promised.min(right)).min() else {
        return String::new();
    };
    let from = BEGINNINGS.into_iter().find(|from| *from <= least).unwrap_or(0);
    let along = |ppm: i64| (ppm - from) * SIZE / (WHOLE - from);
    let (x, y) = (|ppm: i64| LEFT + along(ppm), |ppm: i64| TOP + SIZE - along(ppm));
    let (right, bottom) = (LEFT + SIZE, TOP + SIZE);
    let mut marks = String::new();
    for fifth in 0..=5 {
        let ppm = from + (WHOLE - from) * fifth / 5;
        let (x, y, text) = (x(ppm), y(ppm), percent(ppm));
        marks += &format!(
            r#"<path class="grid" d="M{LEFT} {y}H{right}M{x} {TOP}V{bottom}"/><text x="{}" y="{}" text-anchor="end">{text}</text>"#,
            LEFT - 6,
            y + 4
        );
        if fifth % 5 == 0 {
            marks += &format!(r#"<text x="{x}" y="{}" text-anchor="middle">{text}</text>"#, bottom + 16);
        }
    }
    marks += &format!(r#"<path class="axis diagonal" d="M{LEFT} {bottom}L{right} {TOP}"/>"#);
    let places: Vec<(i64, i64)> = points.iter().map(|(promised, right, _)| (x(*promised), y(*right))).collect();
    let path: Vec<String> = places.iter().map(|(x, y)| format!("{x} {y}")).collect();
    marks += &format!(r#"<path class="line" d="M{}"/>"#, path.join("L"));
    for ((promised, achieved, count), (x, y)) in points.iter().zip(&places) {
        let said = format!("{count} lines: {} promised, {} right", percent(*promised), percent(*achieved));
        marks += &format!(r#"<g><title>{said}</title><circle class="dot" cx="{x}" cy="{y}" r="4.5"/></g>"#);
    }
    let (width, height) = (right + 12, bottom + BOTTOM);
    format!(
        r#"<figure class="chart curve"><svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="curve-title"><title id="curve-title">Promised and achieved; the figures are in the table</title>{marks}<text x="{}" y="{}" text-anchor="middle">promised</text></svg></figure>"#,
        LEFT + SIZE / 2,
        bottom + 34
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::desk::figures::Rate;

    #[test]
    fn kept_promises_lie_on_the_diagonal() {
        let band = |promised_ppm, part, whole| ReliabilityBand {
            from_ppm: 0,
            count: whole,
            promised_ppm,
            right: Rate::of(part, whole),
        };
        assert_eq!(picture(&[]), "");
        // From 50 % on: 75 % is the middle of 260, so 52 + 130 across and 12 + 130 down; all right is the upper end.
        let html = picture(&[band(750_000, 3, 4), band(1_000_000, 9, 9)]);
        assert!(html.contains(r#"d="M182 142L312 12""#), "{html}");
        assert!(html.contains("4 lines: 75\u{a0}% promised, 75\u{a0}% right"), "{html}");
    }
}
