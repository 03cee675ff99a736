# Built on any Python >= 3.11 image: --build-arg BASE_IMAGE=...
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
# requirements/any-field.lock adds what `--match any-field` needs for long lists, 280 MB;
# requirements/remote.lock what files in a bucket, on a web server and on an SFTP server need.
ARG LOCK=requirements.lock
WORKDIR /build
COPY ${LOCK} ./install.lock
RUN python -m venv /opt/cxone && \
    /opt/cxone/bin/pip install --no-cache-dir --require-hashes -r install.lock
COPY pyproject.toml README.md LICENSE ./
COPY cxone_async cxone_async
RUN /opt/cxone/bin/pip install --no-cache-dir --no-deps . && \
    /opt/cxone/bin/pip uninstall --yes pip && \
    /opt/cxone/bin/python -m compileall -q /opt/cxone/lib

FROM ${BASE_IMAGE}
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
