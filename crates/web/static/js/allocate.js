// Allocation of one payment over open items: the remainder runs along, "Fill" takes what is left up to the item, "Oldest first" fills from the
// earliest due date. A field marked data-adds (a fee) adds to the total. data-total and data-open-amount are plain decimals ("1200.00"), data-decimals is the currency's. A field named "money"
// in the form is the total while it is being typed. The server decides.
import { parseMinor, printMinor, showMinor } from "./minor.js";

const smaller = (a, b) => (a < b ? a : b);

export function allocate(form) {
  const decimals = Number(form.dataset.decimals);
  const typed = form.elements.namedItem("money");
  const adds = [...form.querySelectorAll("[data-adds]")];
  const added = () => adds.reduce((sum, field) => sum + (parseMinor(field.value, decimals) ?? 0n), 0n);
  const total = () => (parseMinor(typed ? typed.value : form.dataset.total, decimals) ?? 0n) + added();
  const box = form.querySelector("[data-remainder]");
  const shown = form.querySelector("[data-remainder-amount]");
  const items = [...form.querySelectorAll("[data-open-item]")].map((row) => ({
    row,
    input: row.querySelector("input:not([type=hidden])"),
    closes: [...row.querySelectorAll('input[name^="discount["], input[name^="difference["]')],
    open: parseMinor(row.dataset.openAmount, decimals),
    due: row.dataset.due ?? "",
  }));

  // What is closed beside the money needs no money.
  const closed = (item) => item.closes.reduce((sum, field) => sum + (parseMinor(field.value, decimals) ?? 0n), 0n);
  const amountOf = (item) => parseMinor(item.input.value, decimals) ?? 0n;
  const remainder = () => items.reduce((left, item) => left - amountOf(item), total());

  function show() {
    const left = remainder();
    shown.textContent = showMinor(left, decimals);
    box.classList.toggle("over", left < 0n);
    box.classList.toggle("even", left === 0n);
    for (const item of items) item.input.toggleAttribute("aria-invalid", false);
    for (const item of items.filter(isWrong)) item.input.setAttribute("aria-invalid", "true");
  }

  // Not an amount, more than the item has, or of the other sign.
  function isWrong(item) {
    if (item.input.value.trim() === "") return false;
    const amount = parseMinor(item.input.value, decimals);
    if (amount === null) return true;
    return item.open < 0n ? amount > 0n || amount < item.open : amount < 0n || amount + closed(item) > item.open;
  }

  // A credit is taken whole: it adds to what can be allocated. An item takes what is left, up to what it has.
  function fill(item) {
    const left = remainder() + amountOf(item);
    const amount = item.open < 0n ? item.open : smaller(item.open - closed(item), left > 0n ? left : 0n);
    item.input.value = amount === 0n ? "" : printMinor(amount, decimals);
  }

  form.addEventListener("click", (event) => {
    const item = items.find(({ row }) => event.target.closest("[data-fill]") && row.contains(event.target));
    if (item) fill(item);
    else if (event.target.closest("[data-oldest-first]")) oldestFirst();
    else return;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });

  function oldestFirst() {
    for (const item of items) item.input.value = "";
    const byDue = [...items].sort((a, b) => a.due.localeCompare(b.due));
    for (const item of byDue.filter(({ open }) => open < 0n)) fill(item);
    for (const item of byDue.filter(({ open }) => open > 0n)) fill(item);
  }

  form.addEventListener("input", show);
  show();
}
