//! Addresses with a query: what a list shows is in its address, so that it can be kept, sent and gone back to.

/// The path with the pairs that say something.
pub fn link(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    let mut separator = '?';
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(separator);
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => text.push(char::from(byte)),
                byte => text.push_str(&format!("%{byte:02X}")),
            }
        }
        separator = '&';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_only_what_differs_from_the_plain_list() {
        assert_eq!(link("/quotes", &[("q", ""), ("state", "")]), "/quotes");
        assert_eq!(
            link("/quotes", &[("q", "Müller & Co"), ("after", "a_b")]),
            "/quotes?q=M%C3%BCller%20%26%20Co&after=a_b"
        );
    }
}
