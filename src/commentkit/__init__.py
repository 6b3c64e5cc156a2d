"""A comment section any site can embed: blueprint, storage and identity providers for Flask."""

from commentkit.extension import CommentKit
from commentkit.model import include_name
from commentkit.people.host_users import HostUser
from commentkit.settings import SettingsError
from commentkit.signin.provider import Capabilities, Profile, Provider, ProviderError

__all__ = [
    "Capabilities",
    "CommentKit",
    "HostUser",
    "Profile",
    "Provider",
    "ProviderError",
    "SettingsError",
    "include_name",
]
