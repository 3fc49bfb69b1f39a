# Français
language = Français

# Écriture
decimal-mark = ,
group-mark = { "\u202F" }
money-symbol = { $sign }{ $number }{ "\u00A0" }{ $currency }
money-code = { $sign }{ $number }{ "\u00A0" }{ $currency }
labelled = { $label }{ "\u00A0" }: { $text }
percent = { $number }{ "\u202F" }%
date-short = { $dd }/{ $mm }/{ $year }
date-long = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year }
page-of = Page { $page } sur { $pages }

# Documents
quote = Devis
order-confirmation = Confirmation de commande
invoice = Facture
credit-note = Avoir
open-item-statement = Relevé des factures ouvertes
activity-statement = Relevé de compte
quittance = Quittance

# Indications
quote-number = Devis n°
order-number = Commande n°
invoice-number = Facture n°
credit-note-number = Avoir n°
statement-number = Relevé n°
quittance-number = Quittance n°
issued-on = Date
due-on = Échéance
valid-until = Valable jusqu’au
supplied-on = Date de livraison
supplied-between = Période de livraison
as-of = Situation au
period = Période
settled-on = Réglée le
customer-number = Client n°
customer-tax-id = Votre n° TVA
purchase-order = Votre commande
our-order = Notre commande
our-quote = Notre devis
corrected-invoice = Rectifie la facture
tax-id = N° TVA
iban = IBAN
bic = BIC
account-number = Compte
bank = Banque
account-holder = Titulaire
payment-reference = Référence

# Lignes
position = N°
description = Désignation
quantity = Quantité
unit-price = Prix unitaire
discount = Remise
tax = TVA
amount-in = Montant { $currency }
amount-with-tax-in = Montant { $currency } TTC
date = Date
document = Pièce
reference = Référence
days-late = Jours de retard
open = Reste dû
charges = Débit
credits = Crédit
instalment = Échéance n°

# Totaux
net-total = Total HT
tax-on = { $tax } { $rate } sur { $base }
no-tax-on = { $tax } sur { $base }
contained = Dont { $what }
total-in = Total { $currency }
paid = Déjà réglé
payable-in = Net à payer { $currency }
zero-rated = Taux zéro
exempt = Exonéré de TVA
reverse-charge = Autoliquidation
intra-community = Livraison intracommunautaire
export = Exportation
out-of-scope = Hors champ de la TVA
reverse-charge-note = Autoliquidation{ "\u00A0" }: la TVA est due par le preneur.
intra-community-note = Livraison intracommunautaire exonérée de TVA.
export-note = Exportation exonérée de TVA.

# Paiement
please-pay-by = Merci de régler { $amount } au plus tard le { $date }
please-pay = Merci de régler { $amount }
early-payment = Escompte de { $percent } ({ $discount }) pour un paiement jusqu’au { $date }{ "\u00A0" }: vous réglez alors { $rest }.
early-payment-offer = Escompte de { $percent } ({ $discount }) pour un paiement jusqu’au { $date }.
valid-sentence = Ce devis est valable jusqu’au { $date }.
instalments = Échéancier
scan-to-pay = Scannez pour payer
code-description = Code de paiement pour applications bancaires
paid-in-full = Réglée en totalité. Merci.

# Relevés
items-in = En { $currency }
balance-in = Solde { $currency }
balance-in-favour-in = Solde en votre faveur { $currency }
balance-on = { $balance } au { $date }
of-which-overdue = Dont échu
brought-forward = Report à nouveau
nothing-open = Rien ne reste dû.
ageing = Antériorité
not-due = Non échu
days-between = { $from }–{ $to } jours
days-over = Plus de { $days } jours
unused-credits = Avoirs et paiements non imputés
debit-note = Note de débit
payment = Paiement
refund = Remboursement
discount-taken = Escompte
write-off = Passage en perte
adjustment = Régularisation

# Quittance
settled-sentence = { $count ->
    [one] Nous confirmons que la facture ci-dessous, d’un montant de { $amount }, a été réglée en totalité le { $date }. Plus rien ne reste dû à ce titre.
   *[other] Nous confirmons que les { $count } factures ci-dessous, d’un montant total de { $amount }, ont été réglées en totalité le { $date }. Plus rien ne reste dû à ce titre.
}
settled-invoices = Factures
settled-by = Réglées par
settled-with = Mode
settled-in-full-on = Réglé en totalité le { $date }
bank-transfer = virement
direct-debit = prélèvement
card = carte
cheque = chèque
cash = espèces
other-method = autre
