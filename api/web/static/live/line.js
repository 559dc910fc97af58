// One line to the server for all windows of a browser: the window that holds the lock listens and tells the others.

const SILENT_MS = 25_000; // the server says something every ten seconds
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
const LOST_AFTER = 2; // one failure may be a server that was started anew

/** Calls `on.change`, `on.resync`, `on.beat` with what is told, `on.lost`, `on.found` and `on.ended` with the line. */
export function listen(url, user, on) {
  const name = `marshrut-live-${user}`;
  if (!navigator.locks || !window.BroadcastChannel) {
    new Line(url, on).open();
    return;
  }
  const others = new BroadcastChannel(name);
  const inTurn = () => navigator.locks.request(name, leads);
  let over = false; // the session is; once somebody signs in again one of their windows hears, and tells this one
  const follows = ({ data }) => {
    if (data.what === "ended") over = true;
    if (data.what === "beat" && over) {
      over = false;
      inTurn();
    }
    on[data.what]?.(...data.told);
  };
  const leads = () => {
    if (over) return undefined;
    let stands = null; // how the line stands, for windows that open later
    const say = (what, ...told) => {
      const said = { what, told };
      if (what !== "change" && what !== "resync") stands = said;
      others.postMessage(said);
    };
    const both = {};
    for (const what of ["change", "resync", "beat", "found"]) {
      both[what] = (...told) => {
        say(what, ...told);
        on[what](...told);
      };
    }
    both.lost = (since, retry) => {
      say("lost", since);
      on.lost(since, retry);
    };
    others.onmessage = ({ data }) => data.what === "hello" && stands && others.postMessage(stands);
    return new Promise((done) => {
      both.ended = () => {
        say("ended");
        on.ended();
        over = true;
        others.onmessage = follows;
        setTimeout(done, FIRST_MS); // once the others know, that none of them tries in vain
      };
      new Line(url, both).open();
    }); // held until then, or until this window is gone
  };
  others.onmessage = follows;
  others.postMessage({ what: "hello", told: [] });
  inTurn();
}

class Line {
  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.mark = null;
    this.failures = 0;
    this.lostSince = null;
    addEventListener("online", () => this.retry());
    addEventListener("offline", () => this.fail(true));
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.retry());
  }

  open() {
    this.close();
    this.source = new EventSource(this.mark === null ? this.url : `${this.url}?after=${this.mark}`);
    this.hears("change", (told) => this.on.change(told));
    this.hears("resync", () => this.on.resync());
    this.hears("beat", (told, event) => {
      this.mark = event.lastEventId || this.mark;
      this.failures = 0;
      if (this.lostSince !== null) this.on.found();
      this.lostSince = null;
      this.on.beat(told);
    });
    this.hears("end", (told) => {
      this.close();
      if (told.code === "unauthenticated") this.on.ended();
      else this.later(FIRST_MS * (1 + Math.random()));
    });
    this.source.onerror = () => this.fail(false);
    this.watch();
  }

  hears(event, does) {
    this.source.addEventListener(event, (told) => {
      this.watch();
      does(JSON.parse(told.data), told);
    });
  }

  watch() {
    clearTimeout(this.watched);
    this.watched = setTimeout(() => this.fail(false), SILENT_MS);
  }

  fail(surely) {
    const since = this.lostSince ?? Date.now();
    this.close();
    this.failures += 1;
    if (surely || this.failures >= LOST_AFTER) {
      this.lostSince = since;
      this.on.lost(since, () => this.retry());
    }
    const longest = Math.min(FIRST_MS * 2 ** (this.failures - 1), LONGEST_MS);
    this.later(longest * (0.5 + Math.random() / 2));
  }

  later(ms) {
    clearTimeout(this.next);
    this.next = setTimeout(() => this.open(), ms);
  }

  retry() {
    clearTimeout(this.next);
    this.open();
  }

  close() {
    clearTimeout(this.watched);
    clearTimeout(this.next);
    this.source?.close();
    this.source = null;
  }
}
