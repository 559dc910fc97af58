// The page changes when the case does: counts at once, rows when the reader asks to see them.
import { listen } from "./live/line.js";
import { Notices } from "./live/notices.js";
import { Regions } from "./live/regions.js";

const place = document.getElementById("live");
if (place) {
  const notices = new Notices(place);
  const regions = new Regions(place, notices);
  listen(place.dataset.url, document.body.dataset.user, {
    change: (told) => regions.changed(told),
    resync: () => regions.again(),
    beat: (told) => {
      notices.hide("ended");
      regions.asOf(told.at);
      notices.lag(told.lag_s, regions.shownAt);
    },
    lost: (since, retry) => notices.lost(since, regions.shownAt, retry),
    found: () => {
      notices.found();
      regions.again();
    },
    ended: () => notices.ended(),
  });
}
