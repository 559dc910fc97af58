"""Where a journey stands, as a picture: directions of work on an axis of days (ui.md, "Picture grammar").

Pure functions, in this order: `reading` makes a `Route` of a case, `window` chooses the days that are shown, `placing`
gives everything its place so that no words collide, `drawing` writes it as SVG. `rail` and `table` tell the same as
stages and as rows.
"""
