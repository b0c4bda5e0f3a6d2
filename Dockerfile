# Winnow in a container: the mount points and arguments of the old product's image.
#   docker build -t winnow .
#   docker run --rm -v PICTURES:/home/input_dir:ro -v OUT:/home/output_dir winnow stopping_condition.n_samples=0.3
FROM python:3.12-slim-bookworm

# Pango draws the report; DejaVu is its font.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-dejavu-core=2.37-* \
        libharfbuzz-subset0=6.0.* \
        libpango-1.0-0=1.50.* \
        libpangoft2-1.0-0=1.50.* \
    && rm -rf /var/lib/apt/lists/*

RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /opt/winnow
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project --compile-bytecode --no-cache
COPY configs configs
COPY resources resources
COPY platform_api platform_api
COPY selection_assets selection_assets
COPY workspace.yaml ./
RUN uv sync --frozen --no-dev --compile-bytecode --no-cache

COPY docker/entrypoint.sh /usr/local/bin/winnow-entrypoint
ENV PATH=/opt/winnow/.venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home
EXPOSE 3000 8000
ENTRYPOINT ["winnow-entrypoint"]
