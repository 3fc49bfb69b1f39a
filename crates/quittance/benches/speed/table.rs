//! What a bench prints: one line per figure.

use std::time::Duration;

pub(crate) fn line(what: &str, figure: impl AsRef<str>) {
    #[expect(clippy::print_stdout, reason = "a bench speaks to the terminal")]
    {
        println!("{what:<58} {:>24}", figure.as_ref());
    }
}

pub(crate) fn title(text: &str) {
    #[expect(clippy::print_stdout, reason = "a bench speaks to the terminal")]
    {
        println!("\n{text}");
    }
}

pub(crate) fn per_second(count: usize, wall: Duration) -> f64 {
    count as f64 / wall.as_secs_f64()
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}
