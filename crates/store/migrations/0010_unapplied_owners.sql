-- Who looks after what is left of a payment.
CREATE TABLE unapplied_owners (
    company_id UUID NOT NULL,
    item_id UUID NOT NULL,
    owner_id UUID NOT NULL REFERENCES users (id),
    note TEXT,
    given_at TIMESTAMPTZ NOT NULL,
    given_by TEXT NOT NULL,
    PRIMARY KEY (company_id, item_id),
    FOREIGN KEY (company_id, item_id) REFERENCES open_items (company_id, id)
);
