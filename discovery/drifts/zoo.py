"""Drifts of the literature, each a formula and its source; their verdicts are the prover's business, not written here.

With x = r - 1 and the clip width eps = 0.2. `f = r A - objective`, up to terms constant in r.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from discovery.expression.node import Expr
from discovery.expression.parser import parse


@dataclass(frozen=True)
class ZooEntry:
    """A drift of the literature.

    Attributes:
        name: how commands call it.
        text: the formula f(r, A).
        source: where it comes from (arXiv number) and what it is.
    """

    name: str
    text: str
    source: str

    @property
    def expr(self) -> Expr:
        """The canonical expression."""
        return parse(self.text)


_ENTRIES = (
    ZooEntry("none", "0", "the bare surrogate r*A of A2C and CPI"),
    ZooEntry("ppo", "relu((r - clip(r, 0.8, 1.2))*A)", "PPO-clip, 1707.06347"),
    ZooEntry(
        "dpo",
        "where(A >= 0, relu((r - 1)*A - 2*tanh((r - 1)*A/2)), relu(A*log(r) - 0.6*tanh(A*log(r)/0.6)))",
        "DPO, 2210.05639 (alpha = 2, beta = 0.6)",
    ),
    ZooEntry("spo", "abs(A)*(r - 1)**2/(2*0.2)", "SPO, 2401.16025"),
    ZooEntry("kl_forward", "r - 1 - log(r)", "PPO-KL at a fixed weight, 2009.10897 (gauge-fixed form of -log r)"),
    ZooEntry("kl_reverse", "r*log(r) - (r - 1)", "MDPO, 2005.09814"),
    ZooEntry("chi2", "(r - 1)**2", "chi-squared divergence"),
    ZooEntry("k2", "log(r)**2/2", "Schulman's k2 estimator of the KL divergence"),
    ZooEntry("hellinger", "(sqrt(r) - 1)**2", "squared Hellinger distance"),
    ZooEntry(
        "dual_clip",
        "relu((r - clip(r, 0.8, 1.2))*A) - where(A < 0, relu(-A*(r - 3)), 0)",
        "dual-clip PPO with c = 3, 1912.09729",
    ),
    ZooEntry("p3o_scopic", "A*(r - 1 - (2/4)*tanh(4*(r - 1)/2))", "P3O's Scopic objective with tau = 4, 2205.10047"),
    ZooEntry("clip_without_min", "(r - clip(r, 0.8, 1.2))*A", "the clipped surrogate without PPO's minimum"),
    ZooEntry("total_variation", "abs(r - 1)/2", "total variation distance"),
)

ZOO: dict[str, ZooEntry] = {entry.name: entry for entry in _ENTRIES}


def zoo_entry(name: str) -> ZooEntry:
    """The entry called `name`.

    Raises:
        ValueError: there is none; the message names the nearest.
    """
    if name not in ZOO:
        close = get_close_matches(name, ZOO, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"unknown drift {name!r}{hint} (known: {', '.join(ZOO)}; or a run directory, or expr:FORMULA)")
    return ZOO[name]
