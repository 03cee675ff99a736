from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cxone_async.outcome import Outcome, Resemblance, RowOutcome
from cxone_async.report.files import write_run_files
from cxone_async.report.outcome_spool import OutcomeSpool
from cxone_async.report.reconciliation import Reconciliation, RunFacts, reconcile


@dataclass
class RunWriter:
    """Writes the files of a run as the application does: spool, files, reconciliation.

    `digests` are those of the last writing.
    """

    directory: Path
    digests: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        outcomes: Sequence[RowOutcome],
        *,
        total_input: int | None = None,
        resemblances: Sequence[Resemblance] = (),
        header: bytes = b"phone,email",
        delimiter: str = ",",
        segmented: Callable[[int], bool] | None = None,
        command: str = "import",
    ) -> Reconciliation:
        counts = Counter(one.outcome for one in outcomes)
        in_segment = sum(
            one.outcome is Outcome.IMPORTED and segmented is not None and segmented(one.row)
            for one in outcomes
        )
        with OutcomeSpool(self.directory) as spool:
            spool.append(outcomes)
            files = write_run_files(
                self.directory,
                spool.in_order(),
                resemblances,
                header_raw=header,
                delimiter=delimiter,
                segmented=segmented,
                conclude=lambda written: reconcile(
                    run=RunFacts(
                        command="plan" if command == "plan" else "import",
                        segment_id="S" if segmented else "",
                    ),
                    total_input=len(outcomes) if total_input is None else total_input,
                    collected=counts,
                    segmented=in_segment,
                    possible_duplicates=len(resemblances),
                    ledger=spool.ledger,
                    written=written,
                    requests_by_kind={"token": 1, "submit": 2, "poll": 3},
                    duration_s=1.23456,
                ),
            )
            self.digests = files.digests
            return files.result


@pytest.fixture
def run_directory(tmp_path: Path) -> Path:
    directory = tmp_path / "run"
    directory.mkdir()
    return directory


@pytest.fixture
def write_run(run_directory: Path) -> RunWriter:
    return RunWriter(run_directory)
