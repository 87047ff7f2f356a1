# The connector as Airbyte runs it, and (--target sandbox) the embedded API to try it against.
# It builds with BuildKit and with the classic builder, so nothing here is of one of them alone.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.0.0@sha256:d9894b6895923b379f3006fa251147806919c62b7d9021b5cd125bb67d7bbe22

FROM ${BASE_IMAGE} AS build
USER root
WORKDIR /build
RUN python3 -m venv tools && python3 -m venv --without-pip /opt/destination
# Wheels that were fetched before, with the pip settings of that machine, save the build from needing a network. There may be
# no build/: BuildKit takes a pattern that matches nothing, but not a missing folder before the pattern.
COPY poetry.lock pyproject.toml build*/image* fetched/
COPY scripts/fetch_wheels.sh scripts/requirements.py scripts/
RUN mv fetched/poetry.lock fetched/pyproject.toml . \
    && (cmp -s poetry.lock fetched/locked || PYTHON=tools/bin/python sh scripts/fetch_wheels.sh fetched)
# What the command needs, which airbyte-cdk is not: only who calls the connector from Python needs that.
RUN tools/bin/pip --python /opt/destination/bin/python install --quiet --no-cache-dir --no-index --find-links fetched/wheels \
    --no-deps --require-hashes --requirement fetched/requirements-command.txt \
    && find /opt/destination/lib -type d -name tests -prune -exec rm -r {} +
COPY LICENSE README.md ./
COPY source_destination_clientes source_destination_clientes
RUN tools/bin/pip --python /opt/destination/bin/python install --quiet --no-cache-dir --no-index --find-links fetched/wheels \
    --no-deps .

FROM ${BASE_IMAGE} AS runtime
# Airbyte counts a state as written once it reads it; in a buffer it would be lost with the process.
ENV PATH=/opt/destination/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /airbyte/integration_code

# The packages come last: without overlay2 every step after them copies them once more.
FROM runtime AS connector
USER 1000:1000
ENV AIRBYTE_ENTRYPOINT="destination-clientes"
ENTRYPOINT ["destination-clientes"]
LABEL io.airbyte.name=airbyte/destination-clientes io.airbyte.version=0.1.0
COPY --from=build /opt/destination /opt/destination

# The classic builder builds all stages above its target, so the sandbox comes after the connector.
FROM build AS build-sandbox
RUN tools/bin/pip --python /opt/destination/bin/python install --quiet --no-cache-dir --no-index --find-links fetched/wheels \
    --no-deps --require-hashes --requirement fetched/requirements-sandbox.txt

FROM runtime AS sandbox
USER 1000:1000
ENTRYPOINT ["destination-clientes", "sandbox"]
# Within the container; who can reach it is the choice of whoever publishes the port: -p 127.0.0.1:8080:8080.
CMD ["--host", "0.0.0.0", "--port", "8080"]
EXPOSE 8080
COPY --from=build-sandbox /opt/destination /opt/destination

# What a build without a target makes.
FROM connector
