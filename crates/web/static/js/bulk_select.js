// A list whose rows can be ticked: select all, ranges with Shift, a counter, and a bar of actions that shows while any is ticked.
export function bulkSelect(form) {
  const bar = form.querySelector("[data-bulk-bar]");
  const all = form.querySelector("[data-select-all]");
  const boxes = () => [...form.querySelectorAll("[data-row]:not(:disabled)")];
  let last = null;

  function show() {
    const ticked = boxes().filter((box) => box.checked).length;
    if (bar) {
      bar.hidden = ticked === 0;
      bar.querySelector("[data-bulk-count]").textContent = ticked;
    }
    if (all) {
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
    }
  }

  function set(list, checked) {
    for (const box of list) box.checked = checked;
    show();
  }

  form.addEventListener("click", (event) => {
    const box = event.target.closest("[data-row]");
    if (!box) return;
    const list = boxes();
    if (event.shiftKey && last) {
      const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
      set(list.slice(from, to + 1), box.checked);
    }
    last = box;
  });
  form.addEventListener("change", (event) => {
    if (event.target === all) set(boxes(), all.checked);
    else show();
  });
  form.querySelector("[data-bulk-clear]")?.addEventListener("click", () => set(boxes(), false));
  addEventListener("pageshow", show);
  show();
}
