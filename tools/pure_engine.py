"""Refuse in the mastery engine whatever makes answers differ between runs: floats, and the order of sets.

Clocks, randomness and I/O are refused by ruff and by import-linter already (pyproject.toml). A set may be asked and
sorted, never gone through: its order is that of the hashes.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ENGINE = Path(__file__).resolve().parent.parent / "services" / "projector" / "mastery"
FLOATS_ALLOWED = {("canonical.py", "as_doubles")}
"""Where doubles are the point: RFC 8785 defines the text of a number by them."""

Fault = tuple[int, str]
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
_ORDERED_BY = ("list", "tuple", "iter", "enumerate", "zip", "map", "filter", "join", "fromkeys", "reversed", "extend")
_SET_METHODS = ("union", "intersection", "difference", "symmetric_difference")


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of the functions and classes in it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, Scope):
            yield from _own_nodes(child)


class Module:
    """One module of the engine."""

    def __init__(self, name: str, source: str) -> None:
        self._name = name
        self._tree = ast.parse(source)

    def faults(self) -> Iterator[Fault]:
        """Yield the line and the reason of each fault."""
        yield from self._faults_of(self._tree, "")
        for node in ast.walk(self._tree):
            if isinstance(node, Scope) and node is not self._tree:
                yield from self._faults_of(node, getattr(node, "name", ""))

    def _faults_of(self, scope: ast.AST, name: str) -> Iterator[Fault]:
        nodes = list(_own_nodes(scope))
        sets = {target for node in nodes for target in _named_sets(node)}
        for node in nodes:
            if _is_float(node) and (self._name, name) not in FLOATS_ALLOWED:
                yield getattr(node, "lineno", 0), "a float: the engine computes with exact numbers"
            for gone_through in _gone_through(node):
                if _is_set(gone_through, sets):
                    yield gone_through.lineno, "a set is gone through: its order is that of the hashes, sort it"


def _named_sets(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node gives to sets."""
    if isinstance(node, ast.Assign) and _is_set(node.value, set()):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        if _says_set(node.annotation) or (node.value is not None and _is_set(node.value, set())):
            yield node.target.id
    elif isinstance(node, ast.arg) and node.annotation is not None and _says_set(node.annotation):
        yield node.arg


def _says_set(annotation: ast.expr) -> bool:
    return ast.unparse(annotation).split("[")[0] in ("set", "frozenset")


def _is_set(node: ast.AST, named: set[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in named
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor | ast.Sub):
        return _is_set(node.left, named) or _is_set(node.right, named)
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Name):
            return called.id in ("set", "frozenset")
        return isinstance(called, ast.Attribute) and called.attr in _SET_METHODS
    return False


def _is_float(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "float") or (
        isinstance(node, ast.Constant) and isinstance(node.value, float)
    )


def _gone_through(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions whose order a node looks at."""
    if isinstance(node, ast.For | ast.AsyncFor):
        yield node.iter
    elif isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
        yield from (one.iter for one in node.generators)
    elif isinstance(node, ast.YieldFrom | ast.Starred):
        yield node.value
    elif isinstance(node, ast.Call):
        called = node.func
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        if name in _ORDERED_BY:
            yield from node.args
        if name == "pop" and not node.args and isinstance(called, ast.Attribute):
            yield called.value


def main() -> int:
    """Print every fault in the engine, or in the folder that is named; exit 1 when there is one."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ENGINE
    count = 0
    for file in sorted(folder.glob("*.py")):
        for line, reason in Module(file.name, file.read_text(encoding="utf-8")).faults():
            print(f"{file.name}:{line}: {reason}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
