# The playground as a container: non-root, read-only, without network at run time.
#   docker build -t neural-playground .
#   docker run --rm -p 8501:8501 --read-only --tmpfs /tmp --cap-drop=ALL \
#     --security-opt no-new-privileges neural-playground
# /tmp is used for one thing: an upload above 1 MB is spooled there while it arrives.

FROM python:3.13-slim AS build

# The environment gets no pip of its own: the base image's pip fills it from outside.
COPY requirements.txt .
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install \
      --no-cache-dir --no-compile --disable-pip-version-check -r requirements.txt

# What no running app reads: the packages' own tests, headers and type stubs, notebook widgets,
# Arrow's network services, and second copies of its libraries under other names.
RUN cd /opt/venv/lib/python3*/site-packages \
 && find . -type d \( -name tests -o -name include \) -prune -exec rm -rf {} + \
 && find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.a' \) -delete \
 && rm -rf pyarrow/libarrow_flight* pyarrow/libarrow_python_flight* pyarrow/_flight* \
      pyarrow/libarrow_s3* pyarrow/_s3fs* pyarrow/src pyarrow/libarrow_*.so pyarrow/libarrow_*.so.*.*.* \
      plotly/labextension plotly/package_data/widgetbundle.js pydeck/nbextension/static


FROM python:3.13-slim

ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1 \
    MALLOC_ARENA_MAX=1 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501

COPY --from=build /opt/venv /opt/venv

# Nothing may be written at run time, so bytecode is made now: for the modules that the app loads,
# the standard library's among them, and not for the many (40 MB) that it never does.
RUN python -B -c "import sys, streamlit.web.cli, streamlit.web.bootstrap, streamlit.testing.v1; \
import pandas, plotly.graph_objects as go, plotly.io, pyarrow.compute, sklearn.datasets, sklearn.metrics; \
go.Figure([go.Scatter(), go.Heatmap(), go.Contour(), go.Surface(), go.Bar()]).to_json(); \
print(*{f for m in list(sys.modules.values()) if (f := getattr(m, '__file__', None) or '').endswith('.py')}, sep='\n')" \
  | python -m compileall -q --invalidation-mode unchecked-hash -i -

WORKDIR /app
COPY . .
RUN python -m compileall -q --invalidation-mode unchecked-hash engine playground

USER 10001:10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; \
base = os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'); \
u.urlopen('/'.join(filter(None, ('http://127.0.0.1:8501', base, '_stcore/health'))), timeout=4)"]
CMD ["streamlit", "run", "serve.py"]
