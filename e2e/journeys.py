"""The five jobs that people do most, as stories, and an import with bad rows."""

import datetime
import re

from stage import CLERK, MANAGER

PASSWORD = "a long sentence to sign in"
TODAY = datetime.date.today()


def a_company_is_set_up_and_signed_in_to(stage):
    ada = stage.visitor(stage.empty)
    code = next(found.group(1) for line in stage.empty.said + [stage.empty.process.stdout.readline()]
                if (found := re.search(r"Setup code: (\S+)", line)))
    ada.open("/setup").expecting(422)
    ada.fill(setup_code="0000", company_name="Harbour Tools Ltd", company_code="HARB", country="IE")
    ada.fill(time_zone="Europe/Dublin", name="Ada Quinn", email="ada@harbour.example", password=PASSWORD)
    ada.press("Set up")
    assert ada.page.locator("#e-setup_code").is_visible(), "the wrong code is pointed at"
    assert ada.page.get_by_label("Short code").input_value() == "HARB", "what was typed is kept"
    ada.expecting().fill(setup_code=code, password=PASSWORD)
    ada.press("Set up")
    ada.page.wait_for_url("**/sign-in*")
    ada.sign_in("ada@harbour.example", PASSWORD).look()
    for path in ("/customers", "/quotes", "/orders", "/invoices", "/payments", "/open-items", "/imports", "/products"):
        ada.open(path)
    ada.open("/settings/terms/new").fill(code="2-14-eom")
    ada.page.get_by_label("Falls due").select_option("month_end_after_days")
    ada.page.locator('[name="discounts[0].percent"]').fill("2")
    ada.page.locator('[name="discounts[0].within_days"]').fill("14")
    ada.page.locator("[data-example-target]").get_by_text("980.00 EUR is enough until").wait_for()
    ada.press("Add payment terms")
    ada.says("Payment terms 2-14-eom were added.", "2/14 30 days end of month")
    ada.leave()


def a_quote_becomes_an_order_and_an_invoice(stage):
    clara = stage.visitor().sign_in(CLERK).look()
    clara.open("/customers/new").expecting(422)
    clara.fill(name="Lindqvist Marine AB", email="not an address", address__city="Göteborg", address__country="SE")
    clara.press("Add customer")
    assert clara.page.locator("#e-email").is_visible() and clara.page.get_by_label("City").first.input_value() == "Göteborg"
    clara.expecting().fill(email="ap@lindqvist.example")
    clara.press("Add customer")
    clara.says("Lindqvist Marine AB", "Nothing is open")
    clara.open("/quotes/new").choose_customer("Lindqvist Marine AB")
    line = clara.page.locator("tr[data-line]").first
    line.get_by_label("Description").fill("Pump overhaul")
    line.get_by_label("Quantity").fill("2")
    line.get_by_label("Unit price").fill("1,250.00")
    clara.page.locator("[data-preview-target]").get_by_text("2,500.00").first.wait_for()
    clara.look().page.locator("button[name=intent][value=finish]").click()
    clara.look()
    clara.fill(accepted_by="Eva Lindqvist")
    clara.press("Accept and make an order")
    assert "/orders/" in clara.page.url, clara.page.url
    if clara.page.get_by_role("button", name="Confirm order").count():
        clara.press("Confirm order")
    clara.press("Issue invoice")
    assert "/invoices/" in clara.page.url, clara.page.url
    clara.says("The way of this sale", "In the books")
    pdf = clara.fetch(clara.page.get_by_role("link", name="PDF").get_attribute("href"))
    assert pdf.headers["content-type"] == "application/pdf" and pdf.body().startswith(b"%PDF-")
    clara.leave()


def invoice(visitor, customer, price, terms="", quantity="1"):
    """Issues an invoice and returns its address."""
    visitor.open("/invoices/new").choose_customer(customer)
    line = visitor.page.locator("tr[data-line]").first
    line.get_by_label("Description").fill("Service")
    line.get_by_label("Quantity").fill(quantity)
    line.get_by_label("Unit price").fill(price)
    visitor.page.get_by_label("Payment terms").select_option(terms)
    visitor.page.locator("button[name=intent][value=finish]").click()
    visitor.page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}"))
    return visitor.look().page.url


def customer(visitor, name):
    visitor.open("/customers/new").fill(name=name, address__country="DE")
    visitor.press("Add customer")


