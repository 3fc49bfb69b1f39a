-- What a customer owes less its credit, kept so that a list by balance need not add up every open item.
CREATE TABLE customer_balances (
    company_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    -- In the company's currency.
    base_minor BIGINT NOT NULL,
    PRIMARY KEY (company_id, customer_id),
    FOREIGN KEY (company_id, customer_id) REFERENCES customers (company_id, id)
);
CREATE INDEX customer_balances_amount ON customer_balances (company_id, base_minor, customer_id) WHERE base_minor <> 0;
INSERT INTO customer_balances (company_id, customer_id, base_minor)
    SELECT company_id, customer_id, CAST(SUM(open_base_minor) AS BIGINT) FROM open_items GROUP BY company_id, customer_id;
