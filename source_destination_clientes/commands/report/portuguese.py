"""The report in Portuguese, as it is written in Brazil. Names of settings and of fields stay as they are."""

from collections.abc import Mapping
from typing import Final

from source_destination_clientes.commands.report.advice import Advice

WORDS_IN_PORTUGUESE: Final[Mapping[str, str]] = {
    "title": "Relatório de uma sincronização",
    "job": "Job",
    "attempt": "tentativa",
    "no_job": "fora de um job",
    "inquilino": "Inquilino",
    "host": "Servidor",
    "began": "Início",
    "ended": "Fim",
    "took": "Duração",
    "completed": "concluída",
    "failed": "com falha",
    "stopped": "interrompida",
    "stream": "Stream",
    "object": "Objeto",
    "received": "Registros",
    "accepted": "Aceitos",
    "unchanged": "sem alteração",
    "left_out": "deixados de fora",
    "rejected": "Rejeitados",
    "rejected_later": "Recusados depois",
    "attached": "Arquivos anexados",
    "truncated": "Textos cortados",
    "omitted": "Valores deixados de fora",
    "why": "Por que registros foram rejeitados",
    "why_later": "Recusados depois de aceitos: pelas lojas, ou arquivos",
    "reason": "Motivo",
    "field": "Campo",
    "count": "Registros",
    "stage": "Etapa",
    "happened": "O que aconteceu",
    "remedy": "O que fazer",
    "lotes": "Lotes",
    "lote": "Lote",
    "closed_at": "Fechado em",
    "and_more": "E mais {count}.",
    "waits": "Esperas",
    "waits_said": "{count} esperas, {seconds} s no total; {limited} delas a pedido do PDVSync.",
    "states": "Estados liberados",
    "rows": "Registros rejeitados",
    "rows_in": "Eles estão em {place}.",
    "rows_none": "Nenhum foi guardado.",
    "rows_shown": "{shown} de {found}",
    "search": "Buscar por chave ou palavras",
    "all_reasons": "Todos os motivos",
    "key": "Chave",
    "message": "O que está errado",
    "words": "Resposta da API",
    "when": "Quando",
    "record": "Registro",
    "status": "Status HTTP",
    "masked": "Chaves e valores que podem ser dados pessoais estão mascarados. `report --reveal` mostra tudo.",
    "revealed": "Este arquivo mostra dados pessoais. Cuide dele como cuida da origem dos dados.",
    "needs_script": "A lista usa JavaScript, que faz parte deste arquivo. Nada é buscado em outro lugar.",
    "nothing": "Nenhum registro foi rejeitado.",
    "unreadable": "Linhas que não são registros: {count}.",
}

