//! Prints every sample document in every language into a folder: `cargo run -p print --features samples --example
//! samples -- FOLDER`.

use std::{error::Error, fs, io::Write as _, path::PathBuf, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args().nth(1).ok_or("name a folder for the PDF files")?.into();
    fs::create_dir_all(&folder)?;
    let mut log = std::io::stderr();
    for language in print::Language::all() {
        for (name, document) in print::samples::all() {
            let start = Instant::now();
            let pdf = print::pdf(&document, language)?;
            writeln!(log, "{name}-{language}: {} bytes in {} ms", pdf.len(), start.elapsed().as_millis())?;
            fs::write(folder.join(format!("{name}-{language}.pdf")), pdf)?;
        }
    }
    Ok(())
}
