"""What the log must not keep: a reader's address is the reader's key."""

import logging
import re

TOKEN = re.compile(r"(/r/)[^/\s?]+")


class HideTokens(logging.Filter):
    """Write /r/… for the address of a reader, in messages and in what is put into them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = TOKEN.sub(r"\1…", str(record.getMessage()))
        record.args = None
        return True
