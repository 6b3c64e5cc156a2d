"""A Chromium on a slow phone's terms: slow 4G, and a processor four times slower."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from bench.servers import MissingToolError

SLOWER = 4
SLOW_4G = {
    "offline": False,
    "latency": 150 * 3.75,
    "downloadThroughput": 1.6e6 / 8 * 0.9,
    "uploadThroughput": 750e3 / 8 * 0.9,
}
"""What the developer tools of Chromium call so: milliseconds a request, and bytes a second."""
_PATIENCE = 60_000
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_SIZE = {"width": 1280, "height": 800}

_WATCH = """
window.bench = { visible: 0, shift: 0, tasks: [] };
const watch = (type, each) => {
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(each));
  observer.observe({ type, buffered: true });
};
watch("layout-shift", (entry) => { window.bench.shift += entry.value; });
watch("longtask", (entry) => { window.bench.tasks.push([entry.startTime, entry.duration]); });
const embedded = () => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/embed.js")).map(({ responseEnd }) => responseEnd)[0] || 0;
window.bench.longest = () => Math.max(0, ...window.bench.tasks
  .filter(([start]) => start >= embedded()).map(([_, duration]) => duration));
const roots = () => [document, ...[...document.querySelectorAll("comment-kit")]
  .map((element) => element.shadowRoot).filter(Boolean)];
const shown = (root) => {
  const section = root.querySelector("[data-commentkit]");
  if (!section || root.querySelectorAll("li[data-comment]").length < COUNT) return false;
  const sheets = [...root.querySelectorAll("link[rel=stylesheet]")];
  const { top, height } = section.getBoundingClientRect();
  return sheets.every((link) => link.sheet) && height > 0 && top < innerHeight
    && getComputedStyle(section).visibility === "visible";
};
const look = () => {
  if (!roots().some(shown)) return requestAnimationFrame(look);
  const painted = new MessageChannel();
  painted.port1.onmessage = () => { window.bench.visible = performance.now(); };
  requestAnimationFrame(() => painted.port2.postMessage(0));
};
requestAnimationFrame(look);
"""


@dataclass(frozen=True)
class Seen:
    """One visit to a page."""

    visible: float
    """Milliseconds from the navigation to the frame that showed the last comment."""
    shift: float
    longest: float
    """Milliseconds of the longest task since the tag's script came; 0 where none was over 50."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a Chromium; raises `MissingToolError` where there is none."""
    named = os.environ.get("COMMENTKIT_CHROMIUM")
    path = named or next((found for n in _NAMES if (found := shutil.which(n))), None)
    if path is None:
        raise MissingToolError("no Chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def visit(browser: Browser, address: str, *, comments: int) -> Seen:
    """Open a page with nothing in the cache, and wait until so many comments are seen."""
    context = browser.new_context(viewport=_SIZE)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.add_init_script(f"{{{_WATCH.replace('COUNT', str(comments))}}}")
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_4G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(address, wait_until="commit", timeout=_PATIENCE)
        page.wait_for_function("window.bench.visible > 0", timeout=_PATIENCE)
        page.wait_for_load_state("networkidle", timeout=_PATIENCE)
        said = page.evaluate("({ ...window.bench, longest: window.bench.longest() })")
        return Seen(said["visible"], said["shift"], said["longest"])
    finally:
        context.close()
