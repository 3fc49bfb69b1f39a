// The lines of a document: add, duplicate, remove; Ctrl Enter adds. A known product shows what it will fill into the empty fields. Names are renumbered (`lines[0].quantity`, `lines[1].quantity`, ...) so that
// the server reads a list without gaps. Totals are the server's: the form is posted to data-preview and the answer shown.
import { debounced } from "./options.js";

export function lines(form) {
  const body = form.querySelector("[data-line-rows]");
  const template = form.querySelector("[data-line-template]");
  const preview = form.querySelector("[data-preview-target]");
  const rows = () => [...body.querySelectorAll("[data-line]")];

  const refresh = debounced(async (signal) => {
    const fields = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.preview, { method: "POST", body: fields, signal, headers: { Accept: "text/html" } });
    if (answer.ok) preview.innerHTML = await answer.text();
  }, 200);

  function changed() {
    rows().forEach((row, index) => renumber(row, index));
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function insert(row, after) {
    if (after) after.after(row);
    else body.append(row);
    changed();
    row.querySelector("input, select, textarea")?.focus();
  }

  // The server fills in the same; this only shows it beforehand.
  function showProduct(row) {
    const sku = row.querySelector("[data-product]");
    if (!sku) return;
    const product = [...(sku.list?.options ?? [])].find((option) => option.value === sku.value.trim())?.dataset;
    for (const [name, value] of [["description", product?.description], ["unit", product?.unit], ["unit_price", product?.price]]) {
      const field = row.querySelector(`[name$=".${name}"]`);
      if (field) field.placeholder = value ?? "";
    }
  }

  const blank = () => template.content.querySelector("[data-line]").cloneNode(true);

  form.addEventListener("click", (event) => {
    const row = event.target.closest("[data-line]");
    if (event.target.closest("[data-line-add]")) {
      event.preventDefault();
      insert(blank());
    } else if (event.target.closest("[data-line-copy]")) {
      insert(copyOf(row), row);
    } else if (event.target.closest("[data-line-remove]")) {
      remove(row);
    }
  });

  function remove(row) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (rows().length === 0) return insert(blank());
    changed();
    neighbour?.querySelector("input, select, textarea")?.focus();
  }

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-line]");
    if (!row || event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); insert(blank(), row); }
  });
  form.addEventListener("input", (event) => { if (event.target.matches("[data-product]")) showProduct(event.target.closest("[data-line]")); });
  rows().forEach(showProduct);
  if (preview && form.dataset.preview) form.addEventListener("input", () => refresh());
}

function renumber(row, index) {
  for (const element of row.querySelectorAll("[name], [id], [aria-describedby]")) {
    for (const attribute of ["name", "id", "aria-describedby"]) {
      const value = element.getAttribute(attribute);
      if (value) element.setAttribute(attribute, value.replace(/\[\d+\]/, `[${index}]`));
    }
  }
}

// A clone does not carry what was chosen since the page came, so the values are copied field by field.
function copyOf(row) {
  const copy = row.cloneNode(true);
  const given = row.querySelectorAll("input, select, textarea");
  copy.querySelectorAll("input, select, textarea").forEach((field, index) => {
    field.value = given[index].value;
    if (field.name.endsWith(".id")) field.value = "";
  });
  return copy;
}
