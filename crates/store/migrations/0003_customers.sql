CREATE TABLE customers (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The name as duplicate detection and search compare it.
    name_key TEXT NOT NULL,
    -- Mail domain and postcode: two customers that share both are probably one.
    place_key TEXT,
    tax_id TEXT,
    email TEXT,
    phone TEXT,
    language TEXT NOT NULL,
    currency TEXT NOT NULL,
    address JSONB NOT NULL,
    delivery_address JSONB,
    terms_id UUID,
    tax_code_id UUID,
    parent_id UUID,
    payer_id UUID,
    segment TEXT,
    tags JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    archived_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    FOREIGN KEY (company_id, terms_id) REFERENCES terms (company_id, id),
    FOREIGN KEY (company_id, tax_code_id) REFERENCES tax_codes (company_id, id),
    FOREIGN KEY (company_id, parent_id) REFERENCES customers (company_id, id),
    FOREIGN KEY (company_id, payer_id) REFERENCES customers (company_id, id)
);
CREATE INDEX customers_name ON customers (company_id, name_key, id);
CREATE INDEX customers_parent ON customers (company_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX customers_payer ON customers (company_id, payer_id) WHERE payer_id IS NOT NULL;
CREATE INDEX customers_place ON customers (company_id, place_key) WHERE place_key IS NOT NULL;
CREATE INDEX customers_tax_id ON customers (company_id, tax_id) WHERE tax_id IS NOT NULL;

CREATE TABLE contacts (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
CREATE INDEX contacts_customer ON contacts (company_id, customer_id, position);

-- The caller's own ids, unique per source and kind: what makes imports upsert.
CREATE TABLE external_ids (
    company_id UUID NOT NULL REFERENCES companies (id),
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    record_id UUID NOT NULL,
    -- What the record was made from, so that the same row again changes nothing.
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (company_id, source, kind, external_id)
);
CREATE INDEX external_ids_record ON external_ids (company_id, record_id);

CREATE TABLE notes (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    body TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX notes_subject ON notes (company_id, subject_id, id);

CREATE TABLE attachments (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    content TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX attachments_subject ON attachments (company_id, subject_id, id);
