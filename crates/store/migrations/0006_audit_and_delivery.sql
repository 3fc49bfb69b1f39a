CREATE TABLE audit_events (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    actor_id UUID,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    -- Whose timeline shows it.
    customer_id UUID,
    summary TEXT NOT NULL,
    before JSONB,
    after JSONB,
    digest TEXT NOT NULL,
    seal BIGINT,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX audit_events_subject ON audit_events (company_id, subject_id, id);
CREATE INDEX audit_events_customer ON audit_events (company_id, customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX audit_events_unsealed ON audit_events (company_id, id) WHERE seal IS NULL;
CREATE INDEX audit_events_seal ON audit_events (company_id, seal, id) WHERE seal IS NOT NULL;

CREATE TABLE audit_seals (
    company_id UUID NOT NULL REFERENCES companies (id),
    seal BIGINT NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL,
    events BIGINT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (company_id, seal)
);

CREATE TABLE outbox (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    payload JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    tries BIGINT NOT NULL,
    last_error TEXT,
    done_at TIMESTAMPTZ,
    dead_at TIMESTAMPTZ,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE done_at IS NULL AND dead_at IS NULL;

-- A row is written in the transaction that does what was asked; the answer follows when it is known.
CREATE TABLE idempotency_keys (
    company_id UUID NOT NULL REFERENCES companies (id),
    -- Who asked, a slash, and the key that came with the request.
    key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    subject_kind TEXT,
    subject_id UUID,
    status BIGINT,
    headers JSONB,
    response TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (company_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE imports (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_digest TEXT NOT NULL,
    rows BIGINT NOT NULL,
    created BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    rejects JSONB NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by TEXT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX imports_recorded ON imports (company_id, recorded_at, id);
