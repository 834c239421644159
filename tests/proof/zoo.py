"""The drifts of the literature (facts/drift-zoo.md) with their verdicts: name -> (text, verdict)."""

_X, _L = "(r - 1)", "log(r)"
_U = "(r - clip(r, 0.8, 1.2))*A"
_PPOS = "where(r <= 0.8, r - (0.8 - 0.3*tanh(r - 1) - 0.3*tanh(0.2)), \
where(r <= 1.2, 0, r - (1.2 - 0.3*tanh(r - 1) + 0.3*tanh(0.2))))"
_CISPO = "A*(r - where(r <= 0.8, 0.8*(1 + log(r/0.8)), where(r <= 1.2, r, 1.2*(1 + log(r/1.2)))))"
_SCOPIC = "A*(r - 1 - 2/4*tanh(4*(r - 1)/2))"
_SAPO = "where(A >= 0, A*(r - 1 - 2*tanh((r - 1)/2)), A*(r - 1 - 4/3*tanh(3*(r - 1)/4)))"
_DPO = f"where(A >= 0, relu({_X}*A - 2*tanh({_X}*A/2)), relu({_L}*A - 0.6*tanh({_L}*A/0.6)))"

ZOO = {
    "none": ("0", "proved"),
    "ppo": (f"relu({_U})", "proved"),
    "dapo_clip_higher": ("relu((r - clip(r, 0.8, 1.28))*A)", "proved"),
    "ppo_rollback": (f"1.3*relu({_U})", "proved"),
    "ppo_smooth": (f"relu(({_PPOS})*A)", "proved"),
    "spo": (f"abs(A)*{_X}**2/0.4", "proved"),
    "dpo": (_DPO, "proved"),
    "kl_forward": ("0.5*(r - 1 - log(r))", "proved"),
    "kl_reverse": ("2*(r*log(r) - (r - 1))", "proved"),
    "k2": ("0.3/2*log(r)**2", "proved"),
    "chi2": ("(r - 1)**2", "proved"),
    "hellinger": ("(sqrt(r) - 1)**2", "proved"),
    "jensen_shannon": ("(r*log(r) - (1 + r)*log((1 + r)/2))/2", "proved"),
    "alpha_divergence_0.3": ("(r**0.3 - 0.3*r + 0.3 - 1)/(0.3*(0.3 - 1))", "proved"),
    "alpha_divergence_0.5": ("(r**0.5 - 0.5*r + 0.5 - 1)/(0.5*(0.5 - 1))", "proved"),
    "alpha_divergence_2.5": ("(r**2.5 - 2.5*r + 1.5)/(2.5*1.5)", "proved"),
    "alpha_divergence_-1": ("(r**(-1) + r - 2)/2", "proved"),
    "cim": ("1 - exp(-(r - 1)**2/(2*0.5**2))", "proved"),
    "gmpo": ("relu((r - exp(clip(log(r), -0.4, 0.4)))*A)", "proved"),
    "dual_clip": (f"where(A >= 0, relu({_U}), relu({_U}) - relu(r - 3)*abs(A))", "refuted"),
    "dual_clip_where": (f"where(A >= 0, relu({_U}), relu({_U}) - where(r <= 3, 0, abs(A)*(r - 3)))", "refuted"),
    "clip_without_min": (_U, "refuted"),
    "p3o_scopic": (_SCOPIC, "refuted"),
    "p3o_scopic_relu": (f"relu({_SCOPIC})", "proved"),
    "sapo": (_SAPO, "refuted"),
    "sapo_relu": (f"relu({_SAPO})", "proved"),
    "cispo": (_CISPO, "refuted"),
    "cispo_relu": (f"relu({_CISPO})", "proved"),
    "log_surrogate": ("A*(r - 1 - log(r))", "refuted"),
    "log_surrogate_relu": ("relu(A*(r - 1 - log(r)))", "proved"),
    "total_variation": ("abs(r - 1)/2", "refuted"),
    "abs_log": ("abs(log(r))", "refuted"),
    "k1": ("-log(r)", "refuted"),
    "k1_reverse": ("r*log(r)", "refuted"),
}
GAUGES = {"k1": "f + 1*(r - 1)", "k1_reverse": "f - 1*(r - 1)"}
