-- What the engine said about a line, every proposal with its reason, and why nothing was done. Never changed.
CREATE TABLE bank_decisions (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    line_id UUID NOT NULL,
    policy_version BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    -- What held it back from being posted.
    held TEXT,
    promised_ppm BIGINT NOT NULL,
    -- The same as a sentence.
    reason TEXT NOT NULL,
    decision JSONB NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, line_id) REFERENCES bank_lines (company_id, id)
);
CREATE INDEX bank_decisions_line ON bank_decisions (company_id, line_id, id);

-- How a line came into the books. Undone, never deleted.
CREATE TABLE bank_matches (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    line_id UUID NOT NULL,
    decision_id UUID,
    how TEXT NOT NULL,
    -- Which proposal it was, from one.
    rank BIGINT,
    payment_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    -- How many open items it settled or paid in part.
    items BIGINT NOT NULL,
    promised_ppm BIGINT NOT NULL,
    -- What the engine learnt from it, to be forgotten when it is undone.
    posting JSONB NOT NULL,
    -- Credit notes that were used beside the money.
    nettings JSONB NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    posted_by TEXT NOT NULL,
    undone_at TIMESTAMPTZ,
    undone_by TEXT,
    undo_reason TEXT,
    -- Somebody looked at it afterwards.
    checked_at TIMESTAMPTZ,
    checked_by TEXT,
    is_right BOOLEAN,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, line_id) REFERENCES bank_lines (company_id, id),
    FOREIGN KEY (company_id, decision_id) REFERENCES bank_decisions (company_id, id),
    FOREIGN KEY (company_id, payment_id) REFERENCES payments (company_id, id),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
-- A line is in the books once, whoever is at work.
CREATE UNIQUE INDEX bank_matches_live ON bank_matches (company_id, line_id) WHERE undone_at IS NULL;
CREATE INDEX bank_matches_line ON bank_matches (company_id, line_id, id);
CREATE INDEX bank_matches_posted ON bank_matches (company_id, posted_at, id);
CREATE INDEX bank_matches_payment ON bank_matches (company_id, payment_id);

-- Counted in every transaction that teaches or unteaches, so that an engine kept in memory knows when it is behind.
CREATE TABLE matching_marks (
    company_id UUID NOT NULL REFERENCES companies (id),
    matches BIGINT NOT NULL,
    PRIMARY KEY (company_id)
);

CREATE TABLE matching_policies (
    company_id UUID NOT NULL REFERENCES companies (id),
    version BIGINT NOT NULL,
    policy JSONB NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    recorded_by TEXT NOT NULL,
    PRIMARY KEY (company_id, version)
);

CREATE TABLE suspicions (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    line_id UUID NOT NULL,
    customer_id UUID,
    rule TEXT NOT NULL,
    explanation TEXT NOT NULL,
    raised_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ,
    decided_by TEXT,
    is_confirmed BOOLEAN,
    note TEXT,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, line_id) REFERENCES bank_lines (company_id, id)
);
CREATE INDEX suspicions_line ON suspicions (company_id, line_id, id);
CREATE INDEX suspicions_waiting ON suspicions (company_id, id) WHERE decided_at IS NULL;

-- A list that the company keeps or imports: accounts and names as they are compared.
CREATE TABLE blocked_payers (
    company_id UUID NOT NULL REFERENCES companies (id),
    payer_key TEXT NOT NULL,
    name TEXT,
    account TEXT,
    reason TEXT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    added_by TEXT NOT NULL,
    PRIMARY KEY (company_id, payer_key)
);

-- What is known of a customer as a payer, beside what payments taught.
CREATE TABLE payer_profiles (
    company_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    aliases JSONB NOT NULL,
    accounts JSONB NOT NULL,
    agreed_discount_basis_points BIGINT,
    tolerance_minor BIGINT,
    withholding_basis_points BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, customer_id),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
