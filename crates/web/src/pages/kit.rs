//! `/kit`: every part that pages are made of, in every state, for people who build pages.
//!
//! The texts stand in `templates/kit/gallery.html`; only the charts need numbers. Everything is fixed, so that the page
//! can be compared with a stored picture.

use crate::{
    charts::{Chart, Point, Series, Slice, sparkline, stacked_bar},
    error::PageResult,
    page::{Page, render},
    server::Site,
    session::Session,
};
use askama::Template;
use axum::{Router, routing::get};

pub fn router() -> Router<Site> {
    Router::new().route("/kit", get(show))
}

#[derive(Template)]
#[template(path = "kit/gallery.html")]
struct Gallery {
    page: Page,
    aging_html: String,
    bars_html: String,
    line_html: String,
    spark_html: String,
}

const MONTHS: [&str; 12] = ["Dec", "Jan 26", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"];
const INVOICED: [i64; 12] = [612, 730, 689, 812, 770, 843, 901, 880, 740, 912, 956, 521];
const PAID: [i64; 12] = [590, 640, 710, 705, 790, 760, 880, 864, 810, 790, 901, -60];
const OVERDUE: [i64; 12] = [90, 110, 120, 100, 150, 140, 130, 170, 165, 180, 172, 190];

async fn show(session: Session) -> PageResult {
    let labels = MONTHS.map(str::to_owned);
    let chart = |id, title, series: [Series; 2], lines: bool| {
        let chart = Chart { id, title, currency: "EUR", decimals: 2, labels: &labels, series: &series };
        if lines { chart.lines() } else { chart.bars() }
    };
    render(&Gallery {
        page: session.page("The kit", "kit"),
        aging_html: aging(),
        bars_html: chart(
            "kit-bars",
            "Invoiced and paid by month",
            [thousands("Invoiced", INVOICED), thousands("Paid", PAID)],
            false,
        ),
        line_html: chart(
            "kit-lines",
            "Receivables at month end",
            [thousands("Receivables", INVOICED), thousands("Overdue", OVERDUE)],
            true,
        ),
        spark_html: sparkline("Receivables over the last 12 months", &INVOICED),
    })
}

fn aging() -> String {
    let buckets = [
        ("Current", 389_472_645, "3,894,726.45 EUR"),
        ("1–30 days", 51_820_410, "518,204.10 EUR"),
        ("31–60 days", 22_100_099, "221,000.99 EUR"),
        ("61–90 days", 9_400_001, "94,000.01 EUR"),
        ("91–180 days", 6_000_000, "60,000.00 EUR"),
        ("Over 180 days", -2_500_500, "−25,005.00 EUR"),
    ];
    let slice = |(label, value, text): (&str, i64, &str)| Slice {
        label: label.to_owned(),
        value,
        text: text.to_owned(),
        href: "/open-items".to_owned(),
    };
    stacked_bar("kit-aging", "Aging by due date", &buckets.map(slice))
}

fn thousands(label: &str, values: [i64; 12]) -> Series {
    let points =
        values.map(|value| Point { value: value * 100_000, text: format!("{value},000.00").replace('-', "−") });
    Series { label: label.to_owned(), points: points.into() }
}
