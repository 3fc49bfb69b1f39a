// Files that are dropped anywhere on the page are put into the form's file field and sent; while they travel a bar says so.
export function drop(form) {
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector("[data-drop-zone]");
  const bar = form.querySelector("[data-drop-progress]");
  const names = form.querySelector("[data-drop-names]");
  const hasFiles = (event) => [...event.dataTransfer.types].includes("Files");
  let inside = 0;

  const over = (event, step) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = Math.max(0, inside + step);
    zone.classList.toggle("over", inside > 0);
  };

  addEventListener("dragenter", (event) => over(event, 1));
  addEventListener("dragleave", (event) => over(event, -1));
  addEventListener("dragover", (event) => over(event, 0));
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = 0;
    zone.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    if (input.files.length === 0) return;
    names.textContent = [...input.files].map((file) => file.name).join(", ");
    bar.hidden = false;
  });
  addEventListener("pageshow", () => { bar.hidden = true; });
}
