"""Identity services for tests, demos and provider authors; they speak the documented protocols.

They sit below one origin: `/wordpress`, `/google`, `/x`, `/facebook`, `/oidc`, with the real hosts'
paths below each, so that an adapter needs only other base addresses.

    with serve_identity_services(create_app()) as services:
        google = Google(issuer=f"{services.url}/google", …)
        services.faults.set("google", "token", "500")
"""

from .app import create_app
from .clients import DEMO_CLIENTS, Client, demo_client
from .faults import ENDPOINTS, MEANINGS, Fault, FaultBoard, SetFault, kinds_at
from .people import LONG_NAME, PEOPLE, Person
from .serving import RunningServices, scripted_sign_in, serve_identity_services
from .state import Call, IdentityServices

__all__ = [
    "DEMO_CLIENTS",
    "ENDPOINTS",
    "LONG_NAME",
    "MEANINGS",
    "PEOPLE",
    "Call",
    "Client",
    "Fault",
    "FaultBoard",
    "IdentityServices",
    "Person",
    "RunningServices",
    "SetFault",
    "create_app",
    "demo_client",
    "kinds_at",
    "scripted_sign_in",
    "serve_identity_services",
]
