-- Each way to sort a long list has an index, so that a page of it costs the same however long the list is.
CREATE INDEX invoices_due ON invoices (company_id, due_on, id);
CREATE INDEX invoices_total ON invoices
    (company_id, (CASE WHEN kind = 'credit_note' THEN -base_gross_minor ELSE base_gross_minor END), id);
-- Credit and debit notes, which are few among invoices.
CREATE INDEX invoices_notes ON invoices (company_id, kind, invoiced_on, id) WHERE kind <> 'invoice';
CREATE INDEX open_items_number ON open_items (company_id, number, id) WHERE open_minor <> 0;
CREATE INDEX open_items_amount ON open_items (company_id, open_base_minor, id) WHERE open_minor <> 0;
CREATE INDEX open_items_left ON open_items (company_id, (-open_base_minor), document_id) WHERE kind = 'payment';
CREATE INDEX payments_amount ON payments (company_id, base_minor, id);
CREATE INDEX orders_total ON orders (company_id, gross_minor, id);
CREATE INDEX quotes_total ON quotes (company_id, gross_minor, id);
CREATE INDEX quotes_until ON quotes (company_id, valid_until, id);
CREATE INDEX bank_lines_amount ON bank_lines (company_id, amount_minor, id);
CREATE INDEX bank_lines_name ON bank_lines (company_id, (COALESCE(payer_name, '')), id);
