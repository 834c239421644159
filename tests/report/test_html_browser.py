"""The HTML report in headless Chromium: it draws, it can be clicked, it asks the network for nothing."""

import shutil
import time

import pytest

from discovery.report.html.compare import Compared, compare_html
from discovery.report.html.page import to_html
from tests.report.sample_run import REFUTED, complete, surfaces_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = (1280, 390)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome is installed"),
    pytest.mark.timeout(120),
]

OVERLAPS = """() => {
  const kinds = "h1, h2, h3, h4, p, label, figcaption, table, pre, summary, .chart, .formula, dl";
  const seen = [...document.querySelectorAll(kinds)]
    .filter((e) => e.checkVisibility() && !e.closest(".hidden"))
    .map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height > 1);
  const found = [];
  for (const [i, [a, x]] of seen.entries()) for (const [b, y] of seen.slice(i + 1)) {
    if (a.contains(b) || b.contains(a) || a.closest(".scroll") !== b.closest(".scroll")) continue;
    const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left);
    const high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
    if (wide > 1 && high > 1) found.push([a.outerHTML.slice(0, 80), b.outerHTML.slice(0, 80)]);
  }
  return found;
}"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((e) => {
  const r = e.getBoundingClientRect(), edge = document.documentElement.clientWidth + 1;
  return r.width > 0 && r.right > edge && !e.parentElement.closest(".scroll, .wide, svg, .chart");
}).filter((e) => !e.closest(".skip, .hidden")).map((e) => e.outerHTML.slice(0, 80))"""
LABELS = """() => [...document.querySelectorAll(".chart")].flatMap((chart) => {
  const box = chart.getBoundingClientRect();
  return [...chart.querySelectorAll("svg text")].filter((t) => t.textContent && t.checkVisibility()).filter((t) => {
    const r = t.getBoundingClientRect();
    return r.left < box.left - 2 || r.right > box.right + 2 || r.top < box.top - 2 || r.bottom > box.bottom + 2;
  }).map((t) => `${chart.dataset.figure || chart.dataset.metric || chart.id}: ${t.textContent}`);
})"""
DATA = "['map', 'slices'].map((id) => JSON.stringify(document.getElementById(id).data.map((t) => t.z || t.y)))"
HIDDEN = """document.querySelector("[data-metric=entropy]").data
  .filter((trace) => trace.legendgroup === "none").every((trace) => trace.visible === false)"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), timeout=60_000)
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    findings, certificates = complete()
    surfaces = surfaces_for(findings)
    run = Compared(findings, surfaces, certificates)
    pages = {"report": to_html(findings, surfaces, certificates), "comparison": compare_html([run, run])}
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text)
    return folder


def opened(browser, file, width):
    """(the page once all is drawn, what it complained about and asked for, seconds until load and until drawn)."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page, problems = context.new_page(), []
    page.set_default_timeout(60_000)
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    def refuse(route):
        if route.request.url == file.as_uri():
            route.continue_()
        else:
            problems.append(f"asked for {route.request.url}")
            route.abort()

    page.route("**/*", refuse)
    start = time.monotonic()
    page.goto(file.as_uri(), wait_until="load")
    loaded = time.monotonic() - start
    page.wait_for_selector("html[data-drawn=yes]")
    return page, problems, (loaded, time.monotonic() - start)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["report", "comparison"])
def test_a_page_draws_without_a_word_and_without_the_network(browser, files, name, width):
    file = files / f"{name}.html"
    page, problems, (loaded, drawn) = opened(browser, file, width)
    size = file.stat().st_size
    print(f"\n{name} at {width} px: {size / 1e6:.1f} MB, loaded in {loaded:.2f} s, drawn in {drawn:.2f} s")
    assert problems == []
    assert size < 8_000_000
    assert page.evaluate("document.querySelectorAll('.chart .waiting').length") == 0
    assert page.locator(".chart .main-svg").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(LABELS) == []
    page.context.close()


@pytest.fixture(scope="module")
def report(browser, files):
    page, problems, _ = opened(browser, files / "report.html", 1280)
    yield page
    assert problems == []
    page.context.close()


def test_a_click_on_a_point_of_the_front_shows_formula_and_proof(report):
    article = report.locator("#candidate-2")
    assert not article.is_visible()
    chart = report.locator('[data-figure="pareto"]')
    chart.scroll_into_view_if_needed()
    report.locator('[data-figure="pareto"] .points path.point').nth(29).click(force=True)  # held-out marks come first
    report.wait_for_selector("#candidate-2", state="visible")
    assert report.locator(".candidate:visible").count() == 1
    assert article.locator("pre").first.inner_text() == REFUTED
    assert article.locator("math").first.is_visible()
    assert "Counterexample" in article.inner_text()
    article.locator("summary", has_text="The refutation").click()
    assert "Refutation." in article.inner_text()


def test_the_buttons_of_the_table_do_the_same_by_keyboard(report):
    button = report.locator('.pick[data-candidate="5"]')
    button.focus()
    report.keyboard.press("Enter")
    article = report.locator("#candidate-5")
    assert article.is_visible()
    assert button.get_attribute("aria-pressed") == "true"
    assert report.evaluate("document.activeElement.id") == "candidate-5"
    article.locator("summary", has_text="The proof").click()
    assert "This completes the proof." in article.inner_text()


def test_the_choice_of_a_drift_changes_map_and_slices(report):
    def shown():
        return report.evaluate(DATA)

    first = shown()
    report.select_option("#drift", label="dpo")
    report.wait_for_function("document.getElementById('map-caption').textContent.startsWith('dpo')")
    second = shown()
    assert first[0] != second[0]
    assert first[1] != second[1]
    report.select_option("#quantity", "drift")
    assert shown()[0] != second[0]
    report.select_option("#less", label="dpo")
    report.wait_for_function("document.getElementById('map').data[0].z.flat().every((v) => v === 0)")


def test_an_environment_can_be_chosen_and_a_drift_left_out(report):
    assert report.locator("#diagnostics .legend input").count() == 6
    report.select_option("#condition", "1")
    report.locator("#diagnostics .legend input").first.uncheck()
    report.wait_for_function(HIDDEN)
