"""Compares what a page looks like with a small picture of it, section by section.

Browsers draw letters a little differently, so a section may be higher and its words lie elsewhere.
Each section is therefore shrunk to a grid of the same size, in which words are a tint and pictures
are still shapes. The font is always the same one: in another, a title may take one line more.

`UPDATE_PICTURES=1 pytest tests/browser` writes the pictures anew: look at them.
"""

import io
import os
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageStat
from playwright.sync_api import Page

PICTURES = Path(__file__).parent / "pictures"
FONT = "DejaVu Sans"
CELL = 48, 32
MEAN_LIMIT = 5.0
"""By how much a section's points may differ on average, of 255: a related font differs by 3.5."""
AREA_LIMIT = 20.0
"""By how much any 32nd part of a section may differ on average: a related font differs by 11."""
_ACROSS, _DOWN = 8, 4


def differences(page: Page, name: str, font: str = FONT) -> list[str]:
    """Say which sections of the page do not look as in the picture `name`; none if all do."""
    set_font(page, font)
    found = _sections(page)
    with Image.open(PICTURES / f"{name}.png") as opened:
        reference = opened.convert("RGB")
    wanted = reference.height // CELL[1]
    if wanted != len(found):
        return [f"{len(found)} sections instead of {wanted}"]
    said = []
    for at, (title, image) in enumerate(found):
        box = (0, at * CELL[1], CELL[0], (at + 1) * CELL[1])
        mean, worst = compared(image, reference.crop(box))
        if mean > MEAN_LIMIT or worst > AREA_LIMIT:
            said.append(f"{title}: {mean:.1f} on average, {worst:.1f} at the worst place")
    return said


def write_anew_if_asked(page: Page, name: str) -> None:
    """Make the page as it looks now the picture `name`."""
    if not os.environ.get("UPDATE_PICTURES"):
        return
    set_font(page)
    sections = _sections(page)
    sheet = Image.new("RGB", (CELL[0], CELL[1] * len(sections)))
    for at, (_, image) in enumerate(sections):
        sheet.paste(image, (0, at * CELL[1]))
    PICTURES.mkdir(exist_ok=True)
    sheet.quantize(64).save(PICTURES / f"{name}.png", optimize=True)


def set_font(page: Page, font: str = FONT) -> None:
    page.evaluate("font => { document.body.style.fontFamily = font; }", font)


def compared(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return by how much two pictures of a section differ: on average, and where it is worst."""
    difference = ImageChops.difference(_blurred(one), _blurred(other)).convert("L")
    areas = difference.resize((_ACROSS, _DOWN), Image.Resampling.BOX)
    return ImageStat.Stat(difference).mean[0], ImageStat.Stat(areas).extrema[0][1]


def _blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1.5))


def _sections(page: Page) -> list[tuple[str, Image.Image]]:
    """Return the name of each section, and what it looks like in a cell of the grid."""
    with Image.open(io.BytesIO(page.screenshot(full_page=True))) as opened:
        whole = opened.convert("RGB")
    boxes: list[tuple[str, float, float, float, float]] = page.evaluate(
        "[...document.querySelectorAll('header, section')].map(one => {"
        " const box = one.getBoundingClientRect();"
        " return [one.getAttribute('aria-labelledby') || 'header', box.left + scrollX,"
        " box.top + scrollY, box.right + scrollX, box.bottom + scrollY]; })"
    )
    return [
        (title, whole.crop((left, top, right, bottom)).resize(CELL, Image.Resampling.BOX))
        for title, left, top, right, bottom in boxes
    ]
