# Español
language = Español

# Escritura
decimal-mark = ,
group-mark = .
money-symbol = { $sign }{ $number }{ "\u00A0" }{ $currency }
money-code = { $sign }{ $number }{ "\u00A0" }{ $currency }
labelled = { $label }: { $text }
percent = { $number }{ "\u00A0" }%
date-short = { $dd }/{ $mm }/{ $year }
date-long = { $day } de { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
} de { $year }
page-of = Página { $page } de { $pages }

# Documentos
quote = Presupuesto
order-confirmation = Confirmación de pedido
invoice = Factura
credit-note = Factura rectificativa
open-item-statement = Partidas pendientes
activity-statement = Extracto de cuenta
quittance = Carta de pago

# Datos
quote-number = Presupuesto n.º
order-number = Pedido n.º
invoice-number = Factura n.º
credit-note-number = Rectificativa n.º
statement-number = Extracto n.º
quittance-number = Carta de pago n.º
issued-on = Fecha
due-on = Vencimiento
valid-until = Válido hasta
supplied-on = Fecha de entrega
supplied-between = Periodo
as-of = Situación al
period = Periodo
settled-on = Pagada el
customer-number = Cliente n.º
customer-tax-id = Su NIF
purchase-order = Su pedido
our-order = Nuestro pedido
our-quote = Nuestro presupuesto
corrected-invoice = Rectifica la factura
tax-id = NIF
iban = IBAN
bic = BIC
account-number = Cuenta
bank = Banco
account-holder = Titular
payment-reference = Concepto

# Líneas
position = N.º
description = Descripción
quantity = Cantidad
unit-price = Precio
discount = Dto.
tax = IVA
amount-in = Importe { $currency }
amount-with-tax-in = Importe { $currency } con impuestos
date = Fecha
document = Documento
reference = Referencia
days-late = Días de retraso
open = Pendiente
charges = Cargos
credits = Abonos
instalment = Plazo

# Totales
net-total = Base imponible
tax-on = { $tax } { $rate } sobre { $base }
no-tax-on = { $tax } sobre { $base }
contained = Incluye { $what }
total-in = Total { $currency }
paid = Ya pagado
payable-in = Importe a pagar { $currency }
zero-rated = Tipo cero
exempt = Exento
reverse-charge = Inversión del sujeto pasivo
intra-community = Entrega intracomunitaria
export = Exportación
out-of-scope = No sujeto
reverse-charge-note = Inversión del sujeto pasivo.
intra-community-note = Entrega intracomunitaria exenta de IVA.
export-note = Exportación exenta de IVA.

# Pago
please-pay-by = A pagar: { $amount } hasta el { $date }
please-pay = A pagar: { $amount }
early-payment = Descuento del { $percent } ({ $discount }) si paga hasta el { $date }: en ese caso, { $rest }.
early-payment-offer = Descuento del { $percent } ({ $discount }) por pago hasta el { $date }.
valid-sentence = Este presupuesto es válido hasta el { $date }.
instalments = Plazos
scan-to-pay = Escanear para pagar
code-description = Código de pago para aplicaciones bancarias
paid-in-full = Pagada en su totalidad. Gracias.

# Extractos
items-in = En { $currency }
balance-in = Saldo { $currency }
balance-in-favour-in = Saldo a su favor { $currency }
balance-on = { $balance } al { $date }
of-which-overdue = Del que está vencido
brought-forward = Saldo anterior
nothing-open = No hay nada pendiente.
ageing = Antigüedad
not-due = No vencido
days-between = { $from }–{ $to } días
days-over = Más de { $days } días
unused-credits = Abonos y pagos sin aplicar
debit-note = Nota de cargo
payment = Pago
refund = Reembolso
discount-taken = Descuento por pronto pago
write-off = Cancelación
adjustment = Ajuste

# Carta de pago
settled-sentence = { $count ->
    [one] Confirmamos que la factura siguiente, por un importe de { $amount }, quedó pagada en su totalidad el { $date }. No queda nada por pagar.
   *[other] Confirmamos que las { $count } facturas siguientes, por un importe total de { $amount }, quedaron pagadas en su totalidad el { $date }. No queda nada por pagar.
}
settled-invoices = Facturas
settled-by = Pagadas mediante
settled-with = Forma
settled-in-full-on = Pagado en su totalidad el { $date }
bank-transfer = transferencia
direct-debit = domiciliación
card = tarjeta
cheque = cheque
cash = efectivo
other-method = otra
