// The appearance (automatic, light, dark). A plain script in the head, so that the page never flashes in the wrong colours.
(() => {
  const names = ["automatic", "light", "dark"];
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem("theme") ?? "automatic"; } catch { return "automatic"; } };
  const keep = (name) => { try { localStorage.setItem("theme", name); } catch { /* private window: this page only */ } };

  function show(name) {
    if (name === "automatic") delete root.dataset.theme;
    else root.dataset.theme = name;
    for (const label of document.querySelectorAll("[data-theme-name]")) label.textContent = name;
  }

  show(read());
  document.addEventListener("DOMContentLoaded", () => {
    show(read());
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.addEventListener("click", () => {
        const next = names[(names.indexOf(read()) + 1) % names.length];
        keep(next);
        show(next);
      });
    }
  });
  addEventListener("storage", (event) => { if (event.key === "theme") show(read()); });
})();
