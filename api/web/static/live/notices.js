// What the reader is told of the line: how old the data are, that it is lost, that rows have changed. All of it lies
// above the page, so that no row moves; its wording comes with the page.

const LAGS_S = 60;
const CAUGHT_UP_S = 30;

export class Notices {
  constructor(place) {
    this.place = place;
    this.words = JSON.parse(place.dataset.words);
    this.language = document.documentElement.lang;
    this.clock = new Intl.DateTimeFormat(this.language === "ru" ? "ru-RU" : "en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      timeZone: place.dataset.zone,
    });
    this.numbers = new Intl.NumberFormat(this.language, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    this.plurals = new Intl.PluralRules(this.language);
  }

  /** How far the lists are behind; null: the database does not answer. */
  lag(seconds, shownAt) {
    const lag = document.getElementById("lag");
    if (lag) {
      lag.classList.toggle("lag--off", seconds === null);
      const words = seconds === null ? this.words.as_of : this.words.lag;
      const said = seconds === null ? "" : this.numbers.format(seconds);
      lag.firstElementChild.textContent = fill(words, { time: this.time(shownAt), seconds: said });
    }
    const behind = this.place.querySelector("[data-notice=lagging]");
    if (seconds === null || seconds > LAGS_S) {
      const time = seconds === null ? "" : fill(this.words.minutes, { n: Math.round(seconds / 60) });
      this.show("lagging", seconds === null ? { title: this.words.away } : { time });
    } else if (behind && seconds < CAUGHT_UP_S) {
      behind.remove();
    }
  }

  lost(since, shownAt, retry) {
    const lag = document.getElementById("lag");
    if (lag) {
      lag.classList.add("lag--off");
      lag.firstElementChild.textContent = fill(this.words.off, { time: this.time(shownAt) });
    }
    const notice = this.show("offline", { since: this.time(since), time: this.time(shownAt) });
    const button = notice.querySelector("button");
    button.hidden = !retry;
    button.onclick = retry;
  }

  found() {
    this.hide("offline");
    document.getElementById("lag")?.classList.remove("lag--off");
  }

  ended() {
    this.hide("offline");
    const link = this.show("ended", {}).querySelector("a");
    link.href = `/desk/signin?next=${encodeURIComponent(location.pathname + location.search)}`;
  }

  /** So many rows are not as they are shown (0: something else is). */
  changed(rows, show) {
    const notice = this.show("changed", { title: rows ? this.rows(rows) : this.words.page });
    notice.querySelector("button").onclick = () => {
      this.hide("changed");
      show();
    };
  }

  rows(n) {
    return fill(this.words.rows[this.plurals.select(n)] ?? this.words.rows.other, { n });
  }

  show(name, values) {
    let notice = this.place.querySelector(`[data-notice=${name}]`);
    const template = this.place.querySelector(`template[data-of=${name}]`);
    if (!notice) {
      notice = template.content.firstElementChild.cloneNode(true);
      notice.dataset.notice = name;
      this.place.append(notice);
    }
    for (const kept of ["title", "text"]) {
      const said = notice.querySelector(`[data-said=${kept}]`);
      if (!said) continue;
      said.dataset.words ??= said.textContent;
      const words = (kept === "title" && values.title) || fill(said.dataset.words, values);
      if (said.textContent !== words) said.textContent = words; // said again only when it says something else
    }
    return notice;
  }

  hide(name) {
    this.place.querySelector(`[data-notice=${name}]`)?.remove();
  }

  time(moment) {
    return this.clock.format(new Date(moment));
  }
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
