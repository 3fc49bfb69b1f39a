# English. Dates name the month, so that nobody mixes up day and month.
language = English

# How it is written
decimal-mark = .
group-mark = ,
money-symbol = { $sign }{ $currency }{ $number }
money-code = { $sign }{ $currency }{ "\u00A0" }{ $number }
labelled = { $label }: { $text }
percent = { $number }%
date-short = { $day } { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
} { $year }
date-long = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
page-of = Page { $page } of { $pages }

# Documents
quote = Quote
order-confirmation = Order confirmation
invoice = Invoice
credit-note = Credit note
open-item-statement = Statement of open items
activity-statement = Account statement
quittance = Quittance

# Facts
quote-number = Quote no.
order-number = Order no.
invoice-number = Invoice no.
credit-note-number = Credit note no.
statement-number = Statement no.
quittance-number = Quittance no.
issued-on = Date
due-on = Due
valid-until = Valid until
supplied-on = Supplied
supplied-between = Supplied
as-of = As of
period = Period
settled-on = Settled
customer-number = Customer no.
customer-tax-id = Your tax ID
purchase-order = Your order
our-order = Our order
our-quote = Our quote
corrected-invoice = Corrects invoice
tax-id = Tax ID
iban = IBAN
bic = BIC
account-number = Account
bank = Bank
account-holder = Account holder
payment-reference = Reference

# Lines
position = No.
description = Description
quantity = Quantity
unit-price = Unit price
discount = Discount
tax = VAT
amount-in = Amount { $currency }
amount-with-tax-in = Amount { $currency } incl. tax
date = Date
document = Document
reference = Reference
days-late = Days late
open = Open
charges = Charges
credits = Credits
instalment = Instalment

# Totals
net-total = Net total
tax-on = { $tax } { $rate } on { $base }
no-tax-on = { $tax } on { $base }
contained = Contains { $what }
total-in = Total { $currency }
paid = Paid
payable-in = Amount due { $currency }
zero-rated = Zero-rated
exempt = Tax exempt
reverse-charge = Reverse charge
intra-community = Intra-Community supply
export = Export
out-of-scope = Outside the scope of tax
reverse-charge-note = Reverse charge: the recipient is liable for the tax.
intra-community-note = Tax-exempt intra-Community supply.
export-note = Tax-exempt export.

# Payment
please-pay-by = Please pay { $amount } by { $date }
please-pay = Please pay { $amount }
early-payment = { $percent } discount ({ $discount }) if you pay by { $date }: then please pay { $rest }.
early-payment-offer = { $percent } discount ({ $discount }) on payment by { $date }.
valid-sentence = This quote is valid until { $date }.
instalments = Instalments
scan-to-pay = Scan to pay
code-description = Payment code for banking apps
paid-in-full = Paid in full. Thank you.

# Statements
items-in = In { $currency }
balance-in = Balance { $currency }
balance-in-favour-in = Balance in your favour { $currency }
balance-on = { $balance } on { $date }
of-which-overdue = Of which overdue
brought-forward = Balance brought forward
nothing-open = Nothing is open.
ageing = Ageing
not-due = Not due
days-between = { $from }–{ $to } days
days-over = Over { $days } days
unused-credits = Credits and unused payments
debit-note = Debit note
payment = Payment
refund = Refund
discount-taken = Discount taken
write-off = Write-off
adjustment = Adjustment

# Quittance
settled-sentence = { $count ->
    [one] We confirm that the invoice below, { $amount } in total, was settled in full on { $date }. Nothing remains to be paid on it.
   *[other] We confirm that the { $count } invoices below, { $amount } in total, were settled in full on { $date }. Nothing remains to be paid on them.
}
settled-invoices = Invoices
settled-by = Settled by
settled-with = How
settled-in-full-on = Settled in full on { $date }
bank-transfer = bank transfer
direct-debit = direct debit
card = card
cheque = cheque
cash = cash
other-method = other
