// Type-ahead over `data-src` (JSON: [{id, label, detail}]) that fills a hidden id field. Without script, or when nothing is chosen, the
// typed text is posted as `name_text` and the server looks it up.
import { Options, debounced, nothing, option } from "./options.js";

export function combobox(field) {
  const input = field.querySelector("input:not([type=hidden])");
  const hidden = field.querySelector("input[type=hidden]");
  const list = document.createElement("div");
  list.className = "combobox-list";
  list.hidden = true;
  list.setAttribute("aria-label", field.querySelector("label").firstChild.textContent.trim());
  input.after(list);

  const options = new Options(input, list, (item) => {
    input.value = item.dataset.label;
    hidden.value = item.dataset.id;
    options.hide();
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  });

  const ask = debounced(async (signal) => {
    const url = new URL(field.dataset.src, location.href);
    url.searchParams.set("q", input.value.trim());
    const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) return options.hide();
    const found = await answer.json();
    if (found.length === 0) return options.show([nothing("Nothing found.")]);
    options.show(found.map((row) => {
      const item = option("div", row.label, row.detail);
      item.dataset.id = row.id;
      item.dataset.label = row.label;
      return item;
    }));
  }, 150);

  input.addEventListener("input", () => { hidden.value = ""; ask(); });
  input.addEventListener("keydown", (event) => {
    if (options.key(event)) return;
    if (event.key === "Escape" && options.open) { event.preventDefault(); options.hide(); }
    if (event.key === "ArrowDown" && !options.open) { event.preventDefault(); ask(); }
  });
  input.addEventListener("blur", () => options.hide());
}
