// A list of choices under a text field, as the ARIA combobox pattern wants it: the field keeps the focus, the arrows move the choice.
let serial = 0;

export class Options {
  constructor(input, list, choose) {
    this.input = input;
    this.list = list;
    this.choose = choose;
    this.at = -1;
    list.id ||= `options-${++serial}`;
    list.setAttribute("role", "listbox");
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
      input.setAttribute(name, value);
    }
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]:not([aria-disabled])");
      if (!item || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.choose(item);
    });
  }

  get items() { return [...this.list.querySelectorAll("[role=option]:not([aria-disabled])")]; }
  get open() { return this.input.getAttribute("aria-expanded") === "true"; }

  // Shows `nodes` (options made by `option`, with headings between them if wanted).
  show(nodes, first = 0) {
    this.list.replaceChildren(...nodes);
    this.list.hidden = false;
    this.items.forEach((item, index) => { item.id = `${this.list.id}-${index}`; });
    this.input.setAttribute("aria-expanded", "true");
    this.mark(this.items.length > 0 ? first : -1);
  }

  hide() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.mark(-1);
  }

  mark(index) {
    this.at = index;
    this.items.forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    const item = this.items[index];
    if (!item) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  // Handles the keys of the pattern; true when the key was one of them.
  key(event) {
    const count = this.items.length;
    if (event.isComposing || !this.open) return false;
    if (event.key === "ArrowDown") this.mark((this.at + 1) % Math.max(count, 1));
    else if (event.key === "ArrowUp") this.mark((this.at - 1 + count) % Math.max(count, 1));
    else if (event.key === "Enter" && this.items[this.at]) this.choose(this.items[this.at]);
    else return false;
    event.preventDefault();
    return true;
  }
}

export function option(tag, label, detail) {
  const item = document.createElement(tag);
  item.className = "option";
  item.setAttribute("role", "option");
  const text = document.createElement("span");
  text.textContent = label;
  item.append(text);
  if (detail) {
    const small = document.createElement("small");
    small.textContent = detail;
    item.append(small);
  }
  return item;
}

// The line that stands in an empty list.
export function nothing(text) {
  const line = document.createElement("div");
  line.className = "palette-none";
  line.setAttribute("role", "option");
  line.setAttribute("aria-disabled", "true");
  line.textContent = text;
  return line;
}

// Runs `work(signal)` after a pause in typing; a newer call aborts the older one.
export function debounced(work, pause) {
  let timer = 0;
  let running = null;
  return (...given) => {
    clearTimeout(timer);
    running?.abort();
    timer = setTimeout(() => {
      running = new AbortController();
      work(running.signal, ...given).catch((error) => { if (error.name !== "AbortError") throw error; });
    }, pause);
  };
}
