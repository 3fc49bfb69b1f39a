// What the keyboard modules share: when a key press is the page's and not a field's, and how this machine names its command key.
export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function isTyping(event) {
  return event.target instanceof Element && event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

export function isPlain(event) {
  return !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
}

export function isBusy() {
  return document.querySelector("dialog[open], .dialog:popover-open") !== null;
}
