//! Notices a new file in `languages/`, so that adding one is all that a new language takes.

fn main() {
    println!("cargo::rerun-if-changed=languages");
}
