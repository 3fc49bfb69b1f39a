CREATE TABLE companies (
    id UUID PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    address JSONB NOT NULL,
    tax_id TEXT,
    registration TEXT,
    email TEXT,
    phone TEXT,
    website TEXT,
    settings JSONB NOT NULL,
    -- A company can be driven on a simulated clock; NULL means the real one.
    clock TIMESTAMPTZ,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Beside the company, because every piece of work reads the company and hardly any its logo.
CREATE TABLE company_logos (
    company_id UUID PRIMARY KEY REFERENCES companies (id),
    picture TEXT NOT NULL
);

CREATE TABLE bank_accounts (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    iban TEXT,
    bic TEXT,
    account_number TEXT,
    currency TEXT NOT NULL,
    account TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    archived_at TIMESTAMPTZ,
    -- Counted, so that two files of one account are received one after the other.
    files_received BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (company_id, id)
);

CREATE TABLE users (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    disabled_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);

CREATE TABLE memberships (
    company_id UUID NOT NULL REFERENCES companies (id),
    user_id UUID NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    PRIMARY KEY (company_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    token_digest TEXT NOT NULL UNIQUE,
    user_id UUID NOT NULL REFERENCES users (id),
    company_id UUID NOT NULL REFERENCES companies (id),
    csrf TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    token_digest TEXT NOT NULL UNIQUE,
    scopes JSONB NOT NULL,
    created_by UUID NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    PRIMARY KEY (company_id, id)
);

CREATE TABLE series (
    company_id UUID NOT NULL REFERENCES companies (id),
    kind TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digits BIGINT NOT NULL,
    yearly BOOLEAN NOT NULL,
    PRIMARY KEY (company_id, kind)
);

CREATE TABLE counters (
    company_id UUID NOT NULL REFERENCES companies (id),
    kind TEXT NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (company_id, kind, year)
);
