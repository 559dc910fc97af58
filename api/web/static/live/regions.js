// Parts of a page that follow what happens (`data-live`): they are looked at again, compared row by row, and changed when
// the reader asks for it. Counts and clocks change in place, because nothing moves by that.

const SOON_MS = 250;
const NO_OFTENER_MS = 2_000;
const CLOCKS_MS = 60_000;
const REGIONS = "main [data-live]";
const ROWS = "[data-row], tbody tr, li, details.step";
const CONCERNS = {
  steps: ["opened", "closed", "left", "case", "steps"],
  notices: ["notices"],
  enquiries: ["enquiry"],
  shift: ["shift"],
};

export class Regions {
  constructor(place, notices) {
    this.counts = place.dataset.counts;
    this.notices = notices;
    this.shownAt = Date.now();
    this.lookedAt = 0;
    this.fresh = null;
    this.quick = true;
    setInterval(() => document.visibilityState === "visible" && this.look(), CLOCKS_MS);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.again());
    document.addEventListener("htmx:afterSettle", () => this.settled());
  }

  all() {
    return [...document.querySelectorAll(REGIONS)];
  }

  /** Something changed: look again soon, if any part of the page shows such things. */
  changed(told) {
    this.behind = true;
    const concerned = this.all().some((region) => concerns(region, told));
    this.later(concerned);
  }

  again() {
    this.behind = true;
    this.later(true);
  }

  asOf(moment) {
    if (!this.behind && !this.fresh) this.shownAt = Date.parse(moment);
  }

  later(whole) {
    this.whole ||= whole;
    if (this.waiting) return;
    const earliest = this.lookedAt + NO_OFTENER_MS - Date.now();
    this.waiting = setTimeout(() => {
      this.waiting = null;
      const rows = this.whole;
      this.whole = false;
      if (rows && this.all().length) this.look();
      else this.count();
    }, Math.max(SOON_MS * (1 + Math.random()), earliest));
  }

  /** The counts of the navigation alone. */
  async count() {
    this.lookedAt = Date.now();
    const counts = await asked(this.counts).then((answer) => answer?.json());
    if (!counts) return;
    for (const [name, count] of Object.entries(counts)) setCount(name, count);
    this.behind = false;
  }

  /** The page as it is now, compared with what is shown. */
  async look() {
    if (!this.all().length) return this.count();
    this.lookedAt = Date.now();
    const started = ++this.looks || (this.looks = 1);
    const answer = await asked(location.href);
    if (!answer || started !== this.looks) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const count of fresh.querySelectorAll("[data-count]")) setCount(count.dataset.count, count.textContent);
    this.fresh = null;
    this.behind = false;
    this.compare(fresh);
  }

  compare(fresh) {
    let rows = 0;
    let differs = false;
    for (const region of this.all()) {
      const now = counterpart(region, fresh);
      if (!now) continue;
      const found = differences(region, now);
      rows += found;
      differs ||= found > 0 || signature(region) !== signature(now);
    }
    if (differs) {
      this.fresh = fresh;
      this.notices.changed(rows, () => this.show());
    } else {
      this.notices.hide("changed");
      this.shownAt = Date.now();
    }
  }

  /** A part was changed by the reader's own doing: what was fetched before is old. */
  settled() {
    if (this.fresh) this.compare(this.fresh);
  }

  show() {
    const fresh = this.fresh;
    this.fresh = null;
    if (!fresh) return;
    this.shownAt = Date.now();
    const focused = markOf(document.activeElement);
    for (const region of this.all()) {
      const now = counterpart(region, fresh);
      if (!now) continue;
      const kept = new Map(rowsOf(region).filter(inUse).map((row) => [keyOf(row), row]));
      const next = document.importNode(now, true);
      for (const row of rowsOf(next)) {
        const old = kept.get(keyOf(row));
        if (old && kept.delete(keyOf(row))) row.replaceWith(old);
      }
      for (const old of kept.values()) next.prepend(old); // what is being written is never taken away
      const open = new Set([...region.querySelectorAll("details[open]")].map(keyOf));
      for (const each of next.querySelectorAll("details:not([open])")) each.open = open.has(keyOf(each));
      region.replaceChildren(...next.childNodes);
      window.htmx?.process(region);
    }
    if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  }
}

function concerns(region, told) {
  const only = region.dataset.liveKey;
  if (only) return only === told.case_id;
  return region.dataset.live.split(" ").some((what) => {
    const kinds = CONCERNS[what];
    return kinds ? told.kinds.some((kind) => kinds.includes(kind)) : told.case_id !== null;
  });
}

/** The same part of a page that was fetched: by its id or, where it has none, by its place among its like. */
function counterpart(region, fresh) {
  if (region.id) return fresh.getElementById(region.id);
  const like = `main [data-live="${CSS.escape(region.dataset.live)}"]`;
  return fresh.querySelectorAll(like)[[...document.querySelectorAll(like)].indexOf(region)];
}

async function asked(url) {
  try {
    const answer = await fetch(url, { headers: { "X-By-Itself": "1" }, redirect: "error", cache: "no-store" });
    return answer.ok ? answer : null;
  } catch {
    return null; // the line says when it is lost
  }
}

function setCount(name, told) {
  const text = String(told).trim();
  for (const count of document.querySelectorAll(`[data-count="${CSS.escape(name)}"]`)) {
    if (count.textContent.trim() !== text) count.textContent = text;
    count.hidden = text === "" || text === "0";
  }
}

/** How many rows are new, gone or changed. Clocks of rows that are the same are set right on the way. */
function differences(region, now) {
  const before = new Map(rowsOf(region).map((row) => [keyOf(row), row]));
  const after = new Map(rowsOf(now).map((row) => [keyOf(row), row]));
  let found = 0;
  for (const [key, row] of before) {
    const fresh = after.get(key);
    if (!fresh) found += 1;
    else if (signature(row) !== signature(fresh)) found += inUse(row) ? 0 : 1;
    else setClocks(row, fresh);
  }
  for (const key of after.keys()) if (!before.has(key)) found += 1;
  return found;
}

function setClocks(row, fresh) {
  const clocks = row.querySelectorAll(".clk");
  const now = fresh.querySelectorAll(".clk");
  clocks.forEach((clock, place) => {
    if (clock.outerHTML !== now[place].outerHTML) clock.replaceWith(document.importNode(now[place], true));
  });
}

/** The outermost rows. */
function rowsOf(region) {
  return [...region.querySelectorAll(ROWS)].filter((row) => {
    const outer = row.parentElement.closest(ROWS);
    return !outer || !region.contains(outer) || outer === region;
  });
}

function keyOf(row) {
  return row.dataset.row || row.id || row.querySelector("a[href]")?.getAttribute("href") || row.textContent.trim();
}

/** What a row says, without the time that passes. */
function signature(part) {
  const copy = part.cloneNode(true);
  for (const clock of copy.querySelectorAll(".clk")) clock.replaceWith(`[${clock.className}]`);
  for (const moves of copy.querySelectorAll("[data-moves], script, template")) moves.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

/** Whether somebody is writing in it. */
function inUse(row) {
  return [...row.querySelectorAll("input, textarea, select")].some((field) => {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field instanceof HTMLSelectElement) return [...field.options].some((each) => each.selected !== each.defaultSelected);
    return field.value !== field.defaultValue;
  });
}

function markOf(element) {
  if (!element || element === document.body) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  return href ? `main a[href="${CSS.escape(href)}"]` : null;
}
