//! Customers: contact roles, and what makes two customers look like one.

use kernel::text_enum;

text_enum! {
    /// What a contact is there for; letters choose their addressee by it.
    pub enum ContactRole {
        Billing = "billing",
        Dunning = "dunning",
        Purchasing = "purchasing",
        Portal = "portal",
        Other = "other",
    }
}
