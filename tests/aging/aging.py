#!/usr/bin/env python3
"""Ages a ledger from its file alone, so that Quittance's report can be checked against something that is not Quittance.

    aging.py LEDGER.csv AS_OF          one row per customer and currency
    aging.py LEDGER.csv AS_OF total    one row per currency

The file has the columns invoice_id, customer_id, amount, currency, invoice_date, due_date, paid_date. An invoice is open
on a day when it is dated on or before it and was not yet paid at the end of it. Amounts are exact decimals.
"""

import csv
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal

BUCKETS = ["not_due", "1_30", "31_60", "61_90", "over_90"]


def bucket(days_late):
    if days_late <= 0:
        return "not_due"
    for name, most in [("1_30", 30), ("31_60", 60), ("61_90", 90)]:
        if days_late <= most:
            return name
    return "over_90"


def main(path, as_of, by_currency_only):
    as_of = date.fromisoformat(as_of)
    sums = defaultdict(lambda: dict.fromkeys(BUCKETS, Decimal(0)))
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            paid = row["paid_date"]
            if date.fromisoformat(row["invoice_date"]) > as_of or (paid and date.fromisoformat(paid) <= as_of):
                continue
            key = (row["currency"],) if by_currency_only else (row["customer_id"], row["currency"])
            late = (as_of - date.fromisoformat(row["due_date"])).days
            sums[key][bucket(late)] += Decimal(row["amount"])
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow((["currency"] if by_currency_only else ["name", "currency"]) + BUCKETS + ["total"])
    for key in sorted(sums):
        amounts = [sums[key][name] for name in BUCKETS]
        if any(amounts):
            out.writerow(list(key) + [f"{amount:.2f}" for amount in amounts + [sum(amounts)]])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:] == ["total"])