def a_payment_is_spread_over_items_with_a_discount_and_undone(stage):
    clara = stage.visitor().sign_in(CLERK)
    customer(clara, "Umbra Optik OHG")
    first = invoice(clara, "Umbra Optik OHG", "1000.00", "2-10-net-30")
    invoice(clara, "Umbra Optik OHG", "500.00", "net-30")
    clara.open(first).page.get_by_role("link", name="Record a payment").click()
    clara.look()
    rows = clara.page.locator("tr[data-open-item]")
    assert rows.count() == 2, clara.main_text()
    # 1,000.00 and 19 % are 1,190.00; 2 % for paying within ten days leave 1,166.20. Half of the other, 595.00, is 297.50.
    cells = {row.get_attribute("data-open-amount"): row for row in rows.all()}
    cells["1190.00"].get_by_role("textbox").fill("1166.20")
    cells["595.00"].get_by_role("textbox").fill("297.50")
    clara.fill(money="1463.70", reference="UO 4711")
    clara.look().press("Record the payment")
    clara.says("UO 4711", "23.80")
    paid = clara.page.url
    clara.page.get_by_role("button", name="Take back…").first.click()
    dialog = clara.page.locator("[popover]:popover-open")
    dialog.get_by_label("Reason").fill("Wrong invoice")
    clara.look()
    dialog.get_by_role("button", name="Take it back").click()
    clara.look().says("Taken back")
    clara.open(paid).says("Use what is left")
    clara.leave()


def amount(text):
    return [part for part in re.findall(r"[\d,]+\.\d\d", text)]


def a_credit_note_waits_for_a_second_person(stage):
    clara = stage.visitor().sign_in(CLERK)
    customer(clara, "Quellwasser Zapfanlagen GmbH")
    billed = invoice(clara, "Quellwasser Zapfanlagen GmbH", "4000.00")
    clara.page.get_by_role("link", name="Credit", exact=True).click()
    clara.look()
    clara.page.get_by_label("Quantity of line 1").fill("1")
    clara.fill(reason="Delivered too late")
    clara.press("Issue credit note")
    clara.open("/approvals").says("Delivered too late")
    assert clara.page.get_by_role("button", name="Grant…").count() == 0, "nobody grants what they asked for"
    max_ = stage.visitor().sign_in(MANAGER)
    max_.open("/approvals")
    row = max_.page.get_by_role("row").filter(has_text="Quellwasser Zapfanlagen GmbH")
    row.get_by_role("button", name="Grant…").click()
    dialog = max_.page.locator("[popover]:popover-open")
    max_.look()
    dialog.get_by_role("button", name="Grant it").click()
    max_.look()
    clara.open(billed).says("The way of this sale")
    assert "4,760.00" in clara.main_text(), "the credit note stands beside the invoice"
    clara.leave()
    max_.leave()


def the_aging_of_a_past_date_is_read_and_downloaded(stage):
    clara = stage.visitor().sign_in(CLERK)
    past = (TODAY.replace(day=1) - datetime.timedelta(days=62)).isoformat()
    clara.page.get_by_role("navigation", name="Main").get_by_role("link", name="Aging", exact=True).click()
    today = clara.look().main_text()
    clara.open(f"{clara.page.url}?as_of={past}")
    then = clara.main_text()
    assert past in clara.page.content() and then != today, "the past differs from today"
    link = clara.page.get_by_role("link", name=re.compile("CSV")).first
    lines = clara.fetch(link.get_attribute("href")).text().splitlines()
    assert len(lines) > 50, lines[:3]
    total = clara.page.locator("table tfoot").first.inner_text()
    assert amount(total), total
    clara.leave()


