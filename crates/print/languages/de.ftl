# Deutsch
language = Deutsch

# Schreibweise
decimal-mark = ,
group-mark = .
money-symbol = { $sign }{ $number }{ "\u00A0" }{ $currency }
money-code = { $sign }{ $number }{ "\u00A0" }{ $currency }
labelled = { $label }: { $text }
percent = { $number }{ "\u00A0" }%
date-short = { $dd }.{ $mm }.{ $year }
date-long = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }
page-of = Seite { $page } von { $pages }

# Dokumente
quote = Angebot
order-confirmation = Auftragsbestätigung
invoice = Rechnung
credit-note = Rechnungskorrektur
open-item-statement = Offene Posten
activity-statement = Kontoauszug
quittance = Quittung

# Angaben
quote-number = Angebot Nr.
order-number = Auftrag Nr.
invoice-number = Rechnung Nr.
credit-note-number = Korrektur Nr.
statement-number = Auszug Nr.
quittance-number = Quittung Nr.
issued-on = Datum
due-on = Fällig
valid-until = Gültig bis
supplied-on = Leistungsdatum
supplied-between = Leistungszeitraum
as-of = Stand
period = Zeitraum
settled-on = Beglichen
customer-number = Kunde Nr.
customer-tax-id = Ihre USt-IdNr.
purchase-order = Ihre Bestellung
our-order = Unser Auftrag
our-quote = Unser Angebot
corrected-invoice = Zu Rechnung
tax-id = USt-IdNr.
iban = IBAN
bic = BIC
account-number = Konto
bank = Bank
account-holder = Empfänger
payment-reference = Verwendungszweck

# Positionen
position = Pos.
description = Beschreibung
quantity = Menge
unit-price = Einzelpreis
discount = Rabatt
tax = USt.
amount-in = Betrag { $currency }
amount-with-tax-in = Betrag { $currency } brutto
date = Datum
document = Beleg
reference = Referenz
days-late = Tage überfällig
open = Offen
charges = Belastung
credits = Gutschrift
instalment = Rate

# Summen
net-total = Nettobetrag
tax-on = { $tax } { $rate } auf { $base }
no-tax-on = { $tax } auf { $base }
contained = Enthalten: { $what }
total-in = Gesamtbetrag { $currency }
paid = Bereits gezahlt
payable-in = Zahlbetrag { $currency }
zero-rated = Nullsatz
exempt = Steuerfrei
reverse-charge = Reverse Charge
intra-community = Innergemeinschaftliche Lieferung
export = Ausfuhrlieferung
out-of-scope = Nicht steuerbar
reverse-charge-note = Steuerschuldnerschaft des Leistungsempfängers.
intra-community-note = Steuerfreie innergemeinschaftliche Lieferung.
export-note = Steuerfreie Ausfuhrlieferung.

# Zahlung
please-pay-by = Bitte zahlen Sie { $amount } bis zum { $date }
please-pay = Bitte zahlen Sie { $amount }
early-payment = { $percent } Skonto ({ $discount }) bei Zahlung bis zum { $date }: Sie zahlen dann { $rest }.
early-payment-offer = { $percent } Skonto ({ $discount }) bei Zahlung bis zum { $date }.
valid-sentence = Dieses Angebot gilt bis zum { $date }.
instalments = Ratenzahlung
scan-to-pay = Scannen und zahlen
code-description = Zahlungscode für Banking-Apps
paid-in-full = Vollständig bezahlt. Vielen Dank.

# Kontoauszüge
items-in = In { $currency }
balance-in = Saldo { $currency }
balance-in-favour-in = Saldo zu Ihren Gunsten { $currency }
balance-on = { $balance } am { $date }
of-which-overdue = Davon überfällig
brought-forward = Saldovortrag
nothing-open = Es ist nichts offen.
ageing = Altersstruktur
not-due = Nicht fällig
days-between = { $from }–{ $to } Tage
days-over = Über { $days } Tage
unused-credits = Guthaben und freie Zahlungen
debit-note = Belastungsanzeige
payment = Zahlung
refund = Erstattung
discount-taken = Skonto
write-off = Ausbuchung
adjustment = Korrektur

# Quittung
settled-sentence = { $count ->
    [one] Wir bestätigen, dass die folgende Rechnung über { $amount } am { $date } vollständig beglichen wurde. Daraus ist nichts mehr zu zahlen.
   *[other] Wir bestätigen, dass die folgenden { $count } Rechnungen über zusammen { $amount } am { $date } vollständig beglichen wurden. Daraus ist nichts mehr zu zahlen.
}
settled-invoices = Rechnungen
settled-by = Beglichen durch
settled-with = Art
settled-in-full-on = Vollständig beglichen am { $date }
bank-transfer = Überweisung
direct-debit = Lastschrift
card = Karte
cheque = Scheck
cash = bar
other-method = sonstige
