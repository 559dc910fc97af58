// Forms that ask only what belongs to an answer, the popover of a clock, printing, a step that the address names.

function chosen(form, name) {
  return [...form.elements]
    .filter((each) => (each.name === name || each.name === `o.${name}`) && !each.closest("[hidden]"))
    .filter((each) => (each.type === "radio" || each.type === "checkbox" ? each.checked : true))
    .map((each) => each.value);
}

// `field=a|b;other=c`: asked where each holds. What is not asked is not sent, and comes back as it was typed.
function ask(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const asked = part.dataset.when.split(";").every((each) => {
      const [name, values] = each.split("=");
      return chosen(form, name).some((value) => values.split("|").includes(value));
    });
    part.hidden = !asked;
    for (const control of part.querySelectorAll("input,select,textarea")) control.disabled = !asked;
    if (part instanceof HTMLFieldSetElement) part.disabled = !asked;
  }
}

function prepared(root) {
  for (const form of root.querySelectorAll("form[data-asks]")) ask(form);
}

document.addEventListener("change", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-asks]") : null;
  if (form) ask(form);
});
document.addEventListener("htmx:afterSettle", (event) => prepared(event.detail.elt));
document.addEventListener("draft:restored", (event) => prepared(event.target.parentElement ?? document));
prepared(document);

// A clock's explanation, beside the clock: focus goes in, Esc and a click elsewhere bring it back.
let pop = null;

function shut(back) {
  if (!pop) return;
  const { box, from } = pop;
  pop = null;
  box.remove();
  from.removeAttribute("aria-expanded");
  if (back) from.focus();
}

async function explain(from) {
  const answer = await fetch(from.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  const elsewhere = answer.headers.get("HX-Redirect"); // to the sign-in page
  if (!answer.ok || elsewhere) {
    location.assign(elsewhere ?? from.href);
    return;
  }
  shut(false);
  const box = document.createElement("div");
  box.className = "pop-at";
  box.innerHTML = await answer.text();
  document.body.append(box);
  const place = from.getBoundingClientRect();
  const room = document.documentElement.clientWidth - box.offsetWidth - 8;
  box.style.left = `${Math.max(8, Math.min(place.left, room)) + scrollX}px`;
  const below = place.bottom + 6;
  const fits = below + box.offsetHeight < innerHeight || place.top < box.offsetHeight;
  box.style.top = `${(fits ? below : place.top - box.offsetHeight - 6) + scrollY}px`;
  from.setAttribute("aria-expanded", "true");
  pop = { box, from };
  box.querySelector("a,button")?.focus();
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-print]")) print();
  if (target?.closest("[data-pop-close]")) return shut(true);
  if (pop && !pop.box.contains(target)) shut(false);
  const clock = target?.closest("a.clk[href$='/clock'],a[data-clock]");
  if (clock instanceof HTMLAnchorElement && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    explain(clock).catch(() => location.assign(clock.href));
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const form = event.target instanceof Element ? event.target.closest("details.act--r[open]") : null;
  if (pop || form) event.preventDefault();
  if (pop) shut(true);
  else if (form) fold(form);
});
document.addEventListener("focusin", (event) => {
  if (pop && event.target instanceof Node && !pop.box.contains(event.target) && event.target !== pop.from) shut(false);
});

// A form that hangs over the page goes away by Esc and when another one is opened; what was typed stays in it.
function fold(form) {
  form.open = false;
  form.querySelector("summary")?.focus();
}
document.addEventListener(
  "toggle",
  (event) => {
    if (!(event.target instanceof HTMLDetailsElement) || !event.target.matches(".act--r") || !event.target.open) return;
    for (const other of document.querySelectorAll(".act--r[open]")) if (other !== event.target) other.open = false;
  },
  true,
);

// The address names a step or the table: it is opened, as a browser without this would only scroll there.
function named() {
  let there = null;
  try {
    there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return; // not written as addresses are
  }
  if (there instanceof HTMLDetailsElement) there.open = true;
  there?.scrollIntoView({ block: "start" });
}
addEventListener("hashchange", named);
if (location.hash) named();
