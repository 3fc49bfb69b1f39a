CREATE TABLE quotes (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    number TEXT NOT NULL,
    year BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    replaced_by UUID,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    price_mode TEXT NOT NULL,
    quoted_on DATE NOT NULL,
    valid_until DATE NOT NULL,
    terms JSONB NOT NULL,
    reference TEXT,
    notes TEXT,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    gross_minor BIGINT NOT NULL,
    sent_at TIMESTAMPTZ,
    accepted_at TIMESTAMPTZ,
    accepted_by TEXT,
    declined_at TIMESTAMPTZ,
    decline_reason TEXT,
    order_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number, revision),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
CREATE INDEX quotes_day ON quotes (company_id, quoted_on, id);
CREATE INDEX quotes_customer ON quotes (company_id, customer_id, quoted_on, id);
CREATE INDEX quotes_waiting ON quotes (company_id, valid_until, id)
    WHERE sent_at IS NOT NULL AND accepted_at IS NULL AND declined_at IS NULL AND replaced_by IS NULL;

CREATE TABLE orders (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    number TEXT NOT NULL,
    year BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    quote_id UUID,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    price_mode TEXT NOT NULL,
    ordered_on DATE NOT NULL,
    deliver_on DATE,
    terms JSONB NOT NULL,
    po_number TEXT,
    notes TEXT,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    gross_minor BIGINT NOT NULL,
    confirmed_at TIMESTAMPTZ,
    -- Set when every line is invoiced or its rest is cancelled.
    completed_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    cancel_reason TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
CREATE INDEX orders_day ON orders (company_id, ordered_on, id);
CREATE INDEX orders_customer ON orders (company_id, customer_id, ordered_on, id);
CREATE INDEX orders_unbilled ON orders (company_id, id)
    WHERE confirmed_at IS NOT NULL AND completed_at IS NULL AND cancelled_at IS NULL;

-- Invoices, credit notes and debit notes. A draft has no number; an issued one never changes.
CREATE TABLE invoices (
    company_id UUID NOT NULL REFERENCES companies (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'debit_note')),
    number TEXT,
    year BIGINT,
    sequence BIGINT,
    customer_id UUID NOT NULL,
    order_id UUID,
    corrects_id UUID,
    currency TEXT NOT NULL,
    -- Base currency for one unit of the document's currency.
    fx_rate BIGINT NOT NULL,
    price_mode TEXT NOT NULL,
    invoiced_on DATE NOT NULL,
    supplied_on DATE,
    due_on DATE NOT NULL,
    terms JSONB NOT NULL,
    po_number TEXT,
    payment_reference TEXT,
    reason TEXT,
    notes TEXT,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    gross_minor BIGINT NOT NULL,
    base_net_minor BIGINT NOT NULL,
    base_tax_minor BIGINT NOT NULL,
    base_gross_minor BIGINT NOT NULL,
    issued_at TIMESTAMPTZ,
    issued_by TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
CREATE UNIQUE INDEX invoices_number ON invoices (company_id, number) WHERE number IS NOT NULL;
CREATE INDEX invoices_day ON invoices (company_id, invoiced_on, id);
CREATE INDEX invoices_customer ON invoices (company_id, customer_id, invoiced_on, id);
CREATE INDEX invoices_order ON invoices (company_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX invoices_corrects ON invoices (company_id, corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX invoices_draft ON invoices (company_id, id) WHERE issued_at IS NULL;

-- Lines of quotes, orders and invoices alike.
CREATE TABLE document_lines (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    document_id UUID NOT NULL,
    position BIGINT NOT NULL,
    product_id UUID,
    description TEXT NOT NULL,
    unit TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    discount_percent BIGINT NOT NULL,
    tax_code_id UUID NOT NULL,
    tax_category TEXT NOT NULL,
    tax_rate BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    revenue_account TEXT,
    -- The order line that this invoice line bills.
    source_line_id UUID,
    -- How much of an order line will never be invoiced.
    cancelled_quantity BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX document_lines_document ON document_lines (company_id, document_id, position);
CREATE INDEX document_lines_source ON document_lines (company_id, source_line_id) WHERE source_line_id IS NOT NULL;

CREATE TABLE document_taxes (
    company_id UUID NOT NULL,
    document_id UUID NOT NULL,
    position BIGINT NOT NULL,
    tax_code_id UUID NOT NULL,
    category TEXT NOT NULL,
    rate BIGINT NOT NULL,
    base_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    exemption_reason TEXT,
    PRIMARY KEY (company_id, document_id, position)
);
