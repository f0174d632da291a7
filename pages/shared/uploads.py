"""What a study remembers of a file that was uploaded."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from commet_core.foundation.documents import Document


class UploadedFile(Document):
    """A file in the spool: `digest` is the sha256 of its content."""

    name: str
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
