"""Settings of which a test says all that is not the default, quickly made."""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from rabatt.service import ServiceSettings


class ToldSettings(ServiceSettings):
    """Settings that come from the call alone: nothing outside the test has a say in them, and nothing is looked up."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the names are those of pydantic-settings
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what the call says."""
        return (init_settings,)
