"""Small faults in Python code, by its syntax tree: what ``mutate.py`` draws its mutants from.

    operator     before                 after
    compare      a < b; a == b          a <= b, a >= b; a != b
    arithmetic   a + b; a *= b; -a      a - b; a /= b; a
    boolean      a and b; if a; not a   a or b; if not a; a
    constant     1, True, 1e-3          0 (and 2), False, 1.001
    default      def f(a=1)             def f(a=0)
    keyword      f(a, k=b)              f(a)
    axis         f(a, axis=0)           f(a, axis=1)
    slice        a[i:j]                 a[:j], a[i:], a[i + 1:j], a[i:j + 1]
    delete       a[0] = b; f(a)         pass
    return       return a               return None

Nothing is changed in docstrings and other strings, annotations, aliases of types, decorators, imports, error messages
and warnings (``raise``, ``warn``), assertions, overloads and ``__all__``.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from dataclasses import dataclass

BOUNDARY = {ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE],
            ast.GtE: [ast.Gt, ast.Lt], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot],
            ast.IsNot: [ast.Is], ast.In: [ast.NotIn], ast.NotIn: [ast.In]}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
              ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.BitAnd: ast.BitOr,
              ast.BitOr: ast.BitAnd}
WARNINGS = {"warn", "cast", "overload"}  # calls whose arguments stay as they are
DISPLAYS = (ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.Set)  # no numbers: + joins them


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes
    ----------
    function : str
        Where it stands: ``Class.method``, or "" for the module itself.
    line, last : int
        The lines whose run reaches it; of a default, the first of the function's body. ``last`` is 0 where that is the
        import of the module.
    operator, old, new : str
    nth : int
        0 for the first of several such in the function: with the five fields above it the mutant's name.
    start, end : int
        The bytes of the file that ``code`` stands for.
    """

    file: str
    function: str
    operator: str
    old: str
    new: str
    nth: int
    line: int
    last: int
    start: int
    end: int
    code: str

    @property
    def key(self):
        """Its name, which later changes elsewhere in the file leave as it is."""
        return self.file, self.function, self.operator, self.old, self.new, self.nth

    def applied(self, source):
        """The file with this fault."""
        raw = source.encode()
        return (raw[:self.start] + self.code.encode() + raw[self.end:]).decode()


def mutants_of(file, source):
    """All mutants of a file, in the order of its text."""
    visit = _Visit(file, source)
    visit.body(ast.parse(source).body, "", imported=True)
    return visit.found


