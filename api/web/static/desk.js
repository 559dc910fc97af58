// What every page does in the browser; each behaviour has a module of its own.
import "./shell.js";
import "./drafts.js";
import "./keys.js";
import "./case.js";
import "./live.js";
import "./board.js";
import "./status.js";
import "./copy.js";
