// The keyboard: sections, rows, the search; told by `?`, and switched off there by whoever dictates or types by voice.

const OFF = "keys-off";
const SECTIONS = { d: "/desk/", i: "/desk/inbox", c: "/desk/cases", b: "/desk/board", k: "/desk/figures", h: "/desk/hotline" };
const LEADS_MS = 1_500;
const help = document.getElementById("keys");
let led = 0;

const writes = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog");
const rows = () => [...document.querySelectorAll("main [data-row]")].filter((row) => row.offsetParent !== null);
const here = () => document.activeElement?.closest?.("[data-row]");

function move(step) {
  const all = rows();
  const at = all.indexOf(here());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.querySelector(".ttl, a, button")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function leads(key) {
  led = 0;
  const link = document.querySelector(`.nav a[href="${SECTIONS[key]}"]`);
  if (link || key === "i") location.href = SECTIONS[key];
}

const ACTS = {
  "/": () => [...document.querySelectorAll("form[role=search] input[name=q]")].find((each) => each.offsetParent)?.focus(),
  g: () => (led = Date.now()),
  j: () => move(1),
  k: () => move(-1),
  x: () => here()?.querySelector("input[type=checkbox]")?.click(),
  ".": () => here()?.querySelector("[data-act], .act .btn, .act button")?.click(),
  n: () => document.querySelector('a[href="/desk/admit"]')?.click(),
  "?": () => help?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.matches?.("form[role=search] input")) event.target.blur();
  if (writes(event.target) || localStorage.getItem(OFF)) return;
  if (led && Date.now() - led < LEADS_MS && event.key in SECTIONS) {
    event.preventDefault();
    leads(event.key);
  } else if (event.key in ACTS) {
    event.preventDefault();
    ACTS[event.key]();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-keys-open]")) help?.showModal();
});
const off = help?.querySelector("input");
if (off) {
  off.checked = !localStorage.getItem(OFF);
  off.addEventListener("change", () => (off.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
