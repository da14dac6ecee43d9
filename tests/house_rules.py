"""The rules of this house that no linter off the shelf knows. Each breach names the better way."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

ACCESS = {"login_not_required", "staff_required"}
CSV_WRITER = "readerstudy/csv_writer.py"
MOST_LINES = 350
NAMELESS = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|stuff|data2|things?)(_|$)", re.IGNORECASE)

Rule = Callable[[PurePosixPath, ast.Module, str], Iterator[tuple[int, str]]]


def breaches(root: Path, *folders: str) -> list[str]:
    """Each breach in the Python files of the folders, as `path:line: what to do instead`."""
    found = []
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            path = PurePosixPath(file.relative_to(root))
            if "migrations" not in path.parts:
                found += breaches_of(path, file.read_text(encoding="utf-8"))
    return found


def breaches_of(path: PurePosixPath, source: str) -> list[str]:
    """Each breach in one file of the product."""
    tree = ast.parse(source)
    return [f"{path}:{line}: {advice}" for rule in RULES for line, advice in rule(path, tree, source)]


def tasks_wait_for_the_commit(path: PurePosixPath, tree: ast.Module, source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("delay", "apply_async", "send_task"):
            yield (
                node.lineno,
                f"a worker may start before the rows are committed: `delay_on_commit(…)` instead of `.{node.attr}(…)`",
            )


def views_say_who_may_see_them(path: PurePosixPath, tree: ast.Module, source: str) -> Iterator[tuple[int, str]]:
    if not path.name.endswith("views.py"):
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.lineno, "a view is a function here, so that its access stands above it: `@staff_required`"
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        outermost = ast.unparse(node.decorator_list[0]) if node.decorator_list else ""
        if outermost not in ACCESS:
            yield (
                node.lineno,
                f"say who may see the view {node.name}: `@staff_required`, or `@login_not_required` for anyone, "
                "as its first decorator",
            )


def csv_leaves_through_the_escaping_writer(
    path: PurePosixPath, tree: ast.Module, source: str
) -> Iterator[tuple[int, str]]:
    if str(path) == CSV_WRITER:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            ast.unparse(node) in ("csv.writer", "csv.DictWriter") or node.attr == "to_csv"
        ):
            yield (
                node.lineno,
                f"a name may run as a formula in a spreadsheet: `write_csv` of {CSV_WRITER} instead of `{node.attr}`",
            )


def orders_can_be_redrawn(path: PurePosixPath, tree: ast.Module, source: str) -> Iterator[tuple[int, str]]:
    advice = "nobody can redraw this order: draw it from the study's seed (readerstudy/studies/allocation.py)"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "order_by":
            if any(isinstance(field, ast.Constant) and field.value == "?" for field in node.args):
                yield node.lineno, advice
        elif isinstance(node, ast.Constant) and re.search(r"order\s+by\s+random", str(node.value), re.IGNORECASE):
            yield node.lineno, advice


def files_hold_one_idea(path: PurePosixPath, tree: ast.Module, source: str) -> Iterator[tuple[int, str]]:
    lines = source.count("\n")
    if lines > MOST_LINES:
        yield MOST_LINES, f"{lines} lines hold more than one idea: give the second one a file of its own"


def names_say_what_it_is(path: PurePosixPath, tree: ast.Module, source: str) -> Iterator[tuple[int, str]]:
    advice = "the name says nothing: name the idea that a stranger would look for"
    if any(NAMELESS.search(PurePosixPath(part).stem) for part in path.parts):
        yield 1, advice
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name)
            if NAMELESS.search(words):
                yield node.lineno, advice


def tables_of_truth_stay_out_of_the_reading_room(
    path: PurePosixPath, tree: ast.Module, source: str
) -> Iterator[tuple[int, str]]:
    if "reading" not in path.parts:
        return
    for node in ast.walk(tree):
        named = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        if str(named).lower().split("__")[-1] == "provenance" or "provenance__" in str(named):
            yield (
                getattr(node, "lineno", 1),
                "what a reader sees must not depend on the truth: leave provenance to readerstudy/results",
            )


RULES: tuple[Rule, ...] = (
    tasks_wait_for_the_commit,
    views_say_who_may_see_them,
    csv_leaves_through_the_escaping_writer,
    orders_can_be_redrawn,
    files_hold_one_idea,
    names_say_what_it_is,
    tables_of_truth_stay_out_of_the_reading_room,
)
