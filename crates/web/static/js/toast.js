// A message about what was just done. It leaves after a while, but not under the pointer, not with the focus in it, and never if it is bad news.
// It floats, so that the page does not move when it goes.
const STAYS_MS = 10_000;

export function toast(element) {
  element.querySelector("[data-toast-close]")?.addEventListener("click", () => element.remove());
  const shelf = element.closest("[data-toasts]");
  if (!shelf || element.matches(".bad, .warn")) return;
  shelf.classList.add("floating");

  let timer = 0;
  const stop = () => clearTimeout(timer);
  const start = () => {
    stop();
    if (!element.matches(":hover, :focus-within")) timer = setTimeout(() => element.remove(), STAYS_MS);
  };
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, () => setTimeout(start));
  start();
}
