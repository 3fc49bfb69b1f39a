//! What the command palette finds.

kernel::text_enum! {
    pub enum HitKind {
        Customer = "customer",
        Invoice = "invoice",
        Payment = "payment",
        Order = "order",
        Quote = "quote",
    }
}
