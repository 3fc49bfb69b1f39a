"""Every page of the demo company, found by following its links: light, dark and on a phone, and how long the server took."""

import re

from stage import MANAGER

# One page of each kind is enough: what differs only by its id or its query is the same page.
SKIPPED = re.compile(r"/(pdf|quittance|csv|xlsx|json|logo)$|^/(static|api|sign-out)|\.(csv|xlsx|pdf)$")
MOST = 120


def kind_of(path):
    """`/invoices/0197…?after=x` as `/invoices/{id}`; reports keep their name."""
    path = path.split("#")[0].split("?")[0]
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", path)


def found_pages(visitor):
    """One address of every kind of page that links lead to from the home page, each looked at when it is found."""
    waiting, found, refused = ["/"], {}, set()
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind in found or SKIPPED.search(kind):
            continue
        found[kind] = path
        # A place in the menu that this role may not enter is answered with 403 and is no barrier; 404 is told by itself.
        if visitor.expecting(403).page.goto(path).status != 200:
            refused.add(path)
            continue
        visitor.expecting().look()
        hrefs = visitor.page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        waiting += [href for href in hrefs if href.startswith("/") and kind_of(href) not in found]
    return [path for path in found.values() if path not in refused]


def every_page_is_reached_by_links_and_has_no_barrier(stage):
    max_ = stage.visitor().sign_in(MANAGER)
    pages = found_pages(max_)
    print(f"          {len(pages)} kinds of pages")
    for _ in range(3):
        for path in pages:
            max_.fetch(path)
    max_.leave()
    for look in ({"dark": True}, {"phone": True}):
        other = stage.visitor(**look).sign_in(MANAGER)
        for path in pages:
            other.open(path)
            if look.get("phone"):
                wide = other.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wide > 1:
                    stage.problems.append(f"phone {path}: the page is {wide} px wider than the screen")
        other.leave()


ALL = [every_page_is_reached_by_links_and_has_no_barrier]
