// The desk by keyboard: `n` moves on to the next proposal and `a` takes the one that is marked; `m`, `d` and `r` begin to type amount, discount
// and other difference; what opens takes the focus, and Escape gives the keys back to the page. Without script each has its button.
export function desk(area) {
  const proposals = [...area.querySelectorAll("[data-proposal]")];
  const next = area.querySelector("[data-next-proposal]");
  let at = 0;

  function mark() {
    proposals.forEach((proposal, place) => {
      const isCurrent = place === at;
      const button = proposal.querySelector("[data-accept]");
      proposal.classList.toggle("current", isCurrent);
      if (isCurrent) proposal.setAttribute("aria-current", "true"); else proposal.removeAttribute("aria-current");
      button?.classList.toggle("primary", isCurrent);
      if (isCurrent) button?.setAttribute("data-key", "a"); else button?.removeAttribute("data-key");
      const hint = proposal.querySelector("[data-accept-key]");
      if (hint) hint.hidden = !isCurrent;
    });
  }

  next?.addEventListener("click", () => {
    at = (at + 1) % proposals.length;
    mark();
    proposals[at].scrollIntoView({ block: "nearest" });
  });
  if (proposals.length > 0) mark();

  // The row that was looked for, else the one that gets something, else the first one.
  const rows = [...area.querySelectorAll("[data-open-item]")];
  const amount = (row) => row.querySelector('input[name^="amount["]').value.trim();
  const current = () => rows.find((row) => "found" in row.dataset && amount(row) === "") ?? rows.find((row) => amount(row) !== "") ?? rows[0];
  const type = (group) => current()?.querySelector(`input[name^="${group}["]`)?.select();
  for (const button of area.querySelectorAll("[data-type]")) {
    button.addEventListener("click", (event) => { event.preventDefault(); type(button.dataset.type); });
  }
  // The browser goes to the address's fragment first, and would take the focus away again.
  if (area.querySelector("[data-hand-focus]")) addEventListener("load", () => setTimeout(() => type("amount")));

  for (const details of document.querySelectorAll("details[data-opens]")) {
    details.addEventListener("toggle", () => {
      if (details.open) details.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches("input, select, textarea")) event.target.blur();
  });
}
