// Posts the form to data-example while it is filled in and shows the server's worked example.
import { debounced } from "./options.js";

export function example(form) {
  const target = form.querySelector("[data-example-target]");
  const refresh = debounced(async (signal) => {
    const fields = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.example, { method: "POST", body: fields, signal, headers: { Accept: "text/html" } });
    if (answer.ok) target.innerHTML = await answer.text();
  }, 200);
  form.addEventListener("input", () => refresh());
}
