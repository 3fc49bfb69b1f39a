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

# Countries
country-AD = Andorra
country-AE = United Arab Emirates
country-AF = Afghanistan
country-AG = Antigua and Barbuda
country-AI = Anguilla
country-AL = Albania
country-AM = Armenia
country-AO = Angola
country-AQ = Antarctica
country-AR = Argentina
country-AS = American Samoa
country-AT = Austria
country-AU = Australia
country-AW = Aruba
country-AX = Åland Islands
country-AZ = Azerbaijan
country-BA = Bosnia and Herzegovina
country-BB = Barbados
country-BD = Bangladesh
country-BE = Belgium
country-BF = Burkina Faso
country-BG = Bulgaria
country-BH = Bahrain
country-BI = Burundi
country-BJ = Benin
country-BL = Saint Barthélemy
country-BM = Bermuda
country-BN = Brunei
country-BO = Bolivia
country-BQ = Caribbean Netherlands
country-BR = Brazil
country-BS = Bahamas
country-BT = Bhutan
country-BV = Bouvet Island
country-BW = Botswana
country-BY = Belarus
country-BZ = Belize
country-CA = Canada
country-CC = Cocos (Keeling) Islands
country-CD = Democratic Republic of the Congo
country-CF = Central African Republic
country-CG = Republic of the Congo
country-CH = Switzerland
country-CI = Ivory Coast
country-CK = Cook Islands
country-CL = Chile
country-CM = Cameroon
country-CN = China
country-CO = Colombia
country-CR = Costa Rica
country-CU = Cuba
country-CV = Cape Verde
country-CW = Curaçao
country-CX = Christmas Island
country-CY = Cyprus
country-CZ = Czechia
country-DE = Germany
country-DJ = Djibouti
country-DK = Denmark
country-DM = Dominica
country-DO = Dominican Republic
country-DZ = Algeria
country-EC = Ecuador
country-EE = Estonia
country-EG = Egypt
country-EH = Western Sahara
country-ER = Eritrea
country-ES = Spain
country-ET = Ethiopia
country-FI = Finland
country-FJ = Fiji
country-FK = Falkland Islands
country-FM = Micronesia
country-FO = Faroe Islands
country-FR = France
country-GA = Gabon
country-GB = United Kingdom
country-GD = Grenada
country-GE = Georgia
country-GF = French Guiana
country-GG = Guernsey
country-GH = Ghana
country-GI = Gibraltar
country-GL = Greenland
country-GM = Gambia
country-GN = Guinea
country-GP = Guadeloupe
country-GQ = Equatorial Guinea
country-GR = Greece
country-GS = South Georgia and South Sandwich Islands
country-GT = Guatemala
country-GU = Guam
country-GW = Guinea-Bissau
country-GY = Guyana
country-HK = Hong Kong
country-HM = Heard and McDonald Islands
country-HN = Honduras
country-HR = Croatia
country-HT = Haiti
country-HU = Hungary
country-ID = Indonesia
country-IE = Ireland
country-IL = Israel
country-IM = Isle of Man
country-IN = India
country-IO = British Indian Ocean Territory
country-IQ = Iraq
country-IR = Iran
country-IS = Iceland
country-IT = Italy
country-JE = Jersey
country-JM = Jamaica
country-JO = Jordan
country-JP = Japan
country-KE = Kenya
country-KG = Kyrgyzstan
country-KH = Cambodia
country-KI = Kiribati
country-KM = Comoros
country-KN = Saint Kitts and Nevis
country-KP = North Korea
country-KR = South Korea
country-KW = Kuwait
country-KY = Cayman Islands
country-KZ = Kazakhstan
country-LA = Laos
country-LB = Lebanon
country-LC = Saint Lucia
country-LI = Liechtenstein
country-LK = Sri Lanka
country-LR = Liberia
country-LS = Lesotho
country-LT = Lithuania
country-LU = Luxembourg
country-LV = Latvia
country-LY = Libya
country-MA = Morocco
country-MC = Monaco
country-MD = Moldova
country-ME = Montenegro
country-MF = Saint Martin
country-MG = Madagascar
country-MH = Marshall Islands
country-MK = North Macedonia
country-ML = Mali
country-MM = Myanmar
country-MN = Mongolia
country-MO = Macao
country-MP = Northern Mariana Islands
country-MQ = Martinique
country-MR = Mauritania
country-MS = Montserrat
country-MT = Malta
country-MU = Mauritius
country-MV = Maldives
country-MW = Malawi
country-MX = Mexico
country-MY = Malaysia
country-MZ = Mozambique
country-NA = Namibia
country-NC = New Caledonia
country-NE = Niger
country-NF = Norfolk Island
country-NG = Nigeria
country-NI = Nicaragua
country-NL = Netherlands
country-NO = Norway
country-NP = Nepal
country-NR = Nauru
country-NU = Niue
country-NZ = New Zealand
country-OM = Oman
country-PA = Panama
country-PE = Peru
country-PF = French Polynesia
country-PG = Papua New Guinea
country-PH = Philippines
country-PK = Pakistan
country-PL = Poland
country-PM = Saint Pierre and Miquelon
country-PN = Pitcairn Islands
country-PR = Puerto Rico
country-PS = Palestine
country-PT = Portugal
country-PW = Palau
country-PY = Paraguay
country-QA = Qatar
country-RE = Réunion
country-RO = Romania
country-RS = Serbia
country-RU = Russia
country-RW = Rwanda
country-SA = Saudi Arabia
country-SB = Solomon Islands
country-SC = Seychelles
country-SD = Sudan
country-SE = Sweden
country-SG = Singapore
country-SH = Saint Helena
country-SI = Slovenia
country-SJ = Svalbard and Jan Mayen
country-SK = Slovakia
country-SL = Sierra Leone
country-SM = San Marino
country-SN = Senegal
country-SO = Somalia
country-SR = Suriname
country-SS = South Sudan
country-ST = São Tomé and Príncipe
country-SV = El Salvador
country-SX = Sint Maarten
country-SY = Syria
country-SZ = Eswatini
country-TC = Turks and Caicos Islands
country-TD = Chad
country-TF = French Southern Territories
country-TG = Togo
country-TH = Thailand
country-TJ = Tajikistan
country-TK = Tokelau
country-TL = Timor-Leste
country-TM = Turkmenistan
country-TN = Tunisia
country-TO = Tonga
country-TR = Turkey
country-TT = Trinidad and Tobago
country-TV = Tuvalu
country-TW = Taiwan
country-TZ = Tanzania
country-UA = Ukraine
country-UG = Uganda
country-UM = United States Minor Outlying Islands
country-US = United States
country-UY = Uruguay
country-UZ = Uzbekistan
country-VA = Vatican City
country-VC = Saint Vincent and the Grenadines
country-VE = Venezuela
country-VG = British Virgin Islands
country-VI = US Virgin Islands
country-VN = Vietnam
country-VU = Vanuatu
country-WF = Wallis and Futuna
country-WS = Samoa
country-XK = Kosovo
country-YE = Yemen
country-YT = Mayotte
country-ZA = South Africa
country-ZM = Zambia
country-ZW = Zimbabwe
