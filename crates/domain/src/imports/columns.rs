//! The header against the map: which column each field stands in, and what is missing.

use super::{Header, ImportMap, Reject, map::ColumnRule, reading::Slot};

pub(super) struct Columns<'a> {
    pub(super) map: &'a ImportMap,
    pub(super) header: Header<'a>,
    pub(super) rejects: Vec<Reject>,
}

impl Columns<'_> {
    /// With `[columns]` a field stands where the map says; without, in the column that has its name.
    pub(super) fn slot(&mut self, field: &'static str, is_line: bool) -> Slot {
        let fallback = self.map.constants.get(field).cloned();
        let mut slot = Slot { field, title: field.to_owned(), is_line, fallback, ..Slot::default() };
        match self.map.columns.get(field) {
            Some(rule) => self.follow(rule, &mut slot),
            None if self.map.columns.is_empty() && slot.fallback.is_none() => {
                let alike = |known: &str, field: &str| plain_name(known) == plain_name(field);
                if let Some(column) = self.only(self.places(field, alike), field) {
                    slot.title.clone_from(&self.header.names[column]);
                    slot.columns.push(column);
                }
            }
            None => {}
        }
        slot
    }

    fn follow(&mut self, rule: &ColumnRule, slot: &mut Slot) {
        let named = rule.named();
        if let Some(named) = named {
            slot.map = named.map.iter().map(|(from, to)| (from.clone(), to.clone())).collect();
            slot.fallback.clone_from(&named.default);
        }
        let optional = named.is_some_and(|named| named.optional);
        for name in rule.headers() {
            slot.columns.extend(self.column(name, optional));
        }
        slot.title = rule.headers().join(" + ");
    }

    pub(super) fn skips(&mut self) -> Vec<(usize, Vec<String>)> {
        let map = self.map;
        map.skip.iter().filter_map(|(name, values)| Some((self.column(name, false)?, values.clone()))).collect()
    }

    /// Of each group one field must get its value from somewhere.
    pub(super) fn check_needs(&mut self, slots: &[Slot], needs: &[&[usize]]) {
        for group in needs {
            let names: Vec<&str> = group.iter().map(|&field| slots[field].field).collect();
            let named = |&field: &usize| slots[field].is_mapped() || self.map.columns.contains_key(slots[field].field);
            if !group.iter().any(named) {
                let reason = format!("no column gives {}; add one, or name it in a map file", names.join(" or "));
                self.reject(names[0], reason);
            }
        }
    }

    /// The place of a column by its name, or else by its name in other capitals.
    fn column(&mut self, name: &str, optional: bool) -> Option<usize> {
        let exact = self.places(name, |known, name| known == name);
        let found = if exact.is_empty() { self.places(name, str::eq_ignore_ascii_case) } else { exact };
        if found.is_empty() && !optional {
            self.reject(name, format!("the file has no column `{name}`; it has {}", self.header.names.join(", ")));
        }
        self.only(found, name)
    }

    fn places(&self, name: &str, same: fn(&str, &str) -> bool) -> Vec<usize> {
        let found = self.header.names.iter().enumerate().filter(|(_, known)| same(known, name));
        found.map(|(at, _)| at).collect()
    }

    fn only(&mut self, found: Vec<usize>, name: &str) -> Option<usize> {
        if let [first, second, ..] = found[..] {
            let reason = format!("`{name}` stands in columns {} and {}; give each its own name", first + 1, second + 1);
            self.reject(name, reason);
        }
        found.first().copied()
    }

    fn reject(&mut self, column: &str, reason: String) {
        let (line, column) = (self.header.line, column.to_owned());
        self.rejects.push(Reject { line, column, value: String::new(), reason });
    }
}

/// `Invoice ID`, `invoice-id` and `INVOICE_ID` are `invoiceid`.
fn plain_name(name: &str) -> String {
    name.chars().filter(|sign| !matches!(sign, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}
