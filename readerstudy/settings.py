"""Settings: one module, every difference between a laptop and a hospital an environment variable.

Without any of them: SQLite, eager tasks and a folder beside manage.py. A secret has no default.
The variables may stand in a file `.env` beside manage.py; docs/operating.md lists them.
"""

import logging
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
YES_OR_NO = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Environment(environ.Env):
    """Raises ImproperlyConfigured naming a variable that cannot be read, and never its value, which may be secret."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} is no whole number; see docs/operating.md.") from error

    def bool(self, var: str, *, default: bool) -> bool:  # environ takes every unknown word for no
        word = self.str(var, default="").strip().lower()
        if word and word not in YES_OR_NO:
            raise ImproperlyConfigured(f"{var} is neither true nor false; see docs/operating.md.")
        return YES_OR_NO.get(word, default)

    def db_url(self, var: str, *, default: str) -> dict[str, Any]:
        try:
            if self.str(var, default=default).startswith(("sqlite:", "postgres:", "postgresql:", "psql:", "pgsql:")):
                return super().db_url(var, default=default)
        except ValueError:
            pass
        raise ImproperlyConfigured(
            f"{var} is no address of a database, such as postgres://user:password@host:5432/name; "
            "see docs/operating.md."
        )


env = Environment()
env.read_env(env.str("READERSTUDY_ENV_FILE", default=str(BASE_DIR / ".env")))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY to a long random text; see docs/operating.md.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "readerstudy.audit",
    "readerstudy.radiographs",
    "readerstudy.studies",
    "readerstudy.reading",
    "readerstudy.results",
    "readerstudy.demonstration",
    "generator",
]
MIDDLEWARE = [
    "readerstudy.reading.straight.readers_leave_no_copy",
    "django.middleware.security.SecurityMiddleware",
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),  # runserver finds static files itself
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "readerstudy.reading.straight.readers_go_straight",  # what follows is for staff
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "readerstudy.urls"
WSGI_APPLICATION = "readerstudy.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Readers answer at the same time: writers wait for one another instead of failing, readers never wait. An answer
    # that was acknowledged is on the disk: NORMAL could lose the last ones when the power fails.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    # Opening a connection costs more than an answer. Each thread of gunicorn keeps one. Staff pages look, before
    # they use it again, whether it still lives; readers' find out (see `personal`): a restarted database costs no
    # answer.
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "redis+socket://", "sentinel://")):
    raise ImproperlyConfigured("REDIS_URL is no address such as redis://host:6379/0; see docs/operating.md.")
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True  # progress and results are database rows
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"generator.tasks.*": {"queue": "gpu"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# After so many seconds Redis gives the task of a worker that died to another one. Longer than any one task takes.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": env.int("CELERY_VISIBILITY_TIMEOUT", default=900)}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "media")).__str__()
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "results:study-list"
LOGOUT_REDIRECT_URL = "login"

# How long an image address that a reader was given stays valid, in seconds. The page renews it.
IMAGE_ADDRESS_MAX_AGE = env.int("IMAGE_ADDRESS_MAX_AGE", default=4 * 3600)

# HTTPS is the rule; only the embedded shape on a laptop (DEBUG) does without it.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 0 if DEBUG else env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_REFERRER_POLICY = (
    "same-origin"  # a reader's address is their key and stays on this host; “no-referrer” would break log-in
)
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
if LOG_LEVEL not in logging.getLevelNamesMapping():
    raise ImproperlyConfigured("LOG_LEVEL is no level of Python’s logging, such as INFO; see docs/operating.md.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"hide_tokens": {"()": "readerstudy.log_filters.HideTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["hide_tokens"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own of these print past the filter
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