REASONS_IN_PORTUGUESE: Final[Mapping[str, Advice]] = {
    "missing_field": Advice(
        happened="Um campo obrigatório não veio no registro, ou veio nulo ou em branco, e nem o mapeamento nem a configuração o preenchem. A "
        "mensagem lista todos os campos que faltam. Na etapa `attach`, o registro não diz de quem é o arquivo, ou qual é o arquivo.",
        remedy="Se a origem tem o valor com outro nome, acrescente um campo em `streams[].fields`. Se alguns registros realmente não o têm, "
        "preencha com um texto fixo ou com `{{ record.x or '…' }}`, ou deixe esses registros de fora na origem.",
    ),
    "too_long": Advice(
        happened="Um texto tem mais caracteres do que a API aceita. O banco de dados dos caixas já falhou com valores assim depois de a API os "
        "ter aceitado; por isso eles param aqui.",
        remedy="Mapeie o campo com `cut(n)`, divida-o em dois campos ou ajuste `values.overlong` para `truncate`. `idRetaguarda` nunca é "
        "cortado: duas chaves poderiam virar uma só.",
    ),
    "wrong_type": Advice(
        happened="O valor é de um tipo que não cabe no campo: uma lista ou um objeto onde se espera texto, verdadeiro ou falso em um texto, um "
        "CEP ou telefone sem nenhum dígito. Sem campo indicado, o próprio registro não é um objeto JSON.",
        remedy="Indique a parte certa, por exemplo `address.line1`, ou monte um texto com uma expressão.",
    ),
    "not_in_list": Advice(
        happened="O código não é nenhum dos que a API conhece, ou a palavra não corresponde a nenhum deles; ou o `idInquilino` não é o da "
        "configuração.",
        remedy="Traduza com o filtro `code`, por exemplo `{{ record.sex | code({'X': 0}) }}`. Registros de outro inquilino precisam de uma "
        "conexão própria: um lote é aberto para um só.",
    ),
    "bad_date": Advice(
        happened="O valor não é um dia do calendário no formato `AAAA-MM-DD`, nem um momento em ISO.",
        remedy="Diga como a origem escreve as datas, com o filtro `date`: `{{ record.birth | date('%d/%m/%Y') }}`. Um dia impossível precisa "
        "ser corrigido na origem.",
    ),
    "bad_document": Advice(
        happened="O documento não é um CPF (11 dígitos) nem um CNPJ (14 caracteres), ou os dígitos verificadores não conferem, ou repete um "
        "único dígito, o que nenhum CPF faz.",
        remedy="Corrija na origem. Se você sabe que os documentos estão errados e os quer mesmo assim, ajuste `values.document_check` para "
        "`length_only`.",
    ),
    "mapping_error": Advice(
        happened="Uma expressão do mapeamento falhou neste registro. A mensagem diz o tipo do erro.",
        remedy="Faça a expressão lidar com esses valores, por exemplo com `if`, e experimente em um arquivo com `destination-clientes preview`.",
    ),
    "refused_by_api": Advice(
        happened="O próprio PDVSync recusou o registro: a resposta o citou, ou o pedido foi dividido até ele ficar sozinho. Os outros registros "
        "enviados junto não foram afetados.",
        remedy="Leia a resposta da API. Corrija o registro ou o mapeamento e envie de novo com `replay`; se ela não se explica, é ela, junto "
        "com o lote, que o suporte da TOTVS precisa ver.",
    ),
    "refused_by_store": Advice(
        happened="O PDVSync aceitou o registro, e uma loja informou um erro ao baixar o lote. Uma loja que informa um erro sem citar registros "
        "fala do lote inteiro; por isso cada registro dele tem uma linha.",
        remedy="Leia a resposta, corrija a causa na loja ou no registro e envie de novo com `replay`. O registro pode estar certo em outras "
        "lojas; enviá-lo de novo não faz mal, a não ser que já esteja desatualizado.",
    ),
    "customer_not_found": Advice(
        happened="A API de clientes não conhece ninguém com este CPF ou id, ou só um cliente excluído. O arquivo não foi anexado.",
        remedy="Cadastre o cliente lá e envie de novo com `replay`, ou informe o `customerId`.",
    ),
    "customer_ambiguous": Advice(
        happened="Vários clientes ativos têm este CPF. Nada é adivinhado.",
        remedy="Informe o `customerId` no registro, ou exclua o cliente repetido, e envie de novo com `replay`.",
    ),
    "document_is_not_cpf": Advice(
        happened="O documento é um CNPJ. A API de clientes identifica pessoas pelo CPF; empresas são outro recurso lá.",
        remedy="Informe o `customerId`, se houver. Senão, deixe os anexos de empresas fora do stream.",
    ),
    "file_refused": Advice(
        happened="O arquivo não pôde ser obtido, montado ou anexado: a API de clientes o recusou, o endereço não respondeu, ele está vazio ou "
        "passa do tamanho permitido, ou o registro traz o conteúdo enquanto `attachments.upload` é `none`.",
        remedy="Leia a mensagem e a resposta da API. Corrija o id ou o endereço, reduza o arquivo ou aumente o limite, e envie de novo com "
        "`replay`.",
    ),
}
