"""The load: so many readers at once, each answering as fast as the site lets them, in a process of its own.

Reads one order as JSON from its input and writes one `Load` as JSON to its output; `bench.load.measuring` starts it.
"""

import asyncio
import dataclasses
import json
import math
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench.load.client import Connection
from bench.load.walks import WALKS

WARM_UP = 1.0  # seconds at the begin that do not count


@dataclass(frozen=True)
class Load:
    """What one run gave.

    rate: answered cases a second; where it is 0, the times are infinite. p50, p95, p99: milliseconds of the requests
    with an answer. answers: all that were acknowledged, those of the warm-up too. own: the load generator's share of
    one processor core.
    """

    rate: float
    p50: float
    p95: float
    p99: float
    answers: int
    own: float


async def run(order: dict[str, Any]) -> Load:
    """order: walk, address, headers, starts (of one reader each; one that is through is followed by the next),
    readers at once, seconds.

    Raises RuntimeError where the starts do not last.
    """
    starts, done = iter(order["starts"]), []
    begin = time.perf_counter() + WARM_UP
    end = begin + order["seconds"]

    async def seat() -> None:
        connection = Connection(order["address"], order["headers"])
        for start in starts:
            async for seconds in WALKS[order["walk"]](connection, start):
                done.append((time.perf_counter(), seconds))
                if time.perf_counter() > end:
                    connection.close()
                    return
        raise RuntimeError("Every reader has read everything before the time was over: prepare more of them.")

    async def spent_from_begin() -> float:
        await asyncio.sleep(begin - time.perf_counter())
        return time.process_time()

    spent, *_ = await asyncio.gather(spent_from_begin(), *(seat() for _ in range(order["readers"])))
    counted = sorted(seconds * 1000 for at, seconds in done if begin <= at <= end)

    def percentile(percent: int) -> float:
        return counted[math.ceil(percent / 100 * len(counted)) - 1] if counted else math.inf

    return Load(
        rate=len(counted) / order["seconds"],
        p50=percentile(50),
        p95=percentile(95),
        p99=percentile(99),
        answers=len(done),
        own=(time.process_time() - spent) / order["seconds"],
    )


if __name__ == "__main__":
    json.dump(dataclasses.asdict(asyncio.run(run(json.load(sys.stdin)))), sys.stdout)
