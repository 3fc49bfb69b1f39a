// An instant in the reader's own time zone; the title keeps the UTC instant. Civil dates (due, value) are never touched.
const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

export function localTime(element) {
  const instant = new Date(element.dateTime);
  if (Number.isNaN(instant.getTime())) return;
  element.title = element.dateTime;
  element.textContent = format.format(instant);
}
