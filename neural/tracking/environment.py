"""What a run was started with: Python, packages, machine, command line, git; redacted.

``environment.json`` holds what :func:`capture_environment` returns:

=============  ===============================================================================
key            value
=============  ===============================================================================
captured_at    ISO time with offset
python         version, implementation, executable, virtual_env
platform       system, release, machine, distribution
host           name, cpu, cpu_count, cpus_usable, memory_bytes, gpus (each name, memory_bytes),
               gpu_driver
argv           ``sys.argv``, secrets taken out
command        the whole command line of the interpreter, secrets taken out
script         path of the main script, ``null`` in a notebook or shell
cwd            the working directory at the start
environment    the variables of an allow-list (CUDA, SLURM, ranks, threads…), secrets taken out
packages       name -> version of everything importable
git            root, commit, branch, remote, dirty, untracked, untracked_count and, with changes,
               diff_file and diff_cut; ``null`` outside a repository
problems       sentences about what could not be found out
=============  ===============================================================================

Importing this module costs nothing: what is slow is imported, and done, in a thread.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

__all__ = ["CaptureHandle", "CapturedEnvironment", "capture_environment", "start_capture"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Variables that say how a run was set up. A name that holds secrets is left out even here.
ALLOWED_NAMES = _names("""
    RANK LOCAL_RANK GROUP_RANK NODE_RANK ROLE_RANK WORLD_SIZE LOCAL_WORLD_SIZE ROLE_WORLD_SIZE
    MASTER_ADDR MASTER_PORT TORCHELASTIC_RUN_ID TORCHELASTIC_RESTART_COUNT PMI_RANK PMI_SIZE
    CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER CUDA_LAUNCH_BLOCKING CUDA_HOME CUDA_VERSION
    CUDA_MODULE_LOADING CUBLAS_WORKSPACE_CONFIG NVIDIA_VISIBLE_DEVICES NVIDIA_TF32_OVERRIDE
    HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES HSA_OVERRIDE_GFX_VERSION ZE_AFFINITY_MASK
    TPU_NAME TPU_VISIBLE_CHIPS OPENBLAS_NUM_THREADS NUMEXPR_NUM_THREADS NUMEXPR_MAX_THREADS
    VECLIB_MAXIMUM_THREADS NUMBA_NUM_THREADS RAYON_NUM_THREADS GOTO_NUM_THREADS
    TORCH_CUDA_ARCH_LIST TORCH_DISTRIBUTED_DEBUG TORCH_LOGS TORCH_COMPILE_DISABLE
    PYTORCH_CUDA_ALLOC_CONF PYTORCH_ALLOC_CONF PYTORCH_ENABLE_MPS_FALLBACK
    TF_CPP_MIN_LOG_LEVEL TF_DETERMINISTIC_OPS TF_CUDNN_DETERMINISTIC TF_ENABLE_ONEDNN_OPTS
    TF_FORCE_GPU_ALLOW_GROWTH TF_XLA_FLAGS XLA_FLAGS XLA_PYTHON_CLIENT_MEM_FRACTION
    XLA_PYTHON_CLIENT_PREALLOCATE JAX_PLATFORMS JAX_ENABLE_X64 JAX_DISABLE_JIT JAX_TRACEBACK
    TOKENIZERS_PARALLELISM HF_HUB_OFFLINE TRANSFORMERS_OFFLINE ACCELERATE_MIXED_PRECISION
    PYTHONHASHSEED PYTHONPATH PYTHONOPTIMIZE PYTHONUNBUFFERED CONDA_DEFAULT_ENV CONDA_PREFIX
    VIRTUAL_ENV LD_LIBRARY_PATH LANG LC_ALL TZ CI NEURAL_EXPERIMENT_ID PBS_JOBID PBS_JOBNAME
    LSB_JOBID LSB_JOBNAME JOB_ID COBALT_JOBID KUBERNETES_SERVICE_HOST
