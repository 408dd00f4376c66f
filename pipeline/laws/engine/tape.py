"""A formula as a tape of steps: each function in it is one, and what stands between them are sums and products of steps."""

from __future__ import annotations

import sympy as sp


class exp_(sp.Function):
    """exp that SymPy does not fold back into a power."""

    nargs = (1,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002 - the signature of SymPy
        return self


class log_(sp.Function):
    """log that SymPy does not fold back into a power."""

    nargs = (1,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002 - the signature of SymPy
        return inverse_(self.args[0])


class inverse_(sp.Function):
    """1/x, a step of its own: NumPy's powers −2, −3, … take ten times as long as products of it."""

    nargs = (1,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:  # noqa: ARG002 - the signature of SymPy
        return -(self**2)


UNFOLDED = {sp.exp: exp_, sp.log: log_}


class Tape:
    """The steps of some formulas, in an order in which they can be worked out; a step that comes again is the same one."""

    def __init__(self) -> None:
        self.steps: dict[sp.Symbol, sp.Expr] = {}
        self.names: dict[sp.Expr, sp.Symbol] = {}

    def step(self, expression: sp.Expr) -> sp.Expr:
        """The symbol under which an expression stands on the tape; a number, a symbol and a multiple of one are their own."""
        return self._named(self._flat(expression))

    def value(self, expression: sp.Expr) -> sp.Expr:
        """The symbol under which a formula stands on the tape: one step, so that it can be differentiated."""
        return self._named(self._flat(expression), alone=True)

    def _named(self, flat: sp.Expr, alone: bool = False) -> sp.Expr:
        multiple = flat.is_Mul and len(flat.args) == 2 and flat.args[0].is_Number and flat.args[1].is_Symbol
        if flat.is_Atom or (multiple and not alone):
            return flat
        if flat not in self.names:
            self.names[flat] = sp.Symbol(f"x_{len(self.steps)}", real=True)
            self.steps[self.names[flat]] = flat
        return self.names[flat]

    def _flat(self, expression: sp.Expr) -> sp.Expr:
        """Sums and products of numbers, symbols and steps; or one function, one choice of these, which is a step."""
        if expression.is_Atom:
            return expression
        if expression.is_Pow:
            return self._power(*expression.args)
        if expression.is_Piecewise:
            cases = [(self.value(value), self._flat(condition)) for value, condition in expression.args]
            return self._named(sp.Piecewise(*cases, evaluate=False))
        if expression.is_Mul:
            return self._product(expression)
        parts = [self._flat(part) for part in expression.args]
        if expression.is_Add:
            return sp.factor_terms(sp.Add(*parts))
        kind = UNFOLDED.get(expression.func, expression.func)
        if kind is exp_:
            return self._exponential(parts[0])
        if kind is log_:
            return self._logarithm(parts[0])
        made = kind(*map(self._named, parts))
        return self._named(made) if isinstance(expression, sp.Function) else made

    def _exponential(self, power: sp.Expr) -> sp.Expr:
        """The step of an exponential; the inverse of that of the opposite, where it is a step."""
        opposite = self.names.get(exp_(self.names.get(-power, -power)))
        return self._named(exp_(self._named(power)) if opposite is None else inverse_(opposite))

    def _product(self, product: sp.Mul) -> sp.Expr:
        """A product; of exponentials, one exponential of the sum."""
        unfolded = [self._unfolded(part) for part in product.args]
        exponents = [part.args[0] for part in unfolded if part.func is exp_]
        others = [self._flat(part) for part in unfolded if part.func is not exp_]
        return sp.Mul(*others, self._flat(exp_(sp.Add(*exponents)))) if exponents else sp.Mul(*others)

    @staticmethod
    def _unfolded(part: sp.Expr) -> sp.Expr:
        """A power that goes through logarithms as the exponential that it is."""
        if part.func is sp.exp:
            return exp_(part.args[0])
        through = part.is_Pow and not (2 * part.exp).is_Integer
        return exp_(part.exp * log_(part.base)) if through else part

    def _logarithm(self, of: sp.Expr) -> sp.Expr:
        """log of a product with an exponential in it is the exponent and the log of the rest."""
        factors = sp.Mul.make_args(of)
        exponents = [self.steps[f].args[0] for f in factors if self.steps.get(f, f).func is exp_]
        rest = sp.Mul(*(f for f in factors if self.steps.get(f, f).func is not exp_))
        return sp.Add(*exponents, sp.S.Zero if rest == 1 else self._named(log_(self._named(rest))))

    def _power(self, base: sp.Expr, power: sp.Expr) -> sp.Expr:
        """Whole powers are products, negative ones of the inverse, half ones of the root; others go through logarithms."""
        if power.is_Integer:
            of = self.step(base)
            return self._named(inverse_(of)) ** -power if power < 0 else of**power
        if (2 * power).is_Integer:
            root = self._named(sp.Pow(self.step(base), sp.Rational(1, 2), evaluate=False))
            return self._power(root, 2 * power)
        return self._flat(exp_(power * log_(base)))

    def reached(self, outputs: list[sp.Expr]) -> list[sp.Symbol]:
        """The steps that the outputs need, in their order."""
        needed, waiting = set[sp.Symbol](), [symbol for output in outputs for symbol in output.free_symbols]
        while waiting:
            symbol = waiting.pop()
            if symbol in self.steps and symbol not in needed:
                needed.add(symbol)
                waiting.extend(self.steps[symbol].free_symbols)
        return [symbol for symbol in self.steps if symbol in needed]
