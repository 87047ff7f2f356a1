"""Which PDVSync to write to, and how to sign in."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from pydantic import ConfigDict, SecretStr, model_validator

from source_destination_clientes.manifest.objects import Service
from source_destination_clientes.settings.option import OPTIONAL_URL, URL, Section, about

_PDVSYNC: Final = "https://pdvsync.varejo.totvs.com.br"
_RAC_HOSTS: Final = {
    "production": "rac.totvs.app",
    "homologation": "rac.staging.totvs.app",
    "custom": "rac.totvs.app",
}


class Production(Section):
    """PDVSync in production, at pdvsync.varejo.totvs.com.br."""

    model_config = ConfigDict(title="Production")
    environment_type: Literal["production"]

    @property
    def control_base(self) -> str:
        """Base address of the service that opens and closes lotes."""
        return f"{_PDVSYNC}/controleprocesso"

    @property
    def clientes_base(self) -> str:
        """Base address of the service that takes clientes."""
        return f"{_PDVSYNC}/cliente"

    @property
    def dados_basicos_base(self) -> str:
        """Base address of the service that takes what clientes point at."""
        return f"{_PDVSYNC}/dadosbasicos"

    @property
    def status_base(self) -> str:
        """Base address of the status at the stores."""
        return self.control_base


class Homologation(Section):
    """PDVSync's QA environment, at qua-pdvsync.varejo.totvs.com.br; its clientes service has a host of its own."""

    model_config = ConfigDict(title="Homologation (QA)")
    environment_type: Literal["homologation"]

    @property
    def control_base(self) -> str:
        """Base address of the service that opens and closes lotes."""
        return "https://qua-pdvsync.varejo.totvs.com.br/controleprocesso"

    @property
    def clientes_base(self) -> str:
        """Base address of the service that takes clientes."""
        return "https://pdvsync-core-cliente-qa-ywc7q7nxya-uc.a.run.app"

    @property
    def dados_basicos_base(self) -> str:
        """Base address of the service that takes what clientes point at."""
        return "https://pdvsync-core-dadosbasicos-qa-ywc7q7nxya-uc.a.run.app"

    @property
    def status_base(self) -> str:
        """Base address of the status at the stores."""
        return self.control_base


class Custom(Section):
    """Your own addresses: another host, a proxy, the sandbox."""

    model_config = ConfigDict(title="Custom Addresses")
    environment_type: Literal["custom"]
    control_url: str = about(
        "Control URL",
        "Address of the lote control service (<i>controle de processo</i>), up to but without <code>/api/retaguarda</code>.",
        examples=[f"{_PDVSYNC}/controleprocesso"],
        **URL,
    )
    clientes_url: str = about(
        "Clientes URL",
        "Address of the clientes service, up to but without <code>/api/retaguarda</code>.",
        examples=[f"{_PDVSYNC}/cliente"],
        **URL,
    )
    status_url: str | None = about(
        "Status URL",
        "Address of the service that reports the status at the stores, if it is not the control service.",
        None,
        examples=[f"{_PDVSYNC}/controle"],
        **OPTIONAL_URL,
    )
    dados_basicos_url: str | None = about(
        "Dados Básicos URL",
        "Address of the service for basic data (<i>dados básicos</i>), up to but without <code>/api/retaguarda</code>. Only objects "
        "that it takes need it, such as regions.",
        None,
        examples=[f"{_PDVSYNC}/dadosbasicos"],
        **OPTIONAL_URL,
    )

    @property
    def control_base(self) -> str:
        """Base address of the service that opens and closes lotes."""
        return self.control_url.rstrip("/")

    @property
    def clientes_base(self) -> str:
        """Base address of the service that takes clientes."""
        return self.clientes_url.rstrip("/")

    @property
    def dados_basicos_base(self) -> str:
        """Base address of the service that takes what clientes point at; empty where the config names none."""
        return (self.dados_basicos_url or "").rstrip("/")

    @property
    def status_base(self) -> str:
        """Base address of the status at the stores."""
        return (self.status_url or self.control_url).rstrip("/")


class RacPassword(Section):
    """A RAC user, by password grant."""

    model_config = ConfigDict(title="RAC User and Password")
    auth_type: Literal["rac_password"]
    username: str = about(
        "Username",
        "The RAC user for integrations (<i>usuário RAC</i>). It needs the permission RETAGUARDA.",
        min_length=1,
    )
    password: SecretStr = about(
        "Password", "The password (<i>senha</i>) of the RAC user.", min_length=1, airbyte_secret=True
    )
    client_id: str = about(
        "Client ID",
        "The integration's identifier in RAC (<i>ID do cliente OAuth</i>), given by TOTVS together with the RAC tenant.",
        min_length=1,
    )
    client_secret: SecretStr = about(
        "Client Secret",
        "The integration's secret in RAC (<i>segredo do cliente OAuth</i>), given by TOTVS together with the client ID.",
        min_length=1,
        airbyte_secret=True,
    )
    rac_tenant: str | None = about(
        "RAC Tenant",
        "The first part of your RAC address: <code>my-company</code> in <code>https://my-company.rac.totvs.app</code>. The token "
        "address is derived from it and the environment. Give either this or the token URL.",
        None,
        examples=["my-company"],
        pattern="^[A-Za-z0-9-]*$",
        pattern_descriptor="letters, digits and hyphens, such as my-company",
        always_show=True,
    )
    token_url: str | None = about(
        "Token URL",
        "The whole address of the token endpoint, if it cannot be derived from the RAC tenant. Give either this or the RAC tenant.",
        None,
        always_show=True,
        examples=["https://my-company.rac.totvs.app/totvs.rac/connect/token"],
        **OPTIONAL_URL,
    )

    @model_validator(mode="after")
    def _one_address(self) -> "RacPassword":
        if bool(self.rac_tenant) == bool(self.token_url):
            raise ValueError("give either rac_tenant or token_url, and not both")
        return self


class BearerToken(Section):
    """A token from elsewhere. The connector cannot renew it."""

    model_config = ConfigDict(title="Bearer Token")
    auth_type: Literal["bearer_token"]
    token: SecretStr = about(
        "Token",
        "A bearer token for PDVSync. It must be valid until the sync ends, since it cannot be renewed.",
        min_length=1,
        airbyte_secret=True,
    )


ApiVersion: TypeAlias = Literal["v2", "v3"]
Environment: TypeAlias = Production | Homologation | Custom
Credentials: TypeAlias = RacPassword | BearerToken


def token_address(environment: Environment, credentials: Credentials) -> str:
    """Address of RAC's token endpoint; empty for credentials that need none."""
    if not isinstance(credentials, RacPassword):
        return ""
    host = _RAC_HOSTS[environment.environment_type]
    return credentials.token_url or f"https://{credentials.rac_tenant}.{host}/totvs.rac/connect/token"


def service_bases(environment: Environment) -> Mapping[Service, str]:
    """Base addresses of PDVSync's services; empty for one that the config does not name."""
    return {
        "controle": environment.control_base,
        "cliente": environment.clientes_base,
        "dadosbasicos": environment.dados_basicos_base,
    }
