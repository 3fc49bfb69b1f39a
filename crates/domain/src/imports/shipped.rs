//! The map files that come with the program: `docs/import-maps`.

/// A map file by the name that `--map` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShippedMap {
    pub name: &'static str,
    pub toml: &'static str,
}

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(ShippedMap { name: $name, toml: include_str!(concat!("../../../../docs/import-maps/", $name, ".toml")) }),+]
    };
}

/// Templates of each kind first, then programs, then known ledgers.
pub const fn shipped_maps() -> &'static [ShippedMap] {
    shipped![
        "customers",
        "products",
        "invoices",
        "payments",
        "open_items",
        "datev-open-items",
        "erpnext-invoices",
        "odoo-invoices",
        "sap-fbl5n",
        "highradius",
        "ibm",
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::{ImportKind, ImportMap};

    #[test]
    fn every_shipped_map_is_sound() {
        for shipped in shipped_maps() {
            let map = ImportMap::from_toml(shipped.toml).unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
            assert!(map.source.is_some(), "{} names no source", shipped.name);
        }
    }

    #[test]
    fn a_template_names_every_field_of_its_kind() {
        for kind in ImportKind::ALL {
            let template = shipped_maps().iter().find(|map| map.name == kind.as_str()).unwrap();
            for field in kind.fields() {
                assert!(template.toml.contains(&format!("{field} = ")), "{kind} lacks {field}");
            }
        }
    }
}
