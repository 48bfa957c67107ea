// Keeps a learner's home page current: counts the session's time down, and asks for the page again.
// The words are the server's; without this file the page is as good as when it was loaded.

const REFRESH_MILLISECONDS = 20_000;
const SOON_MILLISECONDS = 3_000; // while the session starts or ends
const SHOW_AS_WARNING_MINUTES = 5;

const home = document.getElementById("home");
const served = new Map();
let deadline = null; // by performance.now(), which only runs forward; nobody's wall clock has a part in it
let warned = null;
let nextRefresh = 0;

/** As coarse as it can be read at a glance, in the words of the server and of the panel in the notebooks. */
export function sayTimeLeft(seconds) {
  if (seconds > 60) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds > 0 ? `${Math.ceil(seconds / 10) * 10} seconds` : "No time";
}

function say(text) {
  const said = document.getElementById("said");
  if (said.textContent !== text) said.textContent = text; // else a screen reader says it again
}

function readDeadline(source) {
  const { now, expires } = source.dataset;
  deadline = expires ? performance.now() + (Date.parse(expires) - Date.parse(now)) : null;
}

function count() {
  const view = home.querySelector("[data-countdown]");
  if (!view || deadline === null) return;
  const left = Math.max(deadline - performance.now(), 0) / 1000;
  const due = home.dataset.warnings.split(" ").map(Number).filter((minutes) => left <= minutes * 60);
  const warning = due.length ? Math.min(...due) : null;
  const [timer, advice] = view.children;
  timer.textContent = sayTimeLeft(left);
  advice.hidden = warning === null;
  view.classList.toggle("alert", warning !== null);
  view.classList.toggle("alert-info", warning > SHOW_AS_WARNING_MINUTES);
  view.classList.toggle("alert-warning", warning !== null && warning <= SHOW_AS_WARNING_MINUTES);
  if (warning !== null && warning !== warned) say(view.textContent.replace(/\s+/g, " ").trim());
  warned = warning;
}

function addOwnTimes(region) {
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { weekday: "short", day: "numeric", month: "short" };
  for (const time of region.querySelectorAll("time[data-zone]")) {
    const shape = time.dataset.shape === "time" ? clock : { ...day, ...clock };
    const tell = (timeZone) =>
      new Intl.DateTimeFormat("en-GB", { ...shape, timeZone }).format(new Date(time.dateTime));
    const own = tell(undefined);
    if (own !== tell(time.dataset.zone)) time.after(` (${own} your time)`);
  }
}

/** What the server says in a region, but for what is counted down here. */
function textOf(region) {
  const copy = region.cloneNode(true);
  for (const counted of copy.querySelectorAll("[data-countdown]")) counted.replaceChildren();
  for (const counted of copy.querySelectorAll("[data-countdown]")) counted.removeAttribute("class");
  return copy.outerHTML;
}

/** Puts the fresh region in the old one's place where it says something else; the focus stays where it was. */
function replace(old, fresh) {
  const text = textOf(fresh);
  if (served.get(old.id) === text) return;
  served.set(old.id, text);
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const { id } of old.querySelectorAll("details[open]")) fresh.querySelector(`#${id}`)?.setAttribute("open", "");
  const news = fresh.querySelector("[data-say]")?.textContent;
  const told = old.querySelector("[data-say]")?.textContent;
  old.replaceWith(fresh);
  addOwnTimes(fresh);
  if (focused) (document.getElementById(focused) ?? document.getElementById("main")).focus();
  if (news && news !== told) say(news);
}

async function refresh() {
  const trouble = document.getElementById("trouble");
  try {
    // JupyterHub takes no cookie from a script that does not show the XSRF token, whatever it asks for.
    const headers = { "X-XSRFToken": home.dataset.xsrf };
    const answer = await fetch(home.dataset.address, { headers, redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("home");
    if (!answer.ok || !fresh) throw new Error(`the answer was ${answer.status}`);
    readDeadline(fresh);
    for (const region of home.querySelectorAll("[data-region]")) replace(region, page.getElementById(region.id));
    trouble.replaceChildren();
    count();
  } catch {
    if (!trouble.childElementCount) {
      const note = document.createElement("p");
      note.className = "alert alert-warning";
      note.textContent = "This page cannot be kept current just now. It tries again; you may also reload it.";
      trouble.append(note);
    }
  }
  scheduleRefresh();
}

function scheduleRefresh() {
  const wait = home.querySelector("[data-soon]") ? SOON_MILLISECONDS : REFRESH_MILLISECONDS;
  clearTimeout(nextRefresh);
  nextRefresh = setTimeout(() => (document.hidden ? scheduleRefresh() : refresh()), wait);
}

for (const region of home.querySelectorAll("[data-region]")) {
  served.set(region.id, textOf(region));
  addOwnTimes(region);
}
readDeadline(home);
count();
setInterval(count, 1000);
scheduleRefresh();
document.addEventListener("visibilitychange", () => document.hidden || refresh());
window.addEventListener("pageshow", (event) => event.persisted && refresh());
