"""Run as a program: meta-train the toy in this process's layout and write the final state.

`layout.py OUT [COORDINATOR COUNT INDEX]`; the number of host devices comes from XLA_FLAGS.
"""

import sys

from discovery.metatrain.devices import start_distributed


def main(out: str, *joined: str) -> None:
    if joined:
        start_distributed(joined[0], int(joined[1]), int(joined[2]))
    # only now: some libraries compute while they are imported, and processes must be joined before any computation
    import jax
    import numpy as np

    from discovery.metatrain import programs
    from discovery.metatrain.checkpoint import state_to_arrays
    from discovery.metatrain.loop import meta_train
    from tests.metatrain.toy import CONFIG, LOOPS, make_toy_train

    programs.make_train = make_toy_train
    *_, last = meta_train(LOOPS, CONFIG, chunk=1)
    np.savez(f"{out}.{jax.process_index()}.npz", devices=jax.device_count(), **state_to_arrays(last.state))


main(*sys.argv[1:])
