// The desk's proposals by keyboard: `n` moves on to the next one, and `a` takes the one that is marked. Without script each has its button.
export function desk(area) {
  const proposals = [...area.querySelectorAll("[data-proposal]")];
  const next = area.querySelector("[data-next-proposal]");
  let at = 0;

  function mark() {
    proposals.forEach((proposal, place) => {
      const isCurrent = place === at;
      const button = proposal.querySelector("[data-accept]");
      proposal.classList.toggle("current", isCurrent);
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
  area.querySelector("[data-by-hand]")?.addEventListener("click", () => {
    area.querySelector("[data-open-item] input")?.select();
  });
  if (proposals.length > 0) mark();
}
