"""Networks: the convolution against XLA's, initial weights, and both precisions."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.rl.config import PPOConfig
from discovery.rl.networks import CHANNELS, Conv, column_normal, make_networks
from discovery.rl.ppo import make_train
from discovery.rl.task import make_task

TINY = PPOConfig(total_steps=512, num_envs=4, num_steps=64, update_epochs=1, num_minibatches=2, hidden=(16,))
CNN = replace(TINY, network="cnn", activation="relu")


def test_the_product_with_windows_is_a_convolution():
    conv = Conv((10, 9, 4), "relu", jnp.dtype("float32"))
    obs = jax.random.normal(jax.random.key(0), (5, 360))
    params = conv.init(jax.random.key(1), obs)
    kernel = params["params"]["Dense_0"]["kernel"].reshape(3, 3, 4, CHANNELS)
    expected = jax.lax.conv_general_dilated(
        obs.reshape(5, 10, 9, 4), kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    got = jnp.asarray(conv.apply(params, obs))
    np.testing.assert_allclose(got.reshape(5, 8, 7, CHANNELS), jax.nn.relu(expected), rtol=1e-4, atol=1e-5)
    assert np.any(np.asarray(got) > 0)


@pytest.mark.parametrize("shape", [(7, 5), (3, 3, 4, 6)])
def test_initial_columns_have_the_given_length(shape):
    kernel = np.asarray(column_normal(1.5)(jax.random.key(0), shape))
    np.testing.assert_allclose(np.linalg.norm(kernel.reshape(-1, shape[-1]), axis=0), 1.5, rtol=1e-5)


def test_cnn_trains_on_images_with_bfloat16_products_and_float32_parameters():
    task = make_task("Breakout-MinAtar")
    actor, _ = make_networks(task, CNN)
    params = actor.init(jax.random.key(0), jnp.zeros(task.obs_size))
    assert actor.apply(params, jnp.zeros((2, 3, task.obs_size))).shape == (2, 3, 3)  # pyright: ignore
    coarse = replace(CNN, matmul="bfloat16")
    result = jax.jit(make_train(task, coarse, lower(ZOO["ppo"].expr)))(jax.random.key(0), ())
    assert {leaf.dtype for leaf in jax.tree.leaves(result.params)} == {jnp.dtype("float32")}
    assert np.isfinite(np.asarray(result.returns)).all()


@pytest.mark.parametrize("name", ["CartPole-v1", "DeepSea-bsuite"])
def test_cnn_is_refused_where_there_is_no_image(name):
    with pytest.raises(ValueError, match=rf"'cnn'.*{name} has shape.*'mlp'") as caught:
        make_train(make_task(name), CNN, lower(ZOO["ppo"].expr))
    assert "\n" not in str(caught.value)


def test_bfloat16_products_keep_parameters_and_outputs_in_float32():
    task = make_task("Breakout-MinAtar")
    obs = jax.random.bernoulli(jax.random.key(1), 0.1, (64, task.obs_size)).astype(jnp.float32)
    fine, coarse = (make_networks(task, replace(CNN, matmul=m))[1] for m in ("float32", "bfloat16"))
    params = coarse.init(jax.random.key(0), obs)
    assert {leaf.dtype for leaf in jax.tree.leaves(params)} == {jnp.dtype("float32")}
    full, rounded = (np.asarray(critic.apply(params, obs)) for critic in (fine, coarse))
    assert rounded.dtype == np.float32
    np.testing.assert_allclose(rounded, full, atol=0.05)
    assert not np.array_equal(rounded, full)
