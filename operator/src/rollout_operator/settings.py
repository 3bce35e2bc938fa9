"""The operator's settings, all from the environment."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """`ROLLOUT_` and the name of the field, in capitals."""

    model_config = SettingsConfigDict(env_prefix="ROLLOUT_", frozen=True, env_ignore_empty=True)

    host: str = "127.0.0.1"
    """Address the HTTP port is bound to."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """One port for /alerts, /healthz, /readyz and /metrics; 0 takes a free one."""
    prometheus_address: str = Field(default="", pattern="^(https?://.+)?$")
    """Provider of rollouts that name none."""
    alert_token_file: Path | None = None
    """File with the bearer token of the webhook; without it /alerts is closed."""
    namespaces: Annotated[tuple[str, ...], NoDecode] = ()
    """Namespaces to look after, separated by commas; empty means all."""
    concurrency: int = Field(default=16, ge=1, le=256)
    """Rollouts looked at in one moment, in each of the two lanes."""
    provider_deadline: float = Field(default=3.0, gt=0, le=60)
    """Seconds a metrics provider has for an answer."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("namespaces", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # noqa: ANN401 - whatever stands in the environment
        return tuple(filter(None, (name.strip() for name in value.split(",")))) if isinstance(value, str) else value

    def alert_token(self) -> str | None:
        """The webhook's token as its file holds it now; None when there is to be none."""
        return self.alert_token_file.read_text(encoding="utf-8").strip() if self.alert_token_file else None
