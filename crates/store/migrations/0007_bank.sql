-- What banks sent. A file is kept as a fact even when every line of it was known; its digest finds it again.
CREATE TABLE bank_files (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    statements BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    new_lines BIGINT NOT NULL,
    known_lines BIGINT NOT NULL,
    warnings JSONB NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    received_by TEXT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX bank_files_received ON bank_files (company_id, received_at, id);
CREATE INDEX bank_files_digest ON bank_files (company_id, digest);

CREATE TABLE bank_statements (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    file_id UUID NOT NULL,
    bank_account_id UUID NOT NULL,
    -- Where it stands in the file, from one.
    place BIGINT NOT NULL,
    number TEXT,
    currency TEXT NOT NULL,
    opens_on DATE,
    closes_on DATE,
    opening_minor BIGINT,
    closing_minor BIGINT,
    lines BIGINT NOT NULL,
    new_lines BIGINT NOT NULL,
    warnings JSONB NOT NULL,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, file_id) REFERENCES bank_files (company_id, id),
    FOREIGN KEY (company_id, bank_account_id) REFERENCES bank_accounts (company_id, id)
);
CREATE INDEX bank_statements_file ON bank_statements (company_id, file_id, place);
CREATE INDEX bank_statements_account ON bank_statements (company_id, bank_account_id, closes_on, id);

-- One movement of a bank account, or one payment of a batch. Never deleted; the fingerprint makes it come once.
CREATE TABLE bank_lines (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    file_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    bank_account_id UUID NOT NULL,
    fingerprint TEXT NOT NULL,
    -- 0 for the whole line, 1 and on for the payments of a batch.
    part BIGINT NOT NULL,
    -- The line of the file.
    place BIGINT NOT NULL,
    booked_on DATE,
    value_on DATE NOT NULL,
    is_booked BOOLEAN NOT NULL,
    currency TEXT NOT NULL,
    -- Negative: money out.
    amount_minor BIGINT NOT NULL,
    instructed_minor BIGINT,
    instructed_currency TEXT,
    charges_minor BIGINT NOT NULL,
    payer_name TEXT,
    payer_account TEXT,
    text TEXT NOT NULL,
    structured_reference TEXT,
    end_to_end_id TEXT,
    mandate_id TEXT,
    bank_reference TEXT,
    code TEXT,
    return_reason TEXT,
    is_return BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'posted', 'set_aside')),
    exception TEXT,
    owner_id UUID,
    note TEXT,
    due_at TIMESTAMPTZ,
    -- A clerk works on it.
    held_by UUID,
    held_until TIMESTAMPTZ,
    received_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ,
    posted_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, bank_account_id, fingerprint, part),
    FOREIGN KEY (company_id, file_id) REFERENCES bank_files (company_id, id),
    FOREIGN KEY (company_id, statement_id) REFERENCES bank_statements (company_id, id),
    FOREIGN KEY (company_id, bank_account_id) REFERENCES bank_accounts (company_id, id),
    CHECK ((instructed_minor IS NULL) = (instructed_currency IS NULL)),
    CHECK ((held_by IS NULL) = (held_until IS NULL))
);
CREATE INDEX bank_lines_file ON bank_lines (company_id, file_id, place, part, id);
CREATE INDEX bank_lines_day ON bank_lines (company_id, value_on, id);
CREATE INDEX bank_lines_open ON bank_lines (company_id, value_on, id) WHERE state = 'open';
CREATE INDEX bank_lines_pending ON bank_lines (company_id, bank_account_id, amount_minor, id) WHERE NOT is_booked;
CREATE INDEX bank_lines_owner ON bank_lines (company_id, owner_id, value_on, id) WHERE state = 'open';
CREATE INDEX bank_lines_posted ON bank_lines (company_id, posted_at, id) WHERE posted_at IS NOT NULL;
CREATE INDEX bank_lines_payer ON bank_lines (company_id, payer_account, value_on, id) WHERE payer_account IS NOT NULL;

-- What a payer announced apart from the bank: which documents a payment is for.
CREATE TABLE remittance_advices (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    -- Of its content, so that the same advice comes once.
    fingerprint TEXT NOT NULL,
    file_name TEXT NOT NULL,
    format TEXT NOT NULL,
    number TEXT,
    payer_name TEXT,
    payer_number TEXT,
    customer_id UUID,
    payment_reference TEXT,
    currency TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    sent_on DATE NOT NULL,
    paid_on DATE,
    -- Number, reference, open and paid amount, discount and reason of every document.
    lines JSONB NOT NULL,
    warnings JSONB NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    received_by TEXT NOT NULL,
    -- The bank line that it announced.
    line_id UUID,
    used_at TIMESTAMPTZ,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, fingerprint),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id),
    FOREIGN KEY (company_id, line_id) REFERENCES bank_lines (company_id, id)
);
CREATE INDEX remittance_advices_unused ON remittance_advices (company_id, sent_on, id) WHERE used_at IS NULL;
CREATE INDEX remittance_advices_received ON remittance_advices (company_id, received_at, id);

-- How a bank writes its CSV files, as somebody confirmed it.
CREATE TABLE bank_tables (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    bank_account_id UUID,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by TEXT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, name),
    FOREIGN KEY (company_id, bank_account_id) REFERENCES bank_accounts (company_id, id)
);
