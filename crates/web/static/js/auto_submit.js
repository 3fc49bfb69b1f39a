// A filter form that applies itself: at once for choices, after a pause for typed text. Empty fields stay out of the address.
export function autoSubmit(form) {
  let timer = 0;
  const send = () => form.requestSubmit();

  form.querySelector("[data-auto-submit-button]")?.setAttribute("hidden", "");
  form.addEventListener("change", (event) => {
    if (event.target.type === "date") later(event.target, 900);
    else if (!event.target.matches("[type=search]")) send();
  });
  form.addEventListener("input", (event) => {
    if (event.target.matches("[type=search]")) later(event.target, 450);
  });

  // A date typed by hand changes with every digit of its year.
  function later(field, pause) {
    clearTimeout(timer);
    if (field.type === "date" && field.value.startsWith("0")) return;
    timer = setTimeout(() => { rememberCaret(field); send(); }, pause);
  }

  form.addEventListener("submit", () => {
    clearTimeout(timer);
    for (const field of form.elements) {
      if (field.name && field.value === "" && field.type !== "submit") field.disabled = true;
    }
  });
  addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });
  restoreCaret(form);
}

function rememberCaret(field) {
  try { sessionStorage.setItem("caret", field.id); } catch { /* the caret is a comfort only */ }
}

function restoreCaret(form) {
  let id = null;
  try { id = sessionStorage.getItem("caret"); sessionStorage.removeItem("caret"); } catch { return; }
  const field = id && form.querySelector(`#${CSS.escape(id)}`);
  if (!field) return;
  field.focus();
  if (field.type === "search") field.setSelectionRange(field.value.length, field.value.length);
}
