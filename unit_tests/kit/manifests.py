"""The shipped objects by name, and one that only a config declares."""

from source_destination_clientes.manifest.objects import DeclaredObject
from source_destination_clientes.manifest.shipped import shipped_manifest


def shipped(name: str) -> DeclaredObject:
    return shipped_manifest().get(name)


PLANO = """\
- type: StaticCatalogOperation
  object_name: plano
  title: Plans
  also: [planos]
  destination_import_modes: [{type: Append}, {type: SoftDelete, field: situacao, value: 0}]
  matching_keys: [[idRetaguarda]]
  schema:
    properties:
      $ref: "#/definitions/identity"
      descricao: {reader: text, title: Description, required: true, max_length: 60}
      taxa: {reader: number}
      nivel: {reader: code, codes: {1: basic, 2: gold}, default: 1}
      desde: {reader: date}
      situacao: {$ref: "#/definitions/situacao"}
- type: BatchRequestWriter
  objects: [{name: plano}]
  lote: {tipo: 777, before: [cliente]}
  requester: {service: dadosbasicos, path: v3/dadosdinamicos/down/777/1}
"""

IN_CLIENTE = """\
- type: AdditionalFields
  object_name: cliente
  properties: {idRetaguardaPlano: {reader: text, title: Key of the plan, max_length: 100}}
"""
