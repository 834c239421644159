"""The lemmas of a batch: inequalities in one variable that one formula needed and that others may need too.

A lemma is the canonical text of a claim, such as "u*tanh(u) - u**2/(u**2 + 1) on (0, inf)"; its value is its proof, a
JSON value, or None if a search with full effort found none. Nothing here is trusted: a proof that is used becomes a
part of a certificate, and is checked there.
"""

import json
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import Any

MAX_BYTES = 32 * 2**20  # of a cache
MAX_LEMMA_BYTES = 2**20
PACKET_BYTES = 2**17  # sent with one request


class LemmaCache(MutableMapping[str, Any]):
    """Proofs by claim, of bounded size in all: the lemmas that were not used for longest are forgotten first.

    A value that is too long, or no JSON, is not kept. A failure never takes the place of a proof.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[str, tuple[Any, int]] = OrderedDict()

    def __getitem__(self, claim: str) -> Any:
        proof = self._entries[claim][0]
        self._entries.move_to_end(claim)
        return proof

    def __setitem__(self, claim: str, proof: Any) -> None:
        try:
            size = len(claim) + len(json.dumps(proof, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            return
        known = self._entries.get(claim)
        if size > min(MAX_LEMMA_BYTES, self._max_bytes) or (known is not None and proof is None):
            return
        self._bytes += size - (known[1] if known is not None else 0)
        self._entries[claim] = (proof, size)
        self._entries.move_to_end(claim)
        while self._bytes > self._max_bytes:
            self._bytes -= self._entries.popitem(last=False)[1][1]

    def __delitem__(self, claim: str) -> None:
        self._bytes -= self._entries.pop(claim)[1]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, claim: object) -> bool:
        return claim in self._entries

    def unknown_to(self, known: Collection[str], max_bytes: int = PACKET_BYTES) -> dict[str, Any]:
        """The lemmas that are not in `known`, the latest first, at most `max_bytes` of them."""
        packet: dict[str, Any] = {}
        for claim, (proof, size) in reversed(self._entries.items()):
            if claim not in known and size <= max_bytes:
                packet[claim] = proof
                max_bytes -= size
        return packet


def worth_keeping(added: Mapping[str, Any], *, full_effort: bool) -> dict[str, Any]:
    """The lemmas that one run of the prover added, without failures that more effort may turn into proofs."""
    return {claim: proof for claim, proof in added.items() if proof is not None or full_effort}
