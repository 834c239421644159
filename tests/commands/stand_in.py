"""A stand-in for training, so that tests of `drift bench` in this process take moments."""

import hashlib

import numpy as np

from discovery.benchmark import executors
from discovery.benchmark.jobs import Job, JobResult, diagnostic_points, own_versions


def pretend_training(monkeypatch) -> list[Job]:
    """Put it in the place of training; returns the list to which it adds its jobs.

    Curves are noise that depends on drift, settings and seed alone, as that of training does.
    """
    ran: list[Job] = []

    def run_job(job: Job) -> JobResult:
        ran.append(job)
        shape = len(job.trained), job.last - job.first
        curves = np.empty((*shape, job.config.num_updates), np.float32)
        for row, drift in enumerate(job.trained):
            address = hashlib.sha256(f"{job.drifts[drift].text} {job.config}".encode()).digest()
            for column, seed in enumerate(range(job.first, job.last)):
                curves[row, column] = np.random.default_rng([seed, *address]).normal(20, 5, job.config.num_updates)
        diagnostics = {"entropy": np.ones((*shape, diagnostic_points(job.config)), np.float32)}
        return JobResult(curves, diagnostics, 1.0, job.size * job.config.env_steps, own_versions())

    monkeypatch.setattr(executors, "run_job", run_job)
    return ran
