// The board in the browser: what is chosen, and a list that is fetched again once something was done.

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
  document.querySelector(".bulk")?.toggleAttribute("data-none", chosen.length === 0);
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

let from = null;

document.addEventListener("click", (event) => {
  const act = event.target instanceof Element ? event.target.closest("[data-act]") : null;
  if (act) from = act.closest("[data-row]").dataset.row;
  const way = event.target instanceof Element ? event.target.closest("#dry [data-dismiss]") : null;
  if (!way) return;
  event.preventDefault();
  document.querySelector("#dry").replaceChildren();
  // Back to where the reader came from; that row may be gone by now.
  const row = from && document.querySelector(`[data-row="${CSS.escape(from)}"]`);
  (row?.querySelector("[data-act]") ?? list()?.querySelector("[data-act], a"))?.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) document.querySelector("#dry [data-dismiss]")?.click();
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