def a_file_with_bad_rows_is_imported_without_them(stage):
    clara = stage.visitor().sign_in(MANAGER)
    rows = ["number,name,currency,email", "K-9001,Good Row GmbH,EUR,ap@good.example",
            "K-9002,,EUR,nobody@example.com", "K-9003,Bad Currency AG,EURO,x@bad.example"]
    clara.open("/imports")
    file = {"name": "customers.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    clara.page.get_by_label("File", exact=True).set_input_files(file)
    clara.page.get_by_label("What the file has").select_option("customers")
    clara.page.get_by_label("Take the good rows").check()
    clara.press("Check the file")
    text = clara.main_text()
    assert "EURO" in text and "Rejected rows" in text, text
    rejects = clara.fetch(clara.page.get_by_role("link", name="Download them as CSV").get_attribute("href")).text()
    assert "EURO" in rejects, rejects
    clara.press("Import the good rows")
    clara.open("/customers?q=Good+Row").says("Good Row GmbH")
    clara.leave()


LINE = re.compile(r"/desk/[0-9a-f-]{36}")


def keys(visitor, *pressed):
    """Presses keys one after the other, as on a page that stands still."""
    visitor.page.wait_for_load_state("load")
    for key in pressed:
        visitor.page.keyboard.press(key)


def begins(visitor, query):
    """Opens the desk narrowed to something and begins by key; answers with the address of the first line."""
    visitor.open(f"/desk?{query}")
    keys(visitor, "n")
    visitor.page.wait_for_url(LINE)
    visitor.look()
    return visitor.page.url


def the_desk_is_worked_without_a_mouse(stage):
    clara = stage.visitor().sign_in(CLERK)
    page = clara.page
    keys(clara, "g", "d")
    page.wait_for_url("**/desk")
    clara.look().says("Difference to decide", "Suspicious", "Several answers")

    # One key takes what is proposed, the next line comes by itself, and one key takes it back.
    first = begins(clara, "exception=difference")
    clara.says("What the bank said", "Take it")
    keys(clara, "a")
    page.get_by_text("posted.").wait_for()
    assert page.url != first and LINE.search(page.url), page.url
    keys(clara, "u")
    page.get_by_text("the line waits").wait_for()
    assert page.url.startswith(first.split("?")[0]), page.url

    # The next proposal is the one that is taken.
    begins(clara, "exception=ambiguous")
    second = page.locator("[data-proposal]").nth(1).locator("tbody a").first.inner_text()
    keys(clara, "n")
    marked = page.locator("[data-proposal].current")
    assert marked.locator("tbody a").first.inner_text() == second
    keys(clara, "a")
    page.get_by_text("posted.").wait_for()
    clara.open("/desk/posted").page.locator("tbody").get_by_text("Proposal taken").first.wait_for()

    # Somebody else's: searched, chosen, typed, with a fee, the rest on account.
    begins(clara, "q=Rohrbau")
    keys(clara, "/")
    page.keyboard.type("Anlagenbau")
    keys(clara, "Enter")
    page.locator(".found a:focus").wait_for()
    clara.look()
    keys(clara, "Enter")
    page.wait_for_url("**#hand")
    page.locator("[name^='amount[']:focus").wait_for()
    page.keyboard.type("12x")
    assert page.locator("[data-open-item] input[aria-invalid]").count() == 1
    keys(clara, "Escape", "f")
    page.keyboard.type("1.50")
    keys(clara, "Escape")
    clara.expecting(422)
    keys(clara, "p")
    page.locator(".alert.bad").wait_for()
    clara.look()
    assert page.locator("[name=fee]").input_value() == "1.50", "what was typed is kept"
    clara.expecting()
    keys(clara, "e")
    page.locator("#f-rest_on_account-yes").focus()
    keys(clara, "Space", "Escape", "p")
    page.get_by_text("posted.").wait_for()

    # No customer's, and back again; a colleague is asked.
    aside = begins(clara, "q=Finanzamt")
    keys(clara, "t")
    page.locator("[name=note]:focus").wait_for()
    page.keyboard.type("Tax refund")
    keys(clara, "Enter")
    page.get_by_text("Set aside").wait_for()
    keys(clara, "u")
    page.get_by_text("on the desk again").wait_for()
    clara.open(aside.split("?")[0])
    keys(clara, "c")
    page.locator("[name=owner]:focus").wait_for()
    page.keyboard.type("Max")
    keys(clara, "Tab")
    page.keyboard.type("Is this ours?")
    keys(clara, "Tab", "Enter")
    page.get_by_text("Asked.").wait_for()
    max_ = stage.visitor().sign_in(MANAGER)
    max_.open("/desk?owner=me").says("Finanzamt")
    hers = begins(max_, "owner=me")
    max_.says("Is this ours?")

    # Two people cannot work on one line.
    clara.open(hers).says("Max Brandt works on this line")
    assert page.get_by_role("button", name="Take it").count() == 0
    keys(max_, "s")
    max_.page.wait_for_url("**/desk*")
    clara.leave()
    max_.leave()


def every_page_of_bank_and_desk_is_looked_at(stage):
    max_ = stage.visitor().sign_in(MANAGER)
    kinds = ["suspicious", "duplicate", "bank_return", "difference", "not_sure"]
    for path in ("/bank", "/bank/lines", "/bank/advices", "/desk", "/desk/posted", "/desk/unapplied", "/desk/cases",
                 "/desk/blocked", "/desk/audit", "/desk/figures", "/desk/policy", "/desk?q=nothing+at+all"):
        max_.open(path)
        max_.dress(phone=True).fits().look().dress()
        max_.page.goto(path)
        max_.dress(dark=True).page.reload()
        max_.look().dress()
    for kind in kinds:
        begins(max_, f"exception={kind}")
        max_.dress(phone=True).fits().look().dress()
    max_.leave()


ALL = [
    a_company_is_set_up_and_signed_in_to,
    a_quote_becomes_an_order_and_an_invoice,
    a_payment_is_spread_over_items_with_a_discount_and_undone,
    a_credit_note_waits_for_a_second_person,
    the_aging_of_a_past_date_is_read_and_downloaded,
    a_file_with_bad_rows_is_imported_without_them,
    the_desk_is_worked_without_a_mouse,
    every_page_of_bank_and_desk_is_looked_at,
]
