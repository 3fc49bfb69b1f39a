// Menus are <details>: this closes them on Escape (giving the focus back), on a click elsewhere and when the focus leaves.
// A confirmation is a popover that works by itself; here it only gets the focus, on its first field or else its way out.
export function menus() {
  const open = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.newState !== "open" || !event.target.matches(".dialog")) return;
    event.target.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
  }, { capture: true });
}
