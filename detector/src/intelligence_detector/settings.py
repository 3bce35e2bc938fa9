"""Settings from the environment; each field is the variable of the same name in capitals."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything a deployment can choose. The three *_enabled are in force for flags that no document sets."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65_535)
    flags_file: Path | None = None
    model_file: Path | None = None
    """What `intelligence-detector train` wrote; without one, the default model of our own specialists."""
    patterns_file: Path | None = None
    """JSON lines `{"pattern", "specialist"[, "confidence"][, "flags"]}` that decide before the models."""
    encoder_dir: Path | None = None
    """A BERT-type sentence encoder; used when the model was taught with the same one."""
    flags_poll_seconds: float = Field(0.2, gt=0, le=60)
    quick_filter_enabled: bool = False
    context_analysis_enabled: bool = False
    enhanced_filter_enabled: bool = False
    cohort_salt: str = "intelligence-rollout"
    """Another salt deals all users anew; every replica must have the same one."""
    cache_size: int = Field(10_000, ge=1)
    cache_ttl_seconds: float = Field(300.0, gt=0)

    @field_validator("cohort_salt")
    @classmethod
    def _encodable(cls, value: str) -> str:
        value.encode()
        return value
