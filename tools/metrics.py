"""Writes the tables of docs/metrics.md from `metric_families.py`; `make docs` runs it.

A test fails when the page differs from them, and another when a run exposes anything else.
"""

from pathlib import Path
from typing import Final

from generated import replaced

from cxone_async.monitoring.metric_families import FAMILIES, LABELS

PAGE: Final = Path(__file__).parents[1] / "docs" / "metrics.md"


def page(text: str) -> str:
    """Return the page with its tables as they have to be."""
    metrics = [
        f"| `{name}` | {family.kind} | {_code(family.labels)} | {family.meaning} |"
        for name, family in sorted(FAMILIES.items())
    ]
    labels = [f"| `{label}` | {_code(values)} |" for label, values in sorted(LABELS.items())]
    buckets = [
        f"| `{name}` | {', '.join(f'{bound:g}' for bound in family.bucket_bounds)} |"
        for name, family in sorted(FAMILIES.items())
        if family.kind == "histogram"
    ]
    return replaced(
        text,
        {
            "metrics": "\n".join(
                ["| name | type | labels | meaning |", "|---|---|---|---|", *metrics]
            ),
            "labels": "\n".join(["| label | values |", "|---|---|", *labels]),
            "buckets": "\n".join(["| histogram | upper bounds |", "|---|---|", *buckets]),
        },
    )


def _code(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
