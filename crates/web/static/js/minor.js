// Amounts as whole minor units in BigInt: what a person types becomes an integer and back, and no float is ever near money.
// Accepts 1234.5, 1,234.50, 1.234,50, 1 234,50 and either minus sign; null when it is not an amount with that many decimals.
export function parseMinor(text, decimals) {
  const plain = text.replaceAll("−", "-").replace(/[\s\u00a0\u202f'’]/g, "");
  const found = /^(-?)([\d.,]*)$/.exec(plain);
  if (!found || !/\d/.test(plain)) return null;
  const [whole, part] = split(found[2]);
  if (whole === null || part.length > decimals) return null;
  const minor = BigInt(whole + part.padEnd(decimals, "0") || "0");
  return found[1] ? -minor : minor;
}

// With both marks the last is the decimal mark. A point alone is the decimal mark; a comma alone is too, unless it groups by three.
function split(digits) {
  const [point, comma] = [digits.lastIndexOf("."), digits.lastIndexOf(",")];
  const at = Math.max(point, comma);
  if (at < 0) return [digits, ""];
  const alone = Math.min(point, comma) < 0;
  const groups = alone && (digits.indexOf(digits[at]) !== at || (at === comma && digits.length - at === 4));
  const whole = groups ? digits : digits.slice(0, at);
  const grouped = /^\d{1,3}(?:,\d{3})+$|^\d{1,3}(?:\.\d{3})+$/.test(whole);
  if (!grouped && !/^\d*$/.test(whole)) return [null, ""];
  return [whole.replace(/[.,]/g, ""), groups ? "" : digits.slice(at + 1)];
}

export function printMinor(minor, decimals) {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return `${minor < 0n ? "-" : ""}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ""}`;
}

export function showMinor(minor, decimals) {
  const [whole, part] = printMinor(minor, decimals).replace("-", "").split(".");
  return `${minor < 0n ? "−" : ""}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${part ? `.${part}` : ""}`;
}
