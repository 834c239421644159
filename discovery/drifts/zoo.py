"""Drifts of the literature, each a formula and its source; their verdicts are the prover's business, not written here.

With x = r - 1 and the clip width eps = 0.2. `f = r A - objective`, up to terms constant in r. A source that ends in
"(from memory)" names the paper, whose formula was written down without the paper at hand.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from discovery.drifts.outsiders import why_not
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


_BEYOND = "(r - clip(r, 0.8, 1.2))"
_DPO = "where(A >= 0, relu((r - 1)*A - 2*tanh((r - 1)*A/2)), relu(A*log(r) - 0.6*tanh(A*log(r)/0.6)))"
# F = -a tanh(x) + 1 +- eps +- a tanh(eps) outside the clip, a = 0.3: exactly continuous at 1 +- eps
_PPO_SMOOTH = (
    "relu(A*where(r <= 0.8, r - 0.8 + 0.3*tanh(r - 1) + 0.3*tanh(0.2), "
    "where(r <= 1.2, 0, r - 1.2 + 0.3*tanh(r - 1) - 0.3*tanh(0.2))))"
)
_SCOPIC = "A*(r - 1 - (2/4)*tanh(4*(r - 1)/2))"
_SAPO = "A*where(A >= 0, r - 1 - 2*tanh((r - 1)/2), r - 1 - (2/1.05)*tanh(1.05*(r - 1)/2))"
_CISPO = "A*(r - where(r <= 0.8, 0.8*(1 + log(r/0.8)), where(r <= 1.2, r, 1.2*(1 + log(r/1.2)))))"
_LOG_SURROGATE = "A*(r - 1 - log(r))"
_REPAIR = "repaired by ReLU"

_ENTRIES = (
    ZooEntry("none", "0", "the bare surrogate r*A of A2C and CPI"),
    # clipped objectives
    ZooEntry("ppo", f"relu({_BEYOND}*A)", "PPO-clip, 1707.06347"),
    ZooEntry(
        "dapo_clip_higher", "relu((r - clip(r, 0.8, 1.28))*A)", "DAPO's clip-higher, 2503.14476 (eps 0.2 and 0.28)"
    ),
    ZooEntry("ppo_rollback", f"1.3*relu({_BEYOND}*A)", "PPO with rollback, 1903.07940 (slope 0.3)"),
    ZooEntry("ppo_smooth", _PPO_SMOOTH, "PPOS, 2012.02439 (slope 0.3) (from memory)"),
    ZooEntry(
        "gmpo", "relu((r - exp(clip(log(r), -0.4, 0.4)))*A)", "GMPO for a single step, 2507.20673: clips log r at 0.4"
    ),
    ZooEntry(
        "dual_clip", f"relu({_BEYOND}*A) - where(A < 0, relu(-A*(r - 3)), 0)", "dual-clip PPO, 1912.09729 (c = 3)"
    ),
    ZooEntry("clip_without_min", f"{_BEYOND}*A", "the clipped surrogate without PPO's minimum"),
    # discovered drifts
    ZooEntry("dpo", _DPO, "DPO, 2210.05639 (alpha = 2, beta = 0.6)"),
    # penalties: divergences and distances
    ZooEntry("spo", "abs(A)*(r - 1)**2/(2*0.2)", "SPO, 2401.16025"),
    ZooEntry("kl_forward", "r - 1 - log(r)", "PPO-KL at a fixed weight, 2009.10897 (gauge-fixed form of -log r)"),
    ZooEntry("kl_reverse", "r*log(r) - (r - 1)", "MDPO, 2005.09814"),
    ZooEntry("k1", "-log(r)", "Schulman's k1 estimator of the KL divergence"),
    ZooEntry("k1_reverse", "r*log(r)", "the k1 estimator of the reverse KL divergence"),
    ZooEntry("k2", "log(r)**2/2", "Schulman's k2 estimator of the KL divergence"),
    ZooEntry("chi2", "(r - 1)**2", "chi-squared divergence"),
    ZooEntry("hellinger", "(sqrt(r) - 1)**2", "squared Hellinger distance"),
    ZooEntry("jensen_shannon", "(r*log(r) - (1 + r)*log((1 + r)/2))/2", "Jensen-Shannon divergence"),
    *(
        ZooEntry(
            f"alpha_divergence_{a}",
            f"(r**({a}) - ({a})*r + ({a}) - 1)/(({a})*(({a}) - 1))",
            f"alpha-divergence with alpha = {a}",
        )
        for a in ("-1", "0.3", "0.5", "2.5")
    ),
    ZooEntry("total_variation", "abs(r - 1)/2", "total variation distance"),
    ZooEntry("abs_log", "abs(log(r))", "absolute log-ratio"),
    ZooEntry(
        "cim", "1 - exp(-(r - 1)**2/(2*0.5**2))", "correntropy-induced metric, 2110.10522 (s = 0.5) (from memory)"
    ),
    # soft gates and surrogates: the sign is wrong where A and r - 1 disagree, which a ReLU repairs
    ZooEntry("p3o_scopic", _SCOPIC, "P3O's Scopic objective, 2205.10047 (tau = 4)"),
    ZooEntry("p3o_scopic_relu", f"relu({_SCOPIC})", f"P3O's Scopic objective, {_REPAIR}"),
    ZooEntry("sapo", _SAPO, "SAPO, 2511.20347 (tau = 1 for A >= 0, 1.05 for A < 0)"),
    ZooEntry("sapo_relu", f"relu({_SAPO})", f"SAPO, {_REPAIR}"),
    ZooEntry("cispo", _CISPO, "CISPO, 2506.13585 (eps = 0.2)"),
    ZooEntry("cispo_relu", f"relu({_CISPO})", f"CISPO, {_REPAIR}"),
    ZooEntry("log_surrogate", _LOG_SURROGATE, "the log-likelihood surrogate A*log r of REINFORCE"),
    ZooEntry("log_surrogate_relu", f"relu({_LOG_SURROGATE})", f"the log-likelihood surrogate, {_REPAIR}"),
)

ZOO: dict[str, ZooEntry] = {entry.name: entry for entry in _ENTRIES}


def zoo_entry(name: str) -> ZooEntry:
    """The entry called `name`.

    Raises:
        ValueError: there is none; the message says why, or names the nearest.
    """
    if name in ZOO:
        return ZOO[name]
    reason = why_not(name)
    if reason is not None:
        raise ValueError(f"drift {name!r} is not in the zoo: {reason}")
    close = get_close_matches(name, ZOO, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise ValueError(f"unknown drift {name!r}{hint} (known: {', '.join(ZOO)}; or a run directory, or expr:FORMULA)")
