#!/usr/bin/python3
"""Looks at reports in a headless Chromium, as a reader would: check.py CHECK FILE.html …

Each check is a function below; what it finds is printed, and the exit status is 1."""
import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --hide-scrollbars"""
found = []

# Colours are compared as they are seen: behind a text is the nearest ground that is not transparent.
CONTRAST = """
const channel = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); };
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const ground = (element) => {
    for (; element; element = element.parentElement) {
        const color = numbers(getComputedStyle(element).backgroundColor);
        if (color.length < 4 || color[3] > 0) return color.slice(0, 3);
    }
    return [255, 255, 255];
};
const hex = (name) => { const t = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    return [1, 3, 5].map((i) => parseInt(t.slice(i, i + 2), 16)); };
document.querySelectorAll('details').forEach((each) => { each.open = true; });
const bad = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest('script, noscript, style')) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    if (!element.getClientRects().length) continue;
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const got = ratio(numbers(style.color).slice(0, 3), ground(element));
    seen++;
    if (got < (large ? 3 : 4.5)) bad.push(node.textContent.trim().slice(0, 40) + ': ' + got.toFixed(2));
}
for (const name of [...Array(8).keys()].flatMap((i) => ['--series-' + i, '--part-' + i]).concat('--ideal', '--limit', '--accent')) {
    const got = ratio(hex(name), hex('--surface'));
    if (!(got >= 3)) bad.push(name + ': ' + got.toFixed(2));
}
for (const name of ['--text', '--muted', '--limit'])
    if (!(ratio(hex(name), hex('--surface')) >= 4.5)) bad.push('text in charts, ' + name);
if (seen < 40) bad.push('only ' + seen + ' texts seen');
return bad;
"""

# Pixels of a canvas: how many are not empty, and how many are near each of the colours of series or parts.
PIXELS = """
const near = (data, i, c) => Math.abs(data[i] - c[0]) + Math.abs(data[i + 1] - c[1]) + Math.abs(data[i + 2] - c[2]) < 12;
const style = getComputedStyle(document.documentElement);
const colors = (prefix) => [...Array(8).keys()].map((i) => style.getPropertyValue('--' + prefix + '-' + i).trim())
    .map((t) => [1, 3, 5].map((i) => parseInt(t.slice(i, i + 2), 16)));
