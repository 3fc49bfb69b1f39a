-- What a customer owes (positive) or is owed (negative). The truth is the movements; open_minor is their cache.
CREATE TABLE open_items (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'debit_note', 'payment')),
    customer_id UUID NOT NULL,
    document_id UUID NOT NULL,
    number TEXT NOT NULL,
    instalment BIGINT NOT NULL,
    currency TEXT NOT NULL,
    document_on DATE NOT NULL,
    due_on DATE NOT NULL,
    -- Early-payment steps: until, percent, amount.
    discounts JSONB,
    fx_rate BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    base_minor BIGINT NOT NULL,
    open_minor BIGINT NOT NULL,
    open_base_minor BIGINT NOT NULL,
    -- The last effective day of the movement that brought it to zero.
    settled_on DATE,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    CHECK ((amount_minor >= 0 AND open_minor BETWEEN 0 AND amount_minor)
        OR (amount_minor < 0 AND open_minor BETWEEN amount_minor AND 0)),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
CREATE INDEX open_items_open ON open_items
    (company_id, customer_id, currency, due_on, document_on, kind, open_minor, open_base_minor) WHERE open_minor <> 0;
CREATE INDEX open_items_due ON open_items (company_id, due_on, id) WHERE open_minor <> 0;
CREATE INDEX open_items_unused ON open_items (company_id, document_on, document_id) WHERE open_minor < 0;
CREATE INDEX open_items_document ON open_items (company_id, document_id, instalment);
CREATE INDEX open_items_customer ON open_items (company_id, customer_id, document_on, id);

CREATE TABLE movements (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    kind TEXT NOT NULL,
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    amount_minor BIGINT NOT NULL,
    base_minor BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    -- The allocation, write-off or refund that caused it.
    cause_id UUID,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, item_id) REFERENCES open_items (company_id, id)
);
CREATE INDEX movements_item ON movements (company_id, item_id, effective_on, recorded_at, amount_minor, base_minor);
CREATE INDEX movements_cause ON movements (company_id, cause_id) WHERE cause_id IS NOT NULL;

CREATE TABLE payments (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    number TEXT NOT NULL,
    year BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    customer_id UUID NOT NULL,
    method TEXT NOT NULL,
    received_on DATE NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    fee_minor BIGINT NOT NULL CHECK (fee_minor >= 0),
    fx_rate BIGINT NOT NULL,
    base_minor BIGINT NOT NULL,
    bank_account_id UUID NOT NULL,
    reference TEXT,
    payer_name TEXT,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by TEXT NOT NULL,
    reversed_on DATE,
    reversed_at TIMESTAMPTZ,
    reversal_reason TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id),
    FOREIGN KEY (company_id, bank_account_id) REFERENCES bank_accounts (company_id, id)
);
CREATE INDEX payments_day ON payments (company_id, received_on, id);
CREATE INDEX payments_customer ON payments (company_id, customer_id, received_on, id);

-- Money or credit (from) used on a debt (to). Undone by a reversal, never deleted.
CREATE TABLE allocations (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    from_item_id UUID NOT NULL,
    to_item_id UUID NOT NULL,
    -- In the currency of each side; both positive.
    from_minor BIGINT NOT NULL CHECK (from_minor > 0),
    to_minor BIGINT NOT NULL CHECK (to_minor > 0),
    -- Closed on the debt beside the money: early-payment discount and small difference.
    discount_minor BIGINT NOT NULL,
    difference_minor BIGINT NOT NULL,
    difference_kind TEXT,
    fx_gain_minor BIGINT NOT NULL,
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by TEXT NOT NULL,
    explanation TEXT NOT NULL,
    entry_id UUID NOT NULL,
    reversed_on DATE,
    reversed_at TIMESTAMPTZ,
    reversed_by TEXT,
    reversal_entry_id UUID,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, from_item_id) REFERENCES open_items (company_id, id),
    FOREIGN KEY (company_id, to_item_id) REFERENCES open_items (company_id, id)
);
CREATE INDEX allocations_from ON allocations (company_id, from_item_id, id);
CREATE INDEX allocations_to ON allocations (company_id, to_item_id, id);

CREATE TABLE write_offs (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    reason TEXT NOT NULL,
    effective_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by TEXT NOT NULL,
    entry_id UUID NOT NULL,
    reversed_at TIMESTAMPTZ,
    reversed_by TEXT,
    reversal_entry_id UUID,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, item_id) REFERENCES open_items (company_id, id)
);
CREATE INDEX write_offs_item ON write_offs (company_id, item_id);

CREATE TABLE refunds (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    number TEXT NOT NULL,
    year BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    customer_id UUID NOT NULL,
    item_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    bank_account_id UUID NOT NULL,
    reason TEXT NOT NULL,
    refunded_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by TEXT NOT NULL,
    entry_id UUID NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    FOREIGN KEY (company_id, item_id) REFERENCES open_items (company_id, id)
);
CREATE INDEX refunds_item ON refunds (company_id, item_id);

-- A credit note, refund or write-off above the limit waits for somebody else.
CREATE TABLE approvals (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    request JSONB NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    requested_by TEXT NOT NULL,
    requested_by_id UUID NOT NULL,
    decided_at TIMESTAMPTZ,
    decided_by TEXT,
    granted BOOLEAN,
    note TEXT,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX approvals_waiting ON approvals (company_id, id) WHERE decided_at IS NULL;
CREATE INDEX approvals_subject ON approvals (company_id, subject_id);
