"""The site of the pages: whole, without a broken link, and without a request to another host."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
LOADED = {"src", "srcset", "poster", "data"}
MADE_BY_SPHINX = {"genindex.html", "search.html"}


def built(pages: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build as `make docs` does."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going",
         str(pages), str(site)],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


class Page(HTMLParser):
    """What a page loads, what it links to, and the names of its places."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.places |= {named[name] for name in ("id", "name") if name in named}
        self.loaded += [named[name] for name in LOADED & named.keys() if tag != "meta"]
        if "href" in named:
            (self.links if tag == "a" else self.loaded).append(named["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, Page]]:
    root = tmp_path_factory.mktemp("site")
    ended = built(DOCS, root)
    assert ended.returncode == 0, ended.stderr
    yield {path: Page(path) for path in sorted(root.rglob("*.html")) if "_static" not in path.parts}
    shutil.rmtree(root)


def test_every_page_is_on_the_site_and_can_be_reached_from_its_first(site):
    (index,) = [path for path in site if path.name == "index.html"]
    written = {f"{page.stem}.html" for page in DOCS.glob("*.md")}
    assert {path.name for path in site} == written | MADE_BY_SPHINX
    linked = {urlsplit(link).path for link in site[index].links}
    assert written - linked - {"index.html"} == set()


def test_every_link_within_the_site_leads_to_a_place_that_exists(site):
    broken = [
        (page.name, link)
        for page, content in site.items()
        for link in content.links
        if not urlsplit(link).scheme and not leads_somewhere(page, unquote(link), site)
    ]
    assert broken == []


def leads_somewhere(page: Path, link: str, site: dict[Path, Page]) -> bool:
    path, _, place = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if target not in site:
        return target.is_file()
    return not place or place in site[target].places


def test_the_site_loads_nothing_from_another_host(site):
    loaded = {one for page in site.values() for one in page.loaded}
    assert "_static/pygments.css" in {urlsplit(one).path for one in loaded}
    assert [one for one in loaded if urlsplit(one).scheme not in ("", "data")] == []
    assert [one for one in loaded if urlsplit(one).netloc] == []
    root = min(site, key=lambda path: len(path.parts)).parent
    styles = "".join(path.read_text(encoding="utf-8") for path in root.rglob("*.css"))
    named = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)", styles)
    assert [one for one in named if urlsplit(one).netloc] == []


@pytest.mark.parametrize(
    "text",
    ["[gone](gone.md)", "[no such heading](index.md#gone)", "```nonsense\nx\n```"],
    ids=["a page", "a heading", "a language"],
)
def test_what_leads_nowhere_fails_the_site(text, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    shutil.copy(DOCS / "conf.py", pages)
    (pages / "index.md").write_text(f"# Pages\n\n{text}\n", encoding="utf-8")
    ended = built(pages, tmp_path / "site")
    assert (ended.returncode, "index.md:3" in ended.stderr) == (1, True), ended.stderr
