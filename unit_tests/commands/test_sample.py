"""Invented clientes for the demo."""

from source_destination_clientes.commands.sample import sample_clientes


def test_the_same_seed_invents_the_same_clientes() -> None:
    assert list(sample_clientes(50)) == list(sample_clientes(50))
    assert list(sample_clientes(50)) != list(sample_clientes(50, seed=1))


def test_keys_are_unique_and_there_are_persons_and_companies() -> None:
    clientes = list(sample_clientes(200))
    assert len({cliente["idRetaguarda"] for cliente in clientes}) == 200
    assert {"atividade" in cliente for cliente in clientes} == {True, False}


def test_one_cliente_in_twenty_has_one_of_six_faults() -> None:
    faulty = [
        cliente
        for cliente in sample_clientes(240)
        if cliente["cpfCnpj"] == "123.456.789-00"
        or not cliente["nome"]
        or len(cliente["nome"]) > 250
        or cliente.get("bloqueado") == "talvez"
        or cliente["situacao"] == "E"
        or "RECUSADO PELA API" in cliente["nome"]
    ]
    assert len(faulty) == 12
    assert [int(cliente["idRetaguarda"][2:]) % 20 for cliente in faulty] == [0] * 12