def _called(node):
    """The last part of the name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_alias(node):
    """Whether an assignment of a module gives a name to a type."""
    value = getattr(node, "value", None)
    return isinstance(value, ast.Subscript) or isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)


def _joins(node):
    """Whether an operation is on text or lists, not on numbers."""
    sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.value]
    return any(isinstance(side, DISPLAYS) or isinstance(side, ast.Constant) and isinstance(side.value, str | bytes)
               or isinstance(side, ast.BinOp) and _joins(side) for side in sides)


class _Visit:
    """Walks through a file and gathers its mutants."""

    def __init__(self, file, source):
        self.file, self.found, self.seen = file, [], Counter()
        self.starts = [0]
        for line in source.encode().splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def body(self, statements, function, imported):
        for node in statements:
            self.statement(node, function, imported)

    def statement(self, node, function, imported):
        """``imported``: whether it is run when the module is imported."""
        alias = imported and isinstance(node, ast.Assign) and (_is_alias(node) or any(
            getattr(target, "id", "") == "__all__" for target in node.targets))
        if (alias or isinstance(node, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom)
                or isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            return
        if isinstance(node, ast.ClassDef):
            self.body(node.body, f"{function}.{node.name}".lstrip("."), imported)
        elif isinstance(node, ast.FunctionDef):
            self.definition(node, f"{function}.{node.name}".lstrip("."))
        else:
            blocks = [block for name in ("body", "orelse") for block in getattr(node, name, [])]
            end = max(node.lineno, blocks[0].lineno - 1) if blocks else node.end_lineno  # of a loop, an if: the head
            lines = node.lineno, 0 if imported else end
            self.of_statement(node, function, lines)
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    self.statement(child, function, imported)
                elif isinstance(child, ast.ExceptHandler):
                    self.body(child.body, function, imported)
                elif not (isinstance(node, ast.AnnAssign) and child is node.annotation):
                    self.expression(child, function, lines)

    def definition(self, node, name):
        """A function: its defaults and its body."""
        if any("overload" in ast.unparse(decorator) for decorator in node.decorator_list):
            return
        body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.expression(default, name, (body[0].lineno, body[0].lineno), "default")
        self.body(body, name, imported=False)

    def of_statement(self, node, function, lines):
        """Statements deleted, what is returned, the operator of ``a += b``, the condition of an ``if``."""
        deleted = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) or isinstance(
            node, ast.AugAssign) or isinstance(node, ast.Assign) and all(
                isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets)
        if deleted:
            self.add("delete", node, ast.Pass(), function, lines)
        if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC and not _joins(node):
            self.add("arithmetic", node, _with(node, op=ARITHMETIC[type(node.op)]()), function, lines)
        if isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
            self.add("return", node, ast.Return(ast.Constant(None)), function, lines)
        if isinstance(node, ast.If | ast.While):
            self.negated(node.test, function, lines)

    def negated(self, test, function, lines):
        """A condition negated, unless an operator of its own does that."""
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 or isinstance(test, ast.UnaryOp)):
            self.add("boolean", test, ast.UnaryOp(ast.Not(), test), function, lines)

    def expression(self, node, function, lines, where=None):
        """Mutants of an expression and of all that it is made of."""
        if isinstance(node, ast.JoinedStr) or isinstance(node, ast.Call) and _called(node) in WARNINGS:
            return
        for operator, new in _changed(node, where):
            self.add(operator, node, new, function, lines)
        for test in [node.test] if isinstance(node, ast.IfExp) else getattr(node, "ifs", []):
            self.negated(test, function, lines)
        for child in ast.iter_child_nodes(node):
            axis = isinstance(node, ast.keyword) and node.arg == "axis"
            self.expression(child, function, lines, "axis" if axis else where)

    def add(self, operator, node, new, function, lines):
        new = ast.fix_missing_locations(new)
        old_text, new_text = ast.unparse(node), ast.unparse(new)
        name = self.file, function, operator, old_text, new_text
        code = new_text if isinstance(node, ast.stmt | ast.Subscript | ast.Call) else f"({new_text})"
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        self.found.append(Mutant(*name, self.seen[name], *lines, start, end, code))
        self.seen[name] += 1


def _with(node, **fields):
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _changed(node, where):
    """(operator, node) of every fault at the top of an expression."""
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for other in BOUNDARY[type(op)]:
                yield "compare", _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1:]])
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not _joins(node):
        yield "arithmetic", _with(node, op=ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield "boolean", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp):
        yield "boolean" if isinstance(node.op, ast.Not | ast.Invert) else "arithmetic", node.operand
    elif isinstance(node, ast.Constant):
        for value in _other_values(node.value)[:1 if where == "axis" else None]:
            yield where or "constant", ast.Constant(value)
    elif isinstance(node, ast.Call):
        for i, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                yield "keyword", _with(node, keywords=node.keywords[:i] + node.keywords[i + 1:])
    elif isinstance(node, ast.Subscript):
        slices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for i, part in enumerate(slices):
            for new in _other_slices(part) if isinstance(part, ast.Slice) else ():
                parts = [*slices[:i], new, *slices[i + 1:]]
                yield "slice", _with(node, slice=ast.Tuple(parts) if isinstance(node.slice, ast.Tuple) else new)


def _other_values(value):
    """Off by one; True and False."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [0, 2] if value == 1 else [value + 1]
    if isinstance(value, float):
        return [value + 1 if value + 1 != value else 2 * value]
    return []


def _other_slices(part):
    """A bound left out, and one that is off by one where it is no number (those are constants)."""
    for bound in ("lower", "upper"):
        old = getattr(part, bound)
        if old is not None:
            yield _with(part, **{bound: None})
            if not isinstance(old, ast.Constant):
                yield _with(part, **{bound: ast.BinOp(old, ast.Add(), ast.Constant(1))})
