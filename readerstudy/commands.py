"""What every management command shares: what the place it runs in can do wrong is one sentence, not a traceback."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError

ENDED_BY_PIPE = 141  # 128 + SIGPIPE, as a shell has it of commands that the signal ended


class PlainCommand(BaseCommand):
    """A command that works with the database and the image folder. Ctrl-C ends it in a word, a closed pipe in none."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            said = super().execute(*args, **options)
            self.stdout.flush()
            return said
        except BrokenPipeError:
            # Who read our output, `head` perhaps, has seen enough. What is still held back goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(ENDED_BY_PIPE) from None
        except (OperationalError, ProgrammingError, InterfaceError) as error:
            raise CommandError(said_of_database(error)) from error
        except OSError as error:
            if error.filename is None:
                raise
            of_images = str(error.filename).startswith(str(settings.MEDIA_ROOT))
            folder = f"The image folder {settings.MEDIA_ROOT} (MEDIA_ROOT)" if of_images else str(error.filename)
            raise CommandError(f"{folder} cannot be used: {error.strerror}.") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped.") from error


def said_of_database(error: DatabaseError | InterfaceError) -> str:
    """One sentence on a database that was never migrated, or that cannot be reached."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "no such table" in text or "no such column" in text or ("relation" in text and "does not exist" in text):
        return "The database has not been migrated: run manage.py migrate."
    return f"The database (DATABASE_URL) cannot be used: {text}."