""")
ALLOWED_PREFIXES = ("SLURM_", "OMP_", "MKL_", "KMP_", "NCCL_", "GLOO_", "UCX_", "OMPI_COMM_WORLD_")


class CapturedEnvironment(NamedTuple):
    """What was found.

    Attributes:
        content: The content of environment.json, see the table of this module.
        diff: Uncommitted changes as a redacted patch; ``None`` for none.
    """

    content: dict[str, Any]
    diff: str | None


class _Process(NamedTuple):
    """What the process looks like now; a script may change all of it a moment later."""

    argv: list[str]
    command: list[str]
    script: str | None
    cwd: str | None
    variables: dict[str, str]


def capture_environment(
    cwd: str | os.PathLike[str] | None = None,
    *,
    packages: bool = True,
    git: bool = True,
    git_diff: bool = True,
) -> CapturedEnvironment:
    """Return what can be found out about this process, its machine and its code.

    Nothing is raised: what cannot be found out is a sentence under ``problems``.

    Args:
        cwd: Directory whose repository is asked; ``None`` is the working directory.
        packages: Whether to list the installed packages (about 0.1 s).
        git: Whether to ask git at all.
        git_diff: Whether to keep the uncommitted changes.
    """
    process = _process(None if cwd is None else os.fspath(cwd))
    return list(_captures(process, packages, git, git_diff))[-1]


def start_capture(
    write: Callable[[dict[str, Any], str | None], None],
    *,
    packages: bool = True,
    git: bool = True,
    git_diff: bool = True,
) -> CaptureHandle:
    """Capture the environment in a thread of its own; returns within a millisecond.

    Args:
        write: Called in that thread with the content of environment.json and the diff:
            once with what is known at once, so that a run which dies early has it, and
            once more with everything.
        packages: As in :func:`capture_environment`.
        git: As in :func:`capture_environment`.
        git_diff: As in :func:`capture_environment`.
    """
    process = _process(None)

    def run() -> None:
        for content, diff in _captures(process, packages, git, git_diff):
            write(content, diff)

    return CaptureHandle(run)


class CaptureHandle:
    """A capture that is under way; use :func:`start_capture`.

    Args:
        run: The capture; called in a daemon thread.
    """

    def __init__(self, run: Callable[[], None]) -> None:
        self._run = run
        self._thread = threading.Thread(
            target=self._guarded, name="neural-environment", daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError as exc:  # no more threads, or the interpreter is ending
            _report(exc)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until everything is written.

        Args:
            timeout: Longest wait in seconds; ``None`` waits until the end.

        Returns:
            Whether the capture has ended.
        """
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as exc:  # noqa: BLE001 - a thread ends here, a training goes on
            _report(exc)


def _report(exc: BaseException) -> None:
    import logging

    logging.getLogger(__name__).warning("The environment was not kept: %s", exc, exc_info=exc)


def _process(cwd: str | None) -> _Process:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        here: str | None = os.getcwd() if cwd is None else os.path.abspath(cwd)
    except OSError:  # the working directory was removed
        here = None
    return _Process(
        argv=list(sys.argv),
        command=list(sys.orig_argv),
        script=os.path.join(here or "", script) if script and script[0] != "<" else None,
        cwd=here,
        variables=dict(os.environ),
    )


def _captures(
    process: _Process, packages: bool, git: bool, git_diff: bool
) -> Iterator[CapturedEnvironment]:
    """Yield what is known at once, then everything."""
    from neural.tracking import _machine_facts as facts
    from neural.tracking.redaction import redact_text, secret_values

    problems: list[str] = []
    secrets = secret_values(process.variables)

    def attempt(what: str, find: Callable[[], Any]) -> Any:
        try:
            return find()
        # Any part of an odd system may fail in its own way; the others are still wanted.
        except Exception as exc:  # noqa: BLE001
            problems.append(redact_text(f"{what}: {type(exc).__name__}: {exc}", secrets=secrets))
            return None

    content: dict[str, Any] = {
        "captured_at": attempt("captured_at", facts.now),
        "python": attempt("python", facts.python_facts),
        "platform": attempt("platform", facts.platform_facts),
        "host": attempt("host", facts.host_facts),
        **(attempt("process", lambda: _redacted(process, secrets)) or {}),
        "problems": problems,
    }
    yield CapturedEnvironment(_printable(content), None)

    diff = None
    host = content["host"] or {}
    content["host"] = host | (attempt("gpus", facts.gpu_facts) or {})
    if git and process.cwd is not None:
        state = attempt("git", lambda: _git(str(process.cwd), git_diff, secrets))
        if state is not None:
            content["git"], diff = state.facts, state.diff
            problems += state.problems
    if packages:
        content["packages"] = attempt("packages", facts.package_versions)
    yield CapturedEnvironment(_printable(content), diff)


def _redacted(process: _Process, secrets: list[str]) -> dict[str, Any]:
    from neural.tracking.redaction import redact_argv

    return {
        "argv": redact_argv(process.argv, secrets=secrets),
        "command": redact_argv(process.command, secrets=secrets),
        "script": process.script,
        "cwd": process.cwd,
        "environment": _allowed(process.variables, secrets),
    }


def _allowed(variables: Mapping[str, str], secrets: list[str]) -> dict[str, str]:
    from neural.tracking.redaction import looks_secret, redact_text

    return {
        name: redact_text(value, secrets=secrets)
        for name, value in sorted(variables.items())
        if (name in ALLOWED_NAMES or name.startswith(ALLOWED_PREFIXES))
        and not looks_secret(name, value)
    }


def _git(cwd: str, diff: bool, secrets: list[str]) -> Any:
    from neural.tracking._git_state import git_state

    return git_state(cwd, diff=diff, secrets=secrets)


def _printable(value: Any) -> Any:
    """Return a copy in which every text can be written as UTF-8.

    Arguments and paths may hold any bytes, which Python keeps as lone surrogates.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return value
