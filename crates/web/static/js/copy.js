// A small button that copies the text of the element before it (an IBAN, a number, a token that is shown once).
export function copy(element) {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${element.textContent.trim()}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(element.dataset.copy || element.textContent.trim());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  element.after(" ", button);
}
