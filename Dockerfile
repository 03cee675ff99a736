# Built on any Python >= 3.11 image: --build-arg BASE_IMAGE=... For a build that can be repeated, name
# the image by its digest, too: --build-arg BASE_DIGEST=sha256:...
ARG BASE_IMAGE=python:3.13-slim
ARG BASE_DIGEST=""

FROM ${BASE_IMAGE}${BASE_DIGEST:+@${BASE_DIGEST}} AS build
# requirements/any-field.lock adds what `--match any-field` needs for long lists, 280 MB;
# requirements/remote.lock what files in a bucket, on a web server and on an SFTP server need;
# requirements/otel.lock what `--otlp` needs.
ARG LOCK=requirements.lock
WORKDIR /build
COPY ${LOCK} ./install.lock
COPY requirements/build.lock ./build.lock
RUN python -m venv /opt/cxone && \
    /opt/cxone/bin/pip install --no-cache-dir --require-hashes -r install.lock && \
    python -m venv /opt/build && \
    /opt/build/bin/pip install --no-cache-dir --require-hashes -r build.lock
COPY pyproject.toml README.md LICENSE ./
COPY cxone_async cxone_async
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . && \
    /opt/cxone/bin/pip install --no-cache-dir --no-index --no-deps dist/*.whl && \
    /opt/cxone/bin/pip uninstall --yes pip && \
    /opt/cxone/bin/python -m compileall -q /opt/cxone/lib

FROM ${BASE_IMAGE}${BASE_DIGEST:+@${BASE_DIGEST}}
# Nothing is written outside the mounted run directory, so the root file system can be
# read-only; byte code is compiled above for the same reason.
ENV PATH=/opt/cxone/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/run-directory
COPY --from=build /opt/cxone /opt/cxone
WORKDIR /run-directory
USER 10001:10001
ENTRYPOINT ["cxone-async"]
