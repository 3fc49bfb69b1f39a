"""The stage: the real binary, a browser, and a visitor who looks at every page twice: as a person and with axe-core.

A visitor collects what no page may have: axe violations of WCAG 2.2 A and AA, console errors, violations of the content
security policy, answers of 400 and above that the journey did not ask for. The server's own time of every page is read
from its Server-Timing header.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import axe_playwright_python
from playwright.sync_api import sync_playwright

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
SCREEN, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
DEMO_PASSWORD = "paid-in-full-2026"
CLERK, MANAGER, AUDITOR = (f"{who}@nordlicht.example" for who in ("clerk", "manager", "auditor"))


class Server:
    """`quittance demo` or `quittance serve` on a free port; ended by its own signal."""

    def __init__(self, *arguments):
        command = [os.environ["QUITTANCE_BIN"], "--log", "warn", *arguments, "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.said = []
        self.url = self.wait_for(r"serves on (http://\S+)")

    def wait_for(self, pattern):
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if found := re.search(pattern, line):
                return found.group(1)
        raise AssertionError(f"the server ended before it said {pattern!r}: {self.said}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


class Stage:
    """One browser, one demo company and one empty database for the whole run."""

    def __init__(self, pictures=None, demo=None):
        self.folder = tempfile.TemporaryDirectory(prefix="quittance-e2e-", dir=os.environ.get("QUITTANCE_TEST_DIR"))
        self.pictures = pictures
        self.problems = []
        self.times = {}
        self.looks = 0
        self.visitors = []
        if demo:
            shutil.copy(demo, f"{self.folder.name}/demo.db")
        self.demo = Server("demo", "--file", f"{self.folder.name}/demo.db")
        self.empty = Server("serve", "--database", f"{self.folder.name}/empty.db")
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(
            executable_path=os.environ["QUITTANCE_CHROMIUM"], args=["--no-sandbox", "--disable-dev-shm-usage"]
        )

    def let_in(self, role):
        """Somebody in this role at the demo company, made at the command line while it is served; answers the e-mail."""
        email = f"{role}@nordlicht.example"
        command = ["--database", f"{self.folder.name}/demo.db", "user", "add", email, f"The {role}", "--role", role]
        subprocess.run(
            [os.environ["QUITTANCE_BIN"], "--log", "warn", *command],
            input=DEMO_PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL,
        )
        return email

    def visitor(self, server=None):
        return Visitor(self, server or self.demo)

    def end(self):
        self.browser.close()
        self.playwright.stop()
        for server in (self.demo, self.empty):
            if (status := server.stop()) != 0:
                self.problems.append(f"the server ended with status {status}")
        self.folder.cleanup()

    def show_where(self, name):
        """A picture of every open window, for whoever mends it."""
        for number, visitor in enumerate(list(self.visitors)):
            picture = f"target/e2e/{name}-{number}.png"
            visitor.page.screenshot(path=picture, full_page=True)
            self.problems.append(f"{picture} shows {visitor.page.url}")
            visitor.leave()

    def report_slowest(self, count=12):
        best = {path: min(times) for path, times in self.times.items()}
        slowest = sorted(best.items(), key=lambda pair: -pair[1])[:count]
        print(f"Server time of {len(best)} pages, the best of each; the slowest:")
        for path, time in slowest:
            print(f"  {time:8.1f} ms  {path}")
        return slowest[0][1] if slowest else 0.0


class Visitor:
    """A person with a browser window of their own."""

    def __init__(self, stage, server):
        self.stage = stage
        self.server = server
        self.expected = set()
        self.context = stage.browser.new_context(
            base_url=server.url,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
            accept_downloads=True,
        )
        self.page = self.context.new_page()
        self.dress()
        stage.visitors.append(self)
        self.page.set_default_timeout(20_000)
        self.page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI}`))"
        )
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._problem(f"script error: {error}"))
        self.page.on("response", self._response)

    def dress(self, dark=False, phone=False):
        """The page as it stands in other colours or on another screen."""
        # Only the colours differ in the dark.
        self.axe = {"type": "rule", "values": ["color-contrast"]} if dark else {"type": "tag", "values": TAGS}
        self.label = ("dark " if dark else "") + ("phone " if phone else "")
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_viewport_size(PHONE if phone else SCREEN)
        return self

    def fits(self):
        """Nothing of the page stands outside the screen."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 1:
            self._problem(f"the page is {wide} px wider than the screen")
        return self

    def _problem(self, text):
        self.stage.problems.append(f"{self.label}{self.page.url}: {text}")

    def _console(self, message):
        # Chromium writes a line for every answer of 400 and above; `_response` judges those.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self._problem(f"console: {message.text}")

    def _response(self, response):
        if response.status >= 400 and response.status not in self.expected:
            self._problem(f"{response.request.method} {response.url} answered {response.status}")
        if response.request.method == "GET" and response.status == 200:
            self._time(response.url, response.headers)

    def _time(self, url, headers):
        timing = re.search(r"dur=([\d.]+)", headers.get("server-timing", ""))
        if timing and headers.get("content-type", "").startswith("text/html"):
            path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", url.removeprefix(self.server.url))
            self.stage.times.setdefault(path, []).append(float(timing.group(1)))

    def expecting(self, *statuses):
        """Answers that the journey provokes on purpose."""
        self.expected = set(statuses)
        return self

    def open(self, path):
        self.page.goto(path)
        return self.look()

    def look(self):
        """Checks the page as it stands; every journey calls it on every page it comes to."""
        page = self.page
        page.wait_for_load_state("load")
        page.evaluate(AXE)
        run = "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})"
        for violation in page.evaluate(run, self.axe)["violations"]:
            for node in violation["nodes"][:3]:
                where = " ".join(str(part) for part in node["target"])
                why = " ".join(check["message"] for check in node["any"][:1])
                self._problem(f"axe {violation['id']}: {violation['help']}: {where}: {node['html'][:160]} {why}")
        self.stage.looks += 1
        if self.stage.pictures:
            name = re.sub(r"[^a-z0-9]+", "-", (self.label + page.url.removeprefix(self.server.url)).lower()).strip("-")
            page.screenshot(path=f"{self.stage.pictures}/{self.stage.looks:03}-{name[:80]}.png", full_page=True)
        return self

    def sign_in(self, email, password=DEMO_PASSWORD):
        self.page.goto("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url("**/")
        return self

    def fill(self, **fields):
        """Types into fields by their names; `__` stands for a point."""
        for name, text in fields.items():
            self.page.locator(f'[name="{name.replace("__", ".")}"]').first.fill(text)
        return self

    def choose_customer(self, text):
        """Types into the combobox and takes the first offer."""
        self.page.get_by_role("combobox", name="Customer").fill(text)
        self.page.get_by_role("option").filter(has_text=text).first.click()
        return self

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()
        return self.look()

    def says(self, *texts):
        for text in texts:
            self.page.get_by_text(text).first.wait_for()
        return self

    def main_text(self):
        return self.page.locator("main").inner_text()

    def fetch(self, path):
        """A file behind a link, with this visitor's cookies."""
        answer = self.context.request.get(path)
        assert answer.ok, f"{path} answered {answer.status}"
        self._time(answer.url, answer.headers)
        return answer

    def leave(self):
        self.context.close()
        self.stage.visitors = [other for other in self.stage.visitors if other is not self]
