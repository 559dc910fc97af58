// The board in the browser: what is chosen, keys, and a list that is fetched again once something was done.

const list = () => document.querySelector("[data-rows]");
const boxes = () => [...(list()?.querySelectorAll("input[name=step]") ?? [])];

function shown() {
  const chosen = boxes().filter((box) => box.checked);
  for (const box of boxes()) {
    const row = box.closest("tr");
    if (box.checked) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
  }
  const count = document.querySelector("[data-chosen]");
  if (count) count.textContent = String(chosen.length);
  const all = document.querySelector("[data-all]");
  if (all) {
    all.checked = chosen.length > 0 && chosen.length === boxes().length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
}

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLElement)) return;
  if (field.matches("[data-all], [data-everything]")) for (const box of boxes()) box.checked = field.checked;
  if (field.matches("[data-all], [data-everything], input[name=step]")) shown();
});

document.addEventListener("click", (event) => {
  const way = event.target instanceof Element ? event.target.closest("#dry [data-dismiss]") : null;
  if (!way) return;
  event.preventDefault();
  document.querySelector("#dry").replaceChildren();
  (document.querySelector("[data-row][aria-current]") ?? list())?.querySelector("[data-act]")?.focus();
});

// Keys: j and k go from row to row, x chooses, Enter opens the case, a full stop shows what can be done.
const typing = (target) => target instanceof Element && target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
const keys = () => localStorage.getItem("keys") !== "off";

function step(by) {
  const rows = [...(list()?.querySelectorAll("tr[data-row]") ?? [])];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  for (const row of rows) row.removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  next.querySelector("a.ttl").focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (!list() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && document.querySelector("#dry > *")) {
    document.querySelector("#dry [data-dismiss]")?.click();
    return;
  }
  if (!keys() || typing(event.target)) return;
  const row = document.activeElement?.closest("tr[data-row]");
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x" && row) row.querySelector("input[name=step]")?.click();
  else if (event.key === "." && row) row.querySelector("[data-act]")?.click();
  else return;
  event.preventDefault();
});

// A panel says that something was done: the page is asked for anew, and only the panel stays as it is.
document.addEventListener("board-changed", async () => {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#board");
  if (!fresh) return;
  document.querySelector("#board").replaceWith(fresh);
  window.htmx?.process(fresh);
  for (const count of page.querySelectorAll("[data-count]")) {
    const here = document.querySelector(`[data-count="${count.dataset.count}"]`);
    if (here) here.textContent = count.textContent;
  }
  document.body.dataset.boardFresh = String(Number(document.body.dataset.boardFresh ?? 0) + 1);
  shown();
});

shown();
