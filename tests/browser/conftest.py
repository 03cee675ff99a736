"""Debian's Chromium, without a window: `apt-get install chromium fonts-dejavu-core`."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

Scheme = Literal["light", "dark"]
NewPage = Callable[[Scheme, int], Page]
PROGRAM = shutil.which("chromium")
TIMEOUT_MS = 120_000


# Not for the session: Playwright's event loop must have ended when asyncio tests start theirs.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if PROGRAM is None:
        said = "needs Debian's Chromium: apt-get install chromium fonts-dejavu-core"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PROGRAM,
            timeout=TIMEOUT_MS,
            # Root, who runs CI, has no sandbox in Chromium; small machines have little /dev/shm.
            args=["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """`new_page("dark", 400)`: an empty tab in that scheme and width; all are closed at the end."""
    opened = []

    def new_page(scheme: Scheme, width: int) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        context.set_default_timeout(TIMEOUT_MS)
        opened.append(context)
        return context.new_page()

    yield new_page
    for context in opened:
        context.close()