return Array.from(document.querySelectorAll('.canvas canvas'), (canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
    copy.drawImage(canvas, 0, 0);
    const {data} = copy.getImageData(0, 0, canvas.width, canvas.height);
    const counts = {title: canvas.getAttribute('aria-label').split('.')[0], ink: 0, series: Array(8).fill(0), part: Array(8).fill(0), sum: 0};
    const sets = {series: colors('series'), part: colors('part')};
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 40) continue;
        counts.ink++;
        counts.sum = (counts.sum * 31 + data[i] + 7 * data[i + 1] + 13 * data[i + 2] + i) % 1000000007;
        for (const kind in sets) sets[kind].forEach((c, k) => { if (near(data, i, c)) counts[kind][k]++; });
    }
    return counts;
});
"""


def expect(good, words):
    if not good:
        found.append(words)


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp()
        options = webdriver.ChromeOptions()
        for flag in FLAGS.split():
            options.add_argument(flag)
        options.add_argument("--user-data-dir=" + self.folder)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, path, width=1280, dark=False):
        driver = self.driver
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                               {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                               {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        driver.get_log("performance")
        driver.get("file://" + os.path.abspath(path))
        self.path = path
        time.sleep(0.2)  # sizes of charts follow their boxes in the next frame

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def quiet(self):
        for entry in self.driver.get_log("browser"):
            found.append("%s: console: %s" % (self.path, entry["message"]))

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self):
        return self.driver.switch_to.active_element


def drawn(browser, path):
    """Charts are there, in the colours of their lines, without a word on the console."""
    browser.open(path)
    browser.quiet()
    charts = {}
    for chart in browser.run(PIXELS):
        charts.setdefault(chart["title"], chart)
    for title, chart in charts.items():
        kind = "part" if title.startswith("Where") else "series"
        expect(chart["ink"] > 1500, "%s: %s: %d pixels are drawn" % (path, title, chart["ink"]))
        expect(chart[kind][0] > 25, "%s: %s: %d pixels of its first colour" % (path, title, chart[kind][0]))
    return charts


def charts(browser, *paths):
    for path in paths:
        seen = drawn(browser, path)
        name = os.path.basename(path)
        wanted = {"Speed-up", "Efficiency"} if name != "sequential.html" else set()
        if name != "lean.html":
            wanted |= {"Times of single tasks", "Where the workers’ time went"}
        expect(wanted <= set(seen), "%s: charts are %s" % (path, sorted(seen)))
        if name == "several.html":
            for index in range(3):
                expect(seen["Speed-up"]["series"][index] > 40, "line %d of the speed-ups is not drawn" % index)
            for index in range(8):
                expect(seen["Where the workers’ time went"]["part"][index] > 40, "part %d is not drawn" % index)


def change(browser, one, other):
    """Other data give another picture; so does hiding a line, by the keyboard, and showing it again."""
    first, second = drawn(browser, one), drawn(browser, other)
    for title in first:
        expect(first[title]["sum"] != second[title]["sum"], "%s: the same picture of other data" % title)
    browser.open(one)
    button = browser.driver.find_elements(By.CSS_SELECTOR, ".legend button")[0]
    before = browser.run(PIXELS)[0]
    browser.run("arguments[0].focus()", button)
    browser.press(Keys.SPACE)
    hidden = browser.run(PIXELS)[0]
    expect(button.get_attribute("aria-pressed") == "false", "the legend's button is still pressed")
    expect(hidden["series"][0] < before["series"][0] / 4, "a line that was hidden is still drawn")
    browser.press(Keys.SPACE)
    expect(browser.run(PIXELS)[0]["sum"] == before["sum"], "a line that was shown again is not as it was")
    switch = browser.driver.find_element(By.CSS_SELECTOR, ".switch input")
    browser.run("arguments[0].focus()", switch)
    browser.press(Keys.SPACE)
    expect(browser.run(PIXELS)[0]["sum"] != before["sum"], "the other kind of axis changes nothing")
    browser.quiet()


def network(browser, *paths):
    """Nothing but the file itself is asked for."""
    for path in paths:
        browser.open(path)
        asked = [entry["message"] for entry in browser.driver.get_log("performance")
                 if '"Network.requestWillBeSent"' in entry["message"]]
        expect(len(asked) >= 1, "%s: the log of requests is empty" % path)
        for message in asked:
            expect("file://" + os.path.abspath(path) in message or '"url":"data:' in message, "%s: asks for %s" % (path, message))
        expect(browser.run("return performance.getEntriesByType('resource').length") == 0, "%s: resources were loaded" % path)
        browser.run("""window.blocked = 0; document.addEventListener('securitypolicyviolation', () => window.blocked++);
            const image = new Image(); image.src = 'https://example.invalid/x.png'; fetch('https://example.invalid/').catch(() => 0);
            const script = document.createElement('script'); script.textContent = 'window.ran = 1'; document.body.append(script);""")
        time.sleep(0.2)
        expect(browser.run("return window.blocked") >= 3, "%s: the policy lets images, requests or scripts in" % path)
        expect(browser.run("return window.ran === undefined"), "%s: a script that was put in has run" % path)
        browser.driver.get_log("browser")


def inert(browser, path):
    """What looks like markup in labels and arguments is text, with scripts and without."""
    browser.open(path)
    browser.quiet()
    expect(browser.run("return document.querySelectorAll('img, b').length") == 0, "markup of a label became elements")
    expect("<b>bold</b>" in browser.run("return document.querySelector('main').textContent"), "the label's text is not there")
    expect("onerror=alert(1)" in browser.run("return document.title"), "the label is not in the title")
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.open(path)
    expect(len(browser.driver.find_elements(By.CSS_SELECTOR, "img, b")) == 0, "markup of a label became elements without scripts")
    expect("workers" in browser.driver.find_element(By.CSS_SELECTOR, ".plain .answer").text, "no answer without scripts")
    expect(len(browser.driver.find_elements(By.CSS_SELECTOR, ".plain tbody tr")) == 3, "no table without scripts")
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def keyboard(browser, *paths):
    for path in paths:
        by_keyboard(browser, path)


def by_keyboard(browser, path):
    """Tab reaches every control, in the order of the page, each with a visible focus; they work."""
    browser.open(path)
    total = browser.run("""let n = 0; document.querySelectorAll('button, input, select, summary, [tabindex="0"]').forEach((each) => {
        if (each.getClientRects().length && !each.closest('details:not([open]) > :not(summary)')) each.dataset.order = n++; }); return n;""")
    for index in range(total):
        browser.press(Keys.TAB)
        got = browser.run("""const at = document.activeElement, style = getComputedStyle(at);
            return [at.dataset.order, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, at.outerHTML.slice(0, 90)];""")
        expect(got[0] == str(index), "Tab %d leads to %s: %s" % (index, got[0], got[2]))
        expect(got[1], "no visible focus on %s" % got[2])
        if found:
            return
    sorts(browser)
    for detail in browser.driver.find_elements(By.TAG_NAME, "details"):
        browser.run("arguments[0].querySelector('summary').focus()", detail)
        browser.press(Keys.ENTER)
        time.sleep(0.05)
        expect(browser.run("return arguments[0].open && arguments[0].childElementCount > 1 && arguments[0].offsetHeight > 60", detail),
               "details do not open by Enter")
    before = browser.run("return getComputedStyle(document.body).backgroundColor")
    picture = browser.run(PIXELS)[0]
    browser.run("document.querySelector('.theme').focus()")
    browser.press(Keys.ENTER)
    expect(browser.run("return getComputedStyle(document.body).backgroundColor") != before, "the other colours do not come")
    expect(browser.run(PIXELS)[0]["sum"] != picture["sum"], "charts keep the old colours")
    browser.quiet()


def column(browser, index):
    return browser.run("""const tables = document.querySelectorAll('table'), table = tables[tables.length - 1];
        return Array.from(table.tBodies[0].rows, (row) => row.cells[arguments[0]].textContent);""", index)


def sorts(browser):
    tables = browser.driver.find_elements(By.CSS_SELECTOR, "table")
    heads = tables[-1].find_elements(By.CSS_SELECTOR, "thead th")
    before = [int(text) for text in column(browser, 1)]
    browser.run("arguments[0].querySelector('button').focus()", heads[1])
    browser.press(Keys.ENTER)
    expect([int(text) for text in column(browser, 1)] == sorted(before), "not sorted by workers")
    expect(heads[1].get_attribute("aria-sort") == "ascending", "aria-sort is not ascending")
    browser.press(Keys.SPACE)
    expect([int(text) for text in column(browser, 1)] == sorted(before, reverse=True), "not sorted the other way")
    expect(heads[1].get_attribute("aria-sort") == "descending", "aria-sort is not descending")
    browser.run("arguments[0].querySelector('button').focus()", heads[0])
    browser.press(Keys.ENTER)
    expect(heads[1].get_attribute("aria-sort") is None, "two columns are said to be sorted by")


def copies(browser, path):
    """The table is copied as tab-separated text; without a clipboard it is selected."""
    browser.open(path)
    copy = "const all = document.querySelectorAll('.copy'); all[all.length - 1].click();"
    browser.run("window.taken = ''; Object.defineProperty(navigator, 'clipboard', {configurable: true, value: {writeText: async (text) => { window.taken = text; }}});" + copy)
    time.sleep(0.1)
    lines = browser.run("return window.taken").rstrip("\n").split("\n")
    expect(lines[0].startswith("case\tworkers\ttotal (s)\t"), "the head is %r" % lines[0])
    expect(len(lines) == 1 + len(column(browser, 0)), "%d lines were copied" % len(lines))
    expect(all(line.count("\t") == lines[0].count("\t") for line in lines), "lines of different lengths")
    float(lines[1].split("\t")[2])
    browser.run("Object.defineProperty(navigator, 'clipboard', {configurable: true, value: undefined});" + copy)
    time.sleep(0.1)
    expect("parallel_2" in browser.run("return String(getSelection())"), "the table is not selected")
    expect("Ctrl+C" in browser.run("return Array.from(document.querySelectorAll('.tools [role=status]'), (each) => each.textContent).join()"), "nothing says how to copy")
    browser.quiet()


def contrast(browser, *paths):
    """WCAG AA, in light and dark: 4.5 for text, 3 for large text and for what is drawn."""
    for path in paths:
        for dark in (False, True):
            browser.open(path, dark=dark)
            for bad in browser.run(CONTRAST):
                found.append("%s, %s: %s" % (path, "dark" if dark else "light", bad))
            luminance = browser.run("return Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
            expect((luminance < 80) == dark, "%s: the colours do not follow the system" % path)


def narrow(browser, *paths):
    """360 pixels: nothing to scroll sideways but boxes of tables."""
    for path in paths:
        browser.open(path, width=360)
        browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        time.sleep(0.2)
        width = browser.run("return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        expect(width <= 360, "%s: %d pixels wide" % (path, width))
        for chart in browser.run("return Array.from(document.querySelectorAll('.canvas canvas'), (each) => each.getBoundingClientRect().right)"):
            expect(chart <= 360, "%s: a chart ends at %d" % (path, chart))
        drawn_here = browser.run(PIXELS)
        expect(all(each["ink"] > 800 for each in drawn_here), "%s: an empty chart" % path)
        browser.quiet()


def prints(browser, path):
    """On paper there are the charts, light, none of them cut; afterwards the page is as before."""
    browser.open(path, dark=True)
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    pdf = browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69})
    time.sleep(0.2)
    expect(browser.run("return getComputedStyle(document.body).backgroundColor") == ground, "dark colours do not come back")
    folder = tempfile.mkdtemp()
    with open(folder + "/page.pdf", "wb") as file:
        file.write(base64.b64decode(pdf["data"]))
    subprocess.run(["pdftoppm", "-r", "60", folder + "/page.pdf", folder + "/page"], check=True)
    pages = sorted(name for name in os.listdir(folder) if name.endswith(".ppm"))
    colored = sum(ink(os.path.join(folder, name)) for name in pages)
    expect(left_edge(os.path.join(folder, pages[0])) < 0.1, "the page is shrunk, because something is too wide for the paper")
    words = subprocess.run(["pdftotext", "-layout", folder + "/page.pdf", "-"], check=True, capture_output=True, text=True).stdout
    shutil.rmtree(folder)
    expect(2 <= len(pages) <= 8, "%d pages" % len(pages))
    expect(colored > 4000, "only %d coloured pixels on paper" % colored)
    for text in ("Speed-up", "Efficiency", "Memory", "All cases", "Machine"):
        expect(text in words, "not on paper: " + text)
    expect("Copy table" not in words, "buttons on paper")
    browser.quiet()


def paper(browser, width=8.27, height=11.69):
    """The words of each page, as they lie on it; inches."""
    pdf = browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "paperWidth": width, "paperHeight": height})
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(base64.b64decode(pdf["data"]))
        file.flush()
        return subprocess.run(["pdftotext", "-layout", file.name, "-"], check=True, capture_output=True, text=True).stdout


def whole(browser, path):
    """A chart with more bars than a page has room for is several, none of them cut, on paper of any kind."""
    browser.open(path)
    for width, height in ((8.27, 11.69), (8.5, 11), (11.69, 8.27)):
        bars, title = [], "Where the workers’ time went"
        for page in paper(browser, width, height).split("\f"):
            here = [line.strip() for line in page.split("\n") if line.strip() == "sequential" or line.strip().startswith("parallel") and " " not in line.strip()]
            bars += here
            expect(not here or "share of workers" in page and "100 %" in page, "bars without an axis: %s" % here)
            expect(title not in page or len(here) > 10, "the title on a page without bars, of %s x %s" % (width, height))
            expect("While at work: each bar" not in page or len(here) > 10, "the caption on a page without bars")
        expect(bars == ["sequential"] + ["parallel_%d" % i for i in range(1, 60)], "bars on paper of %s x %s: %s" % (width, height, bars))
    browser.quiet()


PIECES = "return Array.from(document.querySelectorAll('figure.wide canvas[role=img]'), (each) => each.getAttribute('aria-label').match(/[a-z]+_?[0-9]*(?=: computing)/g)[0])"


def pieces(browser, path):
    """Each result has the charts that its bars need, and the one legend is for all of them."""
    browser.open(path)
    first = ["sequential"]
    expect(browser.run(PIECES) == first, "of a few cases: %s" % browser.run(PIECES))
    parts = lambda: [chart["part"] for chart in browser.run(PIXELS) if chart["title"].startswith("Where")]
    legend = "document.querySelector('figure.wide .legend button')"
    choose = "const all = document.querySelectorAll('figure.wide select'); all[0].value = arguments[0]; all[0].dispatchEvent(new Event('change'));"
    browser.run(legend + ".click()")
    browser.run(choose, "1")
    time.sleep(0.2)
    expect(browser.run(PIECES) == ["sequential", "parallel_20", "parallel_40"], "of 60 cases: %s" % browser.run(PIECES))
    expect(all(part[0] < 40 and part[2] > 40 for part in parts()), "hidden before, and drawn: %s" % parts())
    browser.run(legend + ".click()")
    time.sleep(0.2)
    expect(all(part[0] > 40 for part in parts()), "not shown again in each chart: %s" % parts())
    browser.run(choose, "0")
    time.sleep(0.2)
    expect(browser.run(PIECES) == first, "of a few cases again: %s" % browser.run(PIECES))
    browser.quiet()


def heads(browser, path):
    """Each page of a table on paper has its head, and none has a heading without rows."""
    browser.open(path)
    text = paper(browser)
    pages = [page for page in text.split("\f") if "×" in page and page.count(" ms") > 2 and "parallel_" in page]
    expect(len(pages) >= 2, "the table is on %d pages" % len(pages))
    for page in pages:
        expect("tasks/s" in page, "a page without the table's head: " + page[:100])
        expect(page.count(" ms") >= 12, "a page with a row or two: " + page[:100])
    expect("and 96 more, which the page shows on a screen" in text, "folded warnings are not counted on paper")
    browser.quiet()


def left_edge(path):
    """Where the leftmost mark of a page is, as a share of its width."""
    with open(path, "rb") as file:
        head, pixels = file.read().split(b"\n255\n", 1)
    width = int(head.split()[1])
    return min(i // 3 % width for i in range(0, len(pixels), 3) if pixels[i] < 235) / width


def ink(path):
    """Coloured pixels of a page; its corner is white."""
    with open(path, "rb") as file:
        data = file.read()
    pixels = data.split(b"\n255\n", 1)[1]
    expect(pixels[:3] == b"\xff\xff\xff", "%s: paper that is not white" % path)
    return sum(1 for i in range(0, len(pixels) - 2, 3) if max(pixels[i:i + 3]) - min(pixels[i:i + 3]) > 60)


def crowded(browser, path):
    """A hundred warnings: a few, those of all of it first, and the charts still near the top."""
    browser.open(path)
    shown = browser.run("return Array.from(document.querySelectorAll('.mind > ul li'), (each) => each.textContent)")
    expect(len(shown) == 4 and shown[0] == "the machine was busy", "warnings that are shown: %s" % shown)
    expect(browser.run("return document.querySelector('.mind summary').textContent") == "and 96 more", "the rest is not counted")
    expect(browser.run("return document.querySelectorAll('.mind details li').length") == 96, "the rest is not there")
    top = browser.run("return document.querySelector('.charts').getBoundingClientRect().top")
    expect(top < 800, "the charts begin at %d" % top)
    browser.quiet()


def long(browser, path):
    """A label of any length leaves the answer in sight, and is told whole in the config."""
    for width in (1280, 390):
        browser.open(path, width=width)
        top = browser.run("return document.querySelector('.answer').getBoundingClientRect().bottom")
        expect(top < 700, "%d wide: the answer ends at %d" % (width, top))
    browser.run("document.querySelector('details.config').open = true")
    time.sleep(0.1)
    expect("W" * 30000 in browser.run("return document.querySelector('details.config pre').textContent"), "the label is nowhere whole")
    expect(len(browser.driver.title) < 200, "the title has %d letters" % len(browser.driver.title))
    browser.quiet()


def legends(browser, path):
    """Legends have no scroll bars; of very many entries the rest comes when it is asked for."""
    for width in (1280, 390):
        browser.open(path, width=width)
        see = lambda script: browser.run("const all = (what) => Array.from(document.querySelectorAll(what)); return " + script)
        expect(see("all('.legend').every((each) => each.scrollHeight <= each.clientHeight + 1)"), "%d wide: a legend scrolls" % width)
        longest = "all('.legend').sort((a, b) => b.children.length - a.children.length)[0]"
        shown = "Array.from(%s.children).filter((each) => each.getClientRects().length > 0).length" % longest
        expect(see(shown) == 13, "%d entries are shown" % see(shown))
        browser.run("document.querySelector('.legend .all').click()")
        expect(see(shown) == 60, "asked for all: %d" % see(shown))
    browser.quiet()


def beyond(browser, wide, plain):
    """Intervals that leave the axis are said to; others are not."""
    for path, wanted in ((wide, True), (plain, False)):
        browser.open(path)
        captions = browser.run("return Array.from(document.querySelectorAll('figcaption'), (each) => each.textContent)")
        for caption in captions[:2]:
            expect(("beyond the axis" in caption) == wanted, "%s: %s" % (path, caption))
        browser.quiet()


def machine(browser, path):
    """The machine is said in words, not in bytes and zeros."""
    browser.open(path)
    browser.run("document.querySelector('details.machine').open = true")
    time.sleep(0.1)
    shown = browser.run("return document.querySelector('details.machine dl').innerText").replace("\u00a0", " ")
    for text in ("CPU quota\nnone", "memory\n23.54 GiB", "frequency\n2.5 GHz now", "memory limit\nnone", "cache\nlevel 1, data: 2 × 32 KiB"):
        expect(text in shown, "%r is not in %s" % (text, shown))
    for text in ("25276059648", "governor", "kind of core"):
        expect(text not in shown, "%s: in %s" % (text, shown))
    browser.quiet()


def many(browser, path):
    """Of many results nothing is told twice or hidden in boxes, and long names leave room."""
    browser.open(path)
    see = lambda script: browser.run("const all = (what) => Array.from(document.querySelectorAll(what)); return " + script)
    expect(see("all('.glance .scroll').every((each) => each.scrollHeight <= each.clientHeight + 1)"), "the first table scrolls")
    rows = see("all('.glance tbody tr').map((row) => row.innerText)")
    expect(all("machine %d" % (i % 2 + 1) in row and "processor" not in row for i, row in enumerate(rows)), "rows: %s" % rows[:2])
    notes = see("document.querySelector('.glance div.note').innerText")
    expect(notes.count("a processor with a rather long name") == 2 and "version of all: 0.0.9" in notes, "told once: %s" % notes)
    expect(see("all('details.comparison > summary').length") == 6, "comparisons are not folded")
    expect(see("all('details.comparison > summary').every((each) => /: (no regression|regressed|cannot tell)$/.test(each.textContent))"),
           "folded comparisons lack their answers")
    names = see("all('.legend button').filter((each) => each.title).map((each) => [each.textContent, each.title, each.getAttribute('aria-label')])")
    expect(len(names) > 20 and all(len(name[0]) <= 40 < len(name[1]) and name[1] == name[2] for name in names), "legends: %s" % names[:2])
    expect(len(set(name[0] for name in names)) == len(set(name[1] for name in names)), "shortened names are mixed up")
    expect("too many to shade" in see("document.querySelector('figcaption').textContent"), "nothing says why there are no bands")
    expect(see("all('.switch > span').every((each) => each.getClientRects().length === 1)"), "words before a choice are broken")
    expect(see("all('table:last-of-type td.words[title]').every((each) => each.textContent.length <= 32)"), "long names in the last table")
    browser.quiet()


def words(browser, *arguments):
    """Each page (its path, what it says, and -- before the next) says so."""
    path = None
    for argument in arguments:
        if argument == "--":
            path = None
        elif path is None:
            path = argument
            browser.open(path)
            browser.quiet()
            shown = browser.run("return document.body.innerText").replace("\u00a0", " ")
        else:
            expect(argument in shown, "%s: not there: %s" % (path, argument))


def main():
    browser = Browser()
    try:
        globals()[sys.argv[1]](browser, *sys.argv[2:])
    finally:
        browser.close()
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


main()
