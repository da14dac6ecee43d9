"""Work for a process that is ended in the middle of it. Without Django, so that such a process can import it."""

import os
import signal
import time
from pathlib import Path

from readerstudy.radiographs.layouts import Labelled, LeftOut
from readerstudy.radiographs.preparing import Prepared, prepare


def prepare_until_grade_4(labelled: Labelled, preset: str, media_root: Path) -> Prepared | LeftOut:
    """Prepare as ever, but at a grade of 4 wait until an image is stored and end this process as the kernel would."""
    if labelled.grade == 4:
        for _ in range(6000):  # a minute at most, so that an import that stores nothing fails and does not hang
            if media_root.exists():
                break
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
    return prepare(labelled, preset)
