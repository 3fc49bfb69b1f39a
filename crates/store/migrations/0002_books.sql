CREATE TABLE accounts (
    company_id UUID NOT NULL REFERENCES companies (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('asset', 'liability', 'equity', 'income', 'expense')),
    -- What the program posts here by itself; one account per role.
    role TEXT,
    archived_at TIMESTAMPTZ,
    PRIMARY KEY (company_id, code)
);
CREATE UNIQUE INDEX accounts_role ON accounts (company_id, role) WHERE role IS NOT NULL;

CREATE TABLE periods (
    company_id UUID NOT NULL REFERENCES companies (id),
    starts_on DATE NOT NULL,
    closed_at TIMESTAMPTZ NOT NULL,
    closed_by TEXT NOT NULL,
    PRIMARY KEY (company_id, starts_on)
);

CREATE TABLE journal_entries (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    source_id UUID NOT NULL,
    description TEXT NOT NULL,
    effective_on DATE NOT NULL,
    posted_on DATE NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    reverses_id UUID,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX journal_entries_posted ON journal_entries (company_id, posted_on, id);
CREATE INDEX journal_entries_source ON journal_entries (company_id, source_id);

-- Signed: debit positive, credit negative. An entry's amounts add up to zero per currency, its base amounts to zero.
CREATE TABLE postings (
    company_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    position BIGINT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    base_minor BIGINT NOT NULL,
    effective_on DATE NOT NULL,
    posted_on DATE NOT NULL,
    PRIMARY KEY (company_id, entry_id, position),
    FOREIGN KEY (company_id, entry_id) REFERENCES journal_entries (company_id, id),
    FOREIGN KEY (company_id, account) REFERENCES accounts (company_id, code)
);
CREATE INDEX postings_account ON postings (company_id, account, posted_on, currency, amount_minor, base_minor);

CREATE TABLE fx_rates (
    company_id UUID NOT NULL REFERENCES companies (id),
    from_currency TEXT NOT NULL,
    to_currency TEXT NOT NULL,
    on_date DATE NOT NULL,
    rate BIGINT NOT NULL CHECK (rate > 0),
    source TEXT NOT NULL,
    PRIMARY KEY (company_id, from_currency, to_currency, on_date)
);

CREATE TABLE calendars (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    spec JSONB NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);

CREATE TABLE terms (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    spec JSONB NOT NULL,
    archived_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, code)
);

CREATE TABLE tax_codes (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    exemption_reason TEXT,
    rates JSONB NOT NULL,
    account TEXT NOT NULL,
    archived_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, code)
);

CREATE TABLE products (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    unit TEXT NOT NULL,
    unit_price BIGINT NOT NULL,
    currency TEXT NOT NULL,
    tax_code_id UUID,
    revenue_account TEXT,
    archived_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, sku),
    FOREIGN KEY (company_id, tax_code_id) REFERENCES tax_codes (company_id, id)
);
