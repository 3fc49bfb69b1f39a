// Starts each behaviour on the elements that ask for it by a data attribute. Every page works as plain forms and links without this.
import { allocate } from "./allocate.js";
import { autoSubmit } from "./auto_submit.js";
import { bulkSelect } from "./bulk_select.js";
import { cards } from "./cards.js";
import { combobox } from "./combobox.js";
import { copy } from "./copy.js";
import { dirty } from "./dirty.js";
import { drop } from "./drop.js";
import { example } from "./example.js";
import { lines } from "./lines.js";
import { listNav } from "./list_nav.js";
import { localTime } from "./local_time.js";
import { menus } from "./menus.js";
import { palette } from "./palette.js";
import { shortcuts } from "./shortcuts.js";
import { toast } from "./toast.js";

const each = (selector, start) => document.querySelectorAll(selector).forEach((element) => start(element));

each("time[data-local]", localTime);
each("[data-copy]", copy);
each("table.cards", cards);
each("[data-toast]", toast);
each("form[data-auto-submit]", autoSubmit);
each("form[data-bulk]", bulkSelect);
each("[data-combobox]", combobox);
each("form[data-lines]", lines);
each("form[data-allocate]", allocate);
each("form[data-dirty]", dirty);
each("form[data-drop]", drop);
each("form[data-example]", example);
menus();
listNav();
palette();
shortcuts();
document.querySelector(".nav a[aria-current]")?.scrollIntoView({ block: "nearest" });
document.querySelector("[data-focus]")?.focus();
