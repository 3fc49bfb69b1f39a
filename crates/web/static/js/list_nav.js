// Lists by keyboard: j and k move, x selects, Enter opens, / goes to the search field.
// A row's link is its [data-open] or first link; the moving mark is `.cursor`, and the link takes the focus so that screen readers follow.
import { isBusy, isPlain, isTyping } from "./keys.js";

const rows = () => [...document.querySelectorAll("table[data-list] tbody tr")].filter((row) => linkOf(row) && row.offsetParent);
const linkOf = (row) => row.querySelector("a[data-open]") ?? row.querySelector("a[href]");

export function listNav() {
  document.addEventListener("keydown", (event) => {
    if (!isPlain(event) || isTyping(event) || isBusy()) return;
    const act = { j: () => move(1), k: () => move(-1), x: toggle, "/": search }[event.key];
    if (act?.()) event.preventDefault();
  });
  document.addEventListener("focusin", (event) => mark(event.target.closest("table[data-list] tbody tr")));
}

function move(step) {
  const all = rows();
  if (all.length === 0) return false;
  const here = all.findIndex((row) => row.classList.contains("cursor"));
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), all.length - 1);
  linkOf(all[next]).focus({ preventScroll: true });
  mark(all[next]);
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

function mark(row) {
  document.querySelector("tr.cursor")?.classList.remove("cursor");
  row?.classList.add("cursor");
}

function toggle() {
  const box = document.querySelector("tr.cursor [data-row]");
  box?.click();
  return box !== null;
}

function search() {
  const field = document.querySelector("[data-list-search]");
  field?.select();
  return field !== null;
}
