# One image for each role of the service: `api` (the default), `worker`, `mllp`, `db upgrade`.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements requirements
RUN python -m venv --without-pip /opt/marshrut \
 && pip --python /opt/marshrut/bin/python install --require-hashes -r requirements/runtime.txt \
 && pip install --require-hashes -r requirements/build.txt
COPY . .
RUN pip wheel --no-build-isolation --no-deps --wheel-dir /wheel . \
 && pip --python /opt/marshrut/bin/python install --no-deps /wheel/*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home marshrut
COPY --from=build /opt/marshrut /opt/marshrut
ENV PATH=/opt/marshrut/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MARSHRUT_API_HOST=0.0.0.0 \
    MARSHRUT_API_PORT=8080 \
    MARSHRUT_MLLP_HOST=0.0.0.0
USER marshrut
EXPOSE 8080 2575
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"MARSHRUT_API_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["marshrut"]
CMD ["api"]
