#!/usr/bin/env bash
# Builds the wheel, installs it alone outside the checkout and does the main job with it.
set -euo pipefail
python=$1
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m build --quiet --wheel --no-isolation --outdir "$work/dist" "$root"
# The same sources are the same bytes, wherever, whenever and by whomever they are built.
(umask 077; export TZ=Asia/Tokyo; mkdir "$work/copy"; cd "$root"
git ls-files -z | xargs -0 cp --parents -t "$work/copy"
find "$work/copy" -exec touch -d 2001-02-03 {} +
"$python" -m build --quiet --wheel --no-isolation --outdir "$work/again" "$work/copy")
cmp "$work"/dist/*.whl "$work"/again/*.whl
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
  -r "$root/requirements.lock"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$work"/dist/*.whl
cd "$work"
venv/bin/cxone-async --version
# Without a terminal, without a home, and with credentials that the demo must not touch.
env -i PATH=/usr/bin:/bin CXONE_CLIENT_ID=stranger CXONE_CLIENT_SECRET=stranger \
  CXONE_TENANT=stranger venv/bin/cxone-async demo --run-dir run
head -5 run/reconciliation.csv
grep -qx 'data_integrity_check,PASS' run/reconciliation.csv
for file in reconciliation.json outcomes.csv rejects.csv unresolved.csv review.csv duplicates.csv report.html \
  journal.db; do test -s "run/$file" || { echo "missing run/$file"; exit 1; }; done
# Without the extra `any-field`, more keys than the compiled index would take over at.
venv/bin/python -c 'print("phone,email")
for n in range(2_000_000, 2_020_000): print(f"+1212{n},{n}@example.com")' > many.csv
venv/bin/cxone-async plan many.csv --match any-field --threshold 100 --run-dir many > many.txt
grep -q 'ready *20,000' many.txt || { cat many.txt; exit 1; }
