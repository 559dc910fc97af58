// The applicant's page looks again by itself, and says so when something has changed. Its address stays where it is.

const EVERY_MS = 60_000;
const place = document.querySelector("[data-refresh]");

function signature(part) {
  const copy = part.cloneNode(true);
  for (const moves of copy.querySelectorAll("[data-moves]")) moves.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

async function look() {
  if (document.visibilityState !== "visible") return;
  let answer = null;
  try {
    answer = await fetch(place.dataset.refresh, { cache: "no-store", headers: { Accept: "text/html" } });
  } catch {
    return; // the time that stands above says how old the page is
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(place.id);
  if (!fresh) return;
  if (signature(fresh) === signature(place)) {
    place.querySelector("[data-moves]").replaceWith(fresh.querySelector("[data-moves]"));
  } else {
    place.replaceChildren(...fresh.childNodes);
    document.getElementById("refreshed").textContent = place.dataset.updated;
  }
}

if (place) {
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
}
