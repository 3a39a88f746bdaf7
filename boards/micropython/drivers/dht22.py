"""A DHT22 (AM2302): temperature and humidity by one wire, with a resistor of 10 kΩ from that wire to 3V3.

It measures every 2 s at most. What is read in between is the last measurement, and says how old it is."""

from time import ticks_diff, ticks_ms

import dht
import machine


class DHT22:
    def __init__(self, pin=15):
        self._sensor = dht.DHT22(machine.Pin(pin))
        self._measured_at = None

    def _measure(self):
        now = ticks_ms()
        if self._measured_at is None or not 0 <= ticks_diff(now, self._measured_at) < 2000:
            self._sensor.measure()
            self._measured_at = now
        return max(0, ticks_diff(now, self._measured_at))

    def temperature(self):
        age = self._measure()
        return {"value": self._sensor.temperature(), "unit": "°C", "age": age}

    def humidity(self):
        age = self._measure()
        return {"value": self._sensor.humidity(), "unit": "%", "age": age}
