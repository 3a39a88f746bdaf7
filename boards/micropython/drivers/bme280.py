"""A BME280 on I2C: temperature, humidity and air pressure. The formulas are those of its data sheet, section 8.1.

Reckoned in whole numbers, since a board's floats have 24 bits only."""

import struct
import time

import machine


class BME280:
    def __init__(self, sda=4, scl=5, address=0x76, i2c=None):
        self._i2c = i2c or machine.I2C(sda // 2 % 2, sda=machine.Pin(sda), scl=machine.Pin(scl), freq=100000)
        self._address = address
        if self._read(0xD0, 1) != b"\x60":
            raise OSError("There is no BME280 at address %s: look at the wires, or try 0x77." % hex(address))
        self._t = struct.unpack("<Hhh", self._read(0x88, 6))
        self._p = struct.unpack("<Hhhhhhhhh", self._read(0x8E, 18))
        first = self._read(0xA1, 1)[0]
        two, three, four, five, six, seven = struct.unpack("<hBbBbb", self._read(0xE1, 7))
        self._h = first, two, three, four << 4 | five & 15, six << 4 | five >> 4, seven

    def _read(self, register, count):
        return self._i2c.readfrom_mem(self._address, register, count)

    def _measure(self):
        """Hundredths of °C, Pa * 256, and 1024ths of %."""
        self._i2c.writeto_mem(self._address, 0xF2, b"\x01")
        self._i2c.writeto_mem(self._address, 0xF4, b"\x25")
        for _ in range(20):
            time.sleep_ms(2)
            if not self._read(0xF3, 1)[0] & 8:
                break
        data = self._read(0xF7, 8)
        p = data[0] << 12 | data[1] << 4 | data[2] >> 4
        t = data[3] << 12 | data[4] << 4 | data[5] >> 4
        h = data[6] << 8 | data[7]

        t1, t2, t3 = self._t
        fine = (((t >> 3) - (t1 << 1)) * t2 >> 11) + ((((t >> 4) - t1) * ((t >> 4) - t1) >> 12) * t3 >> 14)

        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self._p
        a = fine - 128000
        b = a * a * p6 + (a * p5 << 17) + (p4 << 35)
        a = (a * a * p3 >> 8) + (a * p2 << 12)
        a = ((1 << 47) + a) * p1 >> 33
        pressure = 0
        if a:
            p = ((1048576 - p << 31) - b) * 3125 // a
            pressure = (p + (p9 * (p >> 13) * (p >> 13) >> 25) + (p8 * p >> 19) >> 8) + (p7 << 4)

        h1, h2, h3, h4, h5, h6 = self._h
        x = fine - 76800
        y = (h << 14) - (h4 << 20) - h5 * x + 16384 >> 15
        z = ((((x * h6 >> 10) * ((x * h3 >> 11) + 32768) >> 10) + 2097152) * h2 + 8192) >> 14
        x = y * z
        x -= ((x >> 15) * (x >> 15) >> 7) * h1 >> 4
        return fine * 5 + 128 >> 8, pressure, min(max(x, 0), 419430400) >> 12

    def temperature(self):
        return {"value": self._measure()[0] / 100, "unit": "°C"}

    def humidity(self):
        return {"value": round(self._measure()[2] / 1024, 1), "unit": "%"}

    def pressure(self):
        return {"value": round(self._measure()[1] / 25600, 1), "unit": "hPa"}
