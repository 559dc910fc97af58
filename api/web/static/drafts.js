// A form never loses what was typed (`data-draft="key"`): kept in this browser for this user, for a day; brought back
// after a reload, a crash or a sign-in; gone once the server has taken it, and at sign-out.

const DAY_MS = 24 * 3600 * 1000;
const SOON_MS = 300;
const PATIENCE_MS = 4_000;
const user = document.body.dataset.user;
const words = document.getElementById("drafts")?.dataset ?? {};
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

// ------------------------------------------------------------------------------------------------ where drafts are kept

const place = (name, whose = user) => `draft:${whose}:${name}`;

function read(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    return kept && Date.now() - kept.at < DAY_MS ? kept : null;
  } catch {
    return null;
  }
}

function write(key, kept) {
  try {
    localStorage.setItem(key, JSON.stringify(kept));
    return true;
  } catch {
    return false; // full or forbidden: the form itself still has it
  }
}

function forget(belongs) {
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:") && belongs(key)) localStorage.removeItem(key);
}

// ---------------------------------------------------------------------------------------------------- what a form holds

// What a form does not ask just now is disabled, and kept all the same.
const typed = (form) => [...form.elements].filter((each) => each.name && isTyped(each));
const isTyped = (each) => !["hidden", "password", "file", "submit", "button", "reset", "fieldset"].includes(each.type);
const isChoice = (each) => each.type === "checkbox" || each.type === "radio";

function fieldsOf(form) {
  const fields = {};
  for (const each of typed(form)) {
    fields[each.name] ??= [];
    if (each.type === "select-multiple") fields[each.name].push(...[...each.selectedOptions].map((one) => one.value));
    else if (!isChoice(each) || each.checked) fields[each.name].push(each.value);
  }
  return fields;
}

function fill(form, fields) {
  const taken = {};
  for (const each of typed(form)) {
    const values = fields[each.name];
    if (!values) continue;
    const before = isChoice(each) ? each.checked : each.value;
    if (isChoice(each)) each.checked = values.includes(each.value);
    else if (each.type === "select-multiple") for (const one of each.options) one.selected = values.includes(one.value);
    else each.value = values[(taken[each.name] = (taken[each.name] ?? -1) + 1)] ?? "";
    if ((isChoice(each) ? each.checked : each.value) !== before) {
      each.dispatchEvent(new Event("input", { bubbles: true }));
      each.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}

// -------------------------------------------------------------------------------------------------- keeping, giving back

let filling = false;
let leaving = false;
const waiting = new WeakMap();

function keep(form, attempted) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if (leaving) return; // whoever signs out leaves nothing behind, however long the server takes to answer
  const key = place(form.dataset.draft);
  const kept = { at: Date.now(), fields: fieldsOf(form), key: form.elements.key?.value, attempted };
  if (write(key, kept)) say(form, words.saved, kept.at);
}

function say(form, text, at) {
  const note = form.querySelector("[data-draft-said]");
  if (note && text) note.textContent = text.replace("{time}", clock.format(at));
}

function giveBack(form) {
  const kept = read(place(form.dataset.draft));
  if (!kept) return;
  // Whoever is shown their refused form again sees there what they typed.
  if (form.querySelector("[aria-invalid=true], .errsum, .f--err")) {
    write(place(form.dataset.draft), { ...kept, attempted: false });
    return;
  }
  filling = true;
  fill(form, kept.fields);
  filling = false;
  form.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true }));
  for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  say(form, words.restored, kept.at);
  offerDiscard(form);
  // Nobody knows whether it arrived: sent under the same key it happens once.
  if (kept.attempted && kept.key && form.elements.key) form.elements.key.value = kept.key;
}

function offerDiscard(form) {
  const note = form.querySelector("[data-draft-said]");
  if (!note || form.querySelector("[data-draft-drop]")) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn btn--s btn--q", textContent: words.discard });
  button.dataset.draftDrop = "";
  button.addEventListener("click", () => {
    localStorage.removeItem(place(form.dataset.draft));
    form.reset();
    note.textContent = words.discarded;
    button.remove();
    form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });
  note.after(button);
}

// ------------------------------------------------------------------------------------------------------------- sending

async function reachable() {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return true;
  } catch {
    return false;
  }
}

function unreachable(form, submitter) {
  const notice = document.getElementById("notice");
  const told = document.getElementById("drafts").content.querySelector("[data-unsent]").cloneNode(true);
  told.querySelector("[data-said]").textContent = words.unsent.replace("{time}", clock.format(Date.now()));
  told.querySelector("button").addEventListener("click", () => form.requestSubmit(submitter ?? undefined));
  notice?.replaceChildren(told);
  notice?.scrollIntoView({ block: "nearest" });
}

async function send(form, submitter) {
  form.dataset.going = "asking";
  keep(form, true);
  if (await reachable()) {
    document.querySelector("[data-unsent]")?.remove();
    form.dataset.going = "yes";
    form.requestSubmit(submitter ?? undefined);
  } else {
    delete form.dataset.going;
    keep(form, false); // it never left this computer
    unreachable(form, submitter);
  }
}

/** The server names the form that it has taken by its key; of any other nobody knows. */
function learn() {
  const taken = document.cookie.match(/(?:^|; )taken=([\w-]+)/)?.[1];
  if (!taken) return;
  forget((key) => read(key)?.key === taken);
  document.cookie = "taken=; path=/desk; max-age=0";
}

// ------------------------------------------------------------------------------------------------------------ listening

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (filling || !user || !form?.dataset.draft) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => keep(form, read(place(form.dataset.draft))?.attempted ?? false), SOON_MS));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("action") === "/desk/signout") {
    forget((key) => key.startsWith(place("")));
    leaving = true;
  }
  if (!user || !form.dataset.draft || event.defaultPrevented) return;
  if (form.dataset.going === "yes") {
    form.dataset.going = "gone";
    return;
  }
  event.preventDefault(); // one that is on its way is not sent twice
  if (!form.dataset.going) send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  const name = event.target.closest?.("[data-draft-discard]")?.dataset.draftDiscard;
  if (name) localStorage.removeItem(place(name));
});

addEventListener("pagehide", () => {
  for (const form of document.querySelectorAll("form[data-draft]")) if (waiting.has(form)) keep(form, false);
});

addEventListener("pageshow", () => {
  leaving = false; // they came back: it was not carried out
  for (const form of document.querySelectorAll("form[data-draft]")) delete form.dataset.going;
});

function settled(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) giveBack(form);
  for (const mark of root.querySelectorAll("[data-draft-of]")) {
    if (read(place(mark.dataset.draftOf))) mark.textContent = words.goOn;
  }
}

forget((key) => !read(key)); // what is older than a day, whoever's it was
learn();
if (user) {
  // Whatever else listens to fields is there by then, and learns what was brought back.
  addEventListener("DOMContentLoaded", () => settled(document));
  document.addEventListener("htmx:afterSettle", (event) => {
    learn();
    settled(event.detail.elt);
  });
}
