"""Every page of the demo company, found by following its links: light, dark and on a phone, and how long the server took.

The main pages are looked at in all three ways; of the others, each second one is looked at on a phone as well and the
rest in the dark. That no page is wider than a phone is asked of all of them.
"""

import re

from stage import AUDITOR, CLERK, MANAGER

# One page of each kind is enough: what differs only by its id or its query is the same page.
SKIPPED = re.compile(r"/(pdf|quittance|csv|xlsx|json|logo)$|^/(static|api|sign-out)|\.(csv|xlsx|pdf)$")
MOST = 120
# What people look at all day.
MAIN = {"/", "/customers", "/customers/{id}", "/invoices", "/invoices/{id}", "/invoices/new", "/payments/new", "/payments/{id}",
        "/open-items", "/orders/{id}", "/reports/aged-receivables", "/statements"}
TIMED = 3


def kind_of(path):
    """`/invoices/0197…?after=x` as `/invoices/{id}`; reports keep their name."""
    path = path.split("#")[0].split("?")[0]
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", path)


def pages_of(visitor):
    """One address of every kind of page that links lead to from the home page; the visitor stands on each in turn."""
    waiting, seen = ["/"], set()
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind in seen or SKIPPED.search(kind):
            continue
        seen.add(kind)
        if arrive(visitor.page, path).status == 200:
            yield path, kind
            hrefs = visitor.page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
            waiting += [href for href in hrefs if href.startswith("/") and kind_of(href) not in seen]


def arrive(page, path):
    """Goes to a page; one that looks again by itself is waited for until it has come to rest."""
    answer = page.goto(path)
    if "refresh" not in answer.headers:
        return answer
    page.goto("about:blank")
    while "refresh" in page.context.request.get(path).headers:
        page.wait_for_timeout(500)
    return page.goto(path)


def every_page_is_reached_by_links_and_has_no_barrier(stage):
    max_ = stage.visitor().sign_in(MANAGER)
    found = []
    for path, kind in pages_of(max_):
        turn = len(found) % 2
        found.append(path)
        max_.look()
        max_.dress(phone=True).fits()
        if kind in MAIN or turn == 0:
            max_.look()
        if kind in MAIN or turn == 1:
            # Chromium keeps some inherited colours of the other scheme until a page is loaded anew.
            arrive(max_.dress(dark=True).page, path)
            max_.look()
        max_.dress()
    print(f"          {len(found)} kinds of pages")
    for path in found * TIMED:
        max_.fetch(path)
    max_.leave()


def nobody_is_led_where_they_may_not_go(stage):
    for who in (CLERK, AUDITOR, *(stage.let_in(role) for role in ("collector", "sales", "administrator"))):
        visitor = stage.visitor().sign_in(who)
        found = sum(1 for _ in pages_of(visitor))
        print(f"          {found} kinds of pages for {who.split('@')[0]}")
        visitor.leave()


ALL = [every_page_is_reached_by_links_and_has_no_barrier, nobody_is_led_where_they_may_not_go]
