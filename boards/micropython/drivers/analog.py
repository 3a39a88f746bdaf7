"""What a pin measures: a light sensor, a potentiometer, soil moisture. Pins 26, 27 and 28 of a Pico W are analog."""

import machine


def light_sensor(pin=26):
    """The share of the full scale, in %: a light-dependent resistor from 3V3 to the pin, 10 kΩ from there to ground."""
    adc = machine.ADC(machine.Pin(pin))
    return lambda: {"value": round(adc.read_u16() / 655.35, 1), "unit": "%"}


def chip_temperature():
    """The chip's own temperature: some degrees above the room's, and good to a few degrees only."""
    adc = machine.ADC(4)
    return lambda: {"value": round(27 - (adc.read_u16() * 3.3 / 65535 - 0.706) / 0.001721, 1), "unit": "°C"}
