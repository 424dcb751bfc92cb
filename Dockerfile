# upload-matrix with nothing else: docker build -t upload-matrix .
#
#   docker run --rm -v "$PWD:/work" upload-matrix run
#
# Reports and recordings are written to the folder that is mounted, by the user who runs the container:
# add `--user "$(id -u):$(id -g)"`. To test your own client, build upon this image and install it.
FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /source/
COPY docs/registry/sources.md /source/docs/registry/sources.md
COPY harness /source/harness
RUN pip install --quiet --no-cache-dir uv==0.13.9 && uv build --quiet --wheel --out-dir /dist /source \
    && uv export --quiet --project /source --no-dev --no-emit-project --format requirements.txt --output-file /dist/pins.txt

FROM python:3.13-slim
COPY --from=build /dist /dist
# The pins have hashes, and pip then wants one of everything it is given: the wheel goes by itself.
RUN pip install --quiet --no-cache-dir --requirement /dist/pins.txt \
    && pip install --quiet --no-cache-dir --no-deps /dist/*.whl && rm -r /dist
# Environments that sweeps build are kept here; mount a volume to have them again.
ENV XDG_CACHE_HOME=/cache XDG_STATE_HOME=/cache
RUN mkdir -m 1777 /cache
WORKDIR /work
ENTRYPOINT ["upload-matrix"]
CMD ["run"]
