"""Signing in by Streamlit's own `st.login`, where the operator has set a provider up: who is there, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from commet_core.foundation.errors import InputError, Problem
from commet_core.workspace.team import Person

PROVIDER: Final = ("client_id", "client_secret", "server_metadata_url")
SECRET_LETTERS_MIN: Final = 32
DEFAULT: Final = "default"
"""The provider whose settings stand in `[auth]` itself."""


def _settings() -> Mapping[str, Any]:
    try:
        found = st.secrets.get("auth")
    except StreamlitSecretNotFoundError:
        return {}
    return dict(found) if found else {}


def configured() -> bool:
    """Whether people sign in here. Then nobody sees anything who has not."""
    return bool(_settings())


def providers() -> tuple[str, ...]:
    """Names of the providers, as `st.login` takes them; `default` for the one without a name."""
    settings = _settings()
    named = [name for name, value in settings.items() if isinstance(value, Mapping) and "client_id" in value]
    return tuple(([DEFAULT] if "client_id" in settings else []) + named)


def problems() -> list[Problem]:
    """What is missing in the operator's settings; nothing where there is no login at all."""
    settings = _settings()
    if not settings:
        return []
    where = "[auth] in secrets.toml"
    found = [
        Problem(where, f"{key} is missing", "See docs/team.md")
        for key in ("redirect_uri", "cookie_secret")
        if not settings.get(key)
    ]
    if 0 < len(str(settings.get("cookie_secret") or "")) < SECRET_LETTERS_MIN:
        found.append(Problem(where, "cookie_secret is short enough to be guessed", "Give 32 random letters or more"))
    if not providers():
        found.append(Problem(where, "no provider is named", f"Give {', '.join(PROVIDER)}"))
    for name in providers():
        of = settings if name == DEFAULT else settings[name]
        found += [Problem(where, f"{key} of {name} is missing", "See docs/team.md") for key in PROVIDER if not of.get(key)]
    return found


def is_signed_in() -> bool:
    """Whether the browser says who it is, by a cookie that this server has signed."""
    return bool(st.user.get("is_logged_in", False)) and bool(st.user.get("iss")) and bool(st.user.get("sub"))


def person() -> Person:
    """Who is there. Raises InputError where nobody has signed in."""
    if not is_signed_in():
        raise InputError.of("", "you are not signed in", "Reload the page and sign in")
    verified = st.user.get("email_verified") in (True, "true")
    email = str(st.user.get("email") or "") if verified else ""
    return Person(str(st.user["iss"]), str(st.user["sub"]), email, str(st.user.get("name") or ""))


def began_at() -> datetime:
    """When the sign-in began, as the provider says."""
    return datetime.fromtimestamp(_seconds("iat"), UTC)


def has_ended(now: datetime) -> bool:
    """Whether the provider's word for who it is holds no longer."""
    return now.timestamp() >= _seconds("exp")


def _seconds(claim: str) -> float:
    try:
        return float(str(st.user.get(claim) or 0))
    except ValueError:
        return 0.0


def leave() -> None:
    """Signs out of this browser; to be called at the end of a run."""
    st.logout()


def ask(provider: str) -> None:
    """Sends the browser to a provider."""
    if provider == DEFAULT:
        st.login()
    else:
        st.login(provider)
