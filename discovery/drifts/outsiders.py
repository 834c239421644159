"""Algorithms that people look for in the zoo, and why they have no drift f(r, A).

A drift of this package is one function of the ratio r and the advantage A of one action. What needs the whole state,
the sequence, the batch or the probabilities themselves cannot be written so.
"""

_CLIP_COV = "it selects tokens by their covariance over the batch, which r and A of one token do not tell"
_MPO = "its step fits the policy to re-weighted actions by maximum likelihood; it has no surrogate in r and A"

OUTSIDERS = {
    "trpo": "its constraint is a neighbourhood (the mean KL divergence of a state is bounded) with drift 0, "
    "no function of r and A",
    "adaptive_kl_ppo": "the weight of its penalty changes with the KL divergence of the last batch, in jumps; "
    "at a fixed weight it is kl_forward",
    "truly_ppo": "its trigger is the KL divergence of the whole state, and the objective jumps where it is reached; "
    "with the ratio alone as the trigger it is ppo_rollback",
    "pop3d": "its point probability distance (pi_new - pi_old)**2 needs pi_old(a|s) besides the ratio",
    "gspo": "it clips the ratio of a whole sequence, not of one token",
    "clip_cov": _CLIP_COV,
    "kl_cov": _CLIP_COV,
    "mpo": _MPO,
    "v_mpo": _MPO,
}
_SPELLINGS = {
    "ppo_adaptive_kl": "adaptive_kl_ppo",
    "adaptive_kl": "adaptive_kl_ppo",
    "ppo_kl_adaptive": "adaptive_kl_ppo",
    "trulyppo": "truly_ppo",
    "tr_ppo_rb": "truly_ppo",
    "vmpo": "v_mpo",
    "clipcov": "clip_cov",
    "klcov": "kl_cov",
}


def why_not(name: str) -> str | None:
    """Why the algorithm `name` has no entry in the zoo, or None if it is none of these. Case and - _ do not matter."""
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    return OUTSIDERS.get(_SPELLINGS.get(key, key))
