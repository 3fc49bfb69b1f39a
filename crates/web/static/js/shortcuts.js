// `g` and a letter go to the place whose link carries data-go; a single letter presses the element that carries data-key; `?` lists them.
import { isBusy, isPlain, isTyping } from "./keys.js";

const PAUSE_MS = 1200;

export function shortcuts() {
  let waitingUntil = 0;

  document.addEventListener("keydown", (event) => {
    if (!isPlain(event) || isTyping(event) || isBusy()) return;
    if (event.timeStamp < waitingUntil) {
      waitingUntil = 0;
      const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (place) { event.preventDefault(); location.assign(place.href); }
    } else if (event.key === "g") {
      waitingUntil = event.timeStamp + PAUSE_MS;
    } else if (event.key === "?") {
      event.preventDefault();
      openDialog("keys");
    } else {
      const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (target) { event.preventDefault(); target.click(); }
    }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) openDialog(opener.dataset.openDialog);
  });
  listPlaces();
}

function openDialog(id) {
  document.getElementById(id)?.showModal();
}

function listPlaces() {
  const target = document.querySelector("[data-go-list]");
  if (!target) return;
  for (const link of document.querySelectorAll("[data-go]")) {
    const row = document.createElement("div");
    const name = document.createElement("span");
    name.textContent = (link.querySelector("span") ?? link).textContent.trim();
    const keys = document.createElement("span");
    keys.append(key("g"), " ", key(link.dataset.go));
    row.append(name, keys);
    target.append(row);
  }
}

function key(text) {
  const element = document.createElement("kbd");
  element.textContent = text;
  return element;
}
