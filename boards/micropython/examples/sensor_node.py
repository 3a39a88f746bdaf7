"""A board that measures. Copy it to the board as `main.py`, with `tdos.py`, `drivers/analog.py` and `config.json`."""

import analog
import tdos

node = tdos.Node()
node.provide("light_sensor", analog.light_sensor(26), labels={"room": "kitchen"})
node.provide("chip_temperature", analog.chip_temperature())
tdos.run(node)
