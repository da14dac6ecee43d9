# One image for web, worker and gpu-worker; docker-compose.yml says which command each runs.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --requirement requirements.txt

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 readerstudy && mkdir -p /app /data/media && chown readerstudy /data/media
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MEDIA_ROOT=/data/media MPLCONFIGDIR=/tmp
WORKDIR /app
COPY manage.py LICENSE ./
COPY readerstudy readerstudy
COPY generator generator
COPY locale locale
COPY templates templates
COPY static static
# The secret of this one command is thrown away; the running site has its own or does not start.
RUN SECRET_KEY=only-to-collect-static-files python manage.py collectstatic --no-input
USER readerstudy
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/health/', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["gunicorn", "readerstudy.wsgi", "--bind", "0.0.0.0:8000", "--preload", "--workers", "2", "--threads", "4"]
