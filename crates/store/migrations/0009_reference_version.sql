-- Counts changes of what pricing and posting read: terms, tax codes, calendars, accounts, closed periods.
ALTER TABLE companies ADD COLUMN reference_version BIGINT NOT NULL DEFAULT 0;
