// Rows become cards on a phone: each cell gets the head of its column as a label, which the style sheet shows there.
export function cards(table) {
  // A cell that the page labelled itself keeps its label.
  const heads = [...table.querySelectorAll("thead tr:last-child > *")].map((head) => head.textContent.trim());
  for (const row of table.querySelectorAll("tbody tr, tfoot tr")) {
    let column = 0;
    for (const cell of row.cells) {
      if (cell.tagName === "TD" && !cell.classList.contains("check")) cell.dataset.label ??= heads[column] ?? "";
      column += cell.colSpan;
    }
  }
}
