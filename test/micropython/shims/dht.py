# A sensor with one wire that always measures the same.


class DHT22:
    def __init__(self, pin):
        self.measured = 0

    def measure(self):
        self.measured += 1

    def temperature(self):
        return 21.5

    def humidity(self):
        return 48.0
