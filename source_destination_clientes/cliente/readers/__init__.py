"""One reader for each kind of value, used by fields, filters and presets alike.

A reader takes a value that is neither None nor an empty text. It returns what goes out, or an empty text for what stands for
nothing, or raises `Misfit`. A value is never guessed: it is read when there is exactly one reading of it, else left out. What was
read once reads as itself.

>>> from source_destination_clientes.cliente.readers.phone import read_phone
>>> read_phone("+55 (031) 99887-7665 ramal 12")
'31998877665'
"""
