// The command palette (Ctrl K or Cmd K): the page's own links and commands at once, records from /search?q= as they arrive
// (JSON: [{kind, label, detail, href}]). Without script the button is a link to the search page.
import { isMac } from "./keys.js";
import { Options, debounced, nothing, option } from "./options.js";

const SHOWN = 8;

export function palette() {
  const dialog = document.querySelector("#palette");
  if (!dialog) return;
  const { input, list } = build(dialog);
  const commands = collect();
  const options = new Options(input, list, (item) => { dialog.close(); location.assign(item.href); });

  const ask = debounced(async (signal, text, local) => {
    const answer = await fetch(`/search?q=${encodeURIComponent(text)}`, { signal, headers: { Accept: "application/json" } });
    if (answer.ok) options.show(grouped(local, await answer.json()), Math.max(options.at, 0));
  }, 120);

  function update() {
    const text = input.value.trim();
    const local = matching(commands, text);
    options.show(grouped(local, []));
    if (text.length > 1) ask(text, local);
  }

  function open() {
    if (dialog.open) return;
    document.querySelector("#sidebar:popover-open")?.hidePopover();
    input.value = "";
    update();
    dialog.showModal();
    input.focus();
  }

  input.addEventListener("input", update);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) window.open(options.items[options.at]?.href);
    else options.key(event);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || event.altKey || event.shiftKey || !(isMac ? event.metaKey : event.ctrlKey)) return;
    event.preventDefault();
    open();
  });
  for (const opener of document.querySelectorAll("[data-palette-open]")) {
    opener.addEventListener("click", (event) => { event.preventDefault(); open(); });
  }
  for (const key of document.querySelectorAll("[data-mod-key]")) key.textContent = isMac ? "⌘ K" : "Ctrl K";
}

function build(dialog) {
  dialog.innerHTML = `<input class="palette-input" type="text" autocomplete="off" spellcheck="false" aria-label="Search or jump to" placeholder="Search a customer, a number, an amount, or go to a page">
    <div class="palette-list" aria-label="Results"></div>
    <div class="palette-foot"><span><kbd>↑</kbd> <kbd>↓</kbd> choose</span><span><kbd>Enter</kbd> open</span><span><kbd>Esc</kbd> close</span></div>`;
  return { input: dialog.querySelector("input"), list: dialog.querySelector(".palette-list") };
}

function collect() {
  const navigation = [...document.querySelectorAll(".nav a[href]")].map((link) => {
    const group = link.closest(".nav-group")?.querySelector("h2, summary")?.textContent;
    return { kind: "go to", label: (link.querySelector("span") ?? link).textContent.trim(), detail: group, href: link.href };
  });
  const extra = [...(document.querySelector("#commands")?.content.querySelectorAll("a") ?? [])];
  return [...navigation, ...extra.map((link) => ({ kind: "go to", label: link.textContent.trim(), detail: link.dataset.detail, href: link.href }))];
}

function matching(commands, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hit = (command) => words.every((word) => `${command.label} ${command.detail ?? ""}`.toLowerCase().split(" ").some((part) => part.startsWith(word)));
  return commands.filter(hit).slice(0, SHOWN);
}

// Places come first and records after them, so that what Enter would open does not change while an answer is on its way.
function grouped(local, found) {
  const nodes = [];
  let kind = null;
  for (const row of [...local, ...found]) {
    if (row.kind !== kind) {
      kind = row.kind;
      const heading = document.createElement("h3");
      heading.setAttribute("role", "presentation");
      heading.textContent = kind.charAt(0).toUpperCase() + kind.slice(1);
      nodes.push(heading);
    }
    const item = option("a", row.label, row.detail);
    item.href = row.href;
    item.tabIndex = -1;
    nodes.push(item);
  }
  return nodes.length > 0 ? nodes : [nothing("Nothing found. Try a customer's name, a document number or an amount.")];
}
