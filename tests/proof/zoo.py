"""The verdicts that the drifts of the literature (discovery.drifts.zoo) must get, and a few variants."""

from discovery.drifts.zoo import ZOO as ENTRIES

VERDICTS = dict.fromkeys(ENTRIES, "proved") | dict.fromkeys(
    (
        "dual_clip", "clip_without_min", "p3o_scopic", "sapo", "cispo", "log_surrogate",
        "total_variation", "abs_log", "k1", "k1_reverse",
    ),
    "refuted",
)  # fmt: skip

_U = "(r - clip(r, 0.8, 1.2))*A"
VARIANTS = {
    "dual_clip_abs": (f"where(A >= 0, relu({_U}), relu({_U}) - relu(r - 3)*abs(A))", "refuted"),
    "dual_clip_where": (f"where(A >= 0, relu({_U}), relu({_U}) - where(r <= 3, 0, abs(A)*(r - 3)))", "refuted"),
    "kl_forward_weighted": ("0.5*(r - 1 - log(r))", "proved"),
    "kl_reverse_weighted": ("2*(r*log(r) - (r - 1))", "proved"),
    "sapo_relu_1.5": (
        "relu(where(A >= 0, A*(r - 1 - 2*tanh((r - 1)/2)), A*(r - 1 - 4/3*tanh(3*(r - 1)/4))))", "proved",
    ),
}  # fmt: skip

ZOO = {name: (ENTRIES[name].text, verdict) for name, verdict in VERDICTS.items()} | VARIANTS
GAUGES = {"k1": "f + 1*(r - 1)", "k1_reverse": "f - 1*(r - 1)"}
