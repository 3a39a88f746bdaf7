"""The Pimoroni Pico Display (240 x 135), with the firmware of Pimoroni, which has `picographics`."""

from picographics import DISPLAY_PICO_DISPLAY, PicoGraphics


class PicoDisplay:
    def __init__(self, display=DISPLAY_PICO_DISPLAY):
        self._graphics = PicoGraphics(display=display)
        self._graphics.set_backlight(0.7)
        self._ink = self._graphics.create_pen(255, 255, 255)
        self._paper = self._graphics.create_pen(0, 0, 0)
        self._shown = ""

    def write(self, text):
        """Shows lines of text instead of what was shown. Its letters have no °."""
        graphics = self._graphics
        graphics.set_pen(self._paper)
        graphics.clear()
        graphics.set_pen(self._ink)
        for row, line in enumerate(str(text).replace("°", " ").split("\n")[:5]):
            graphics.text(line, 8, 8 + 25 * row, 224, 3)
        graphics.update()
        self._shown = str(text)

    def read(self):
        return self._shown

    def ops(self):
        """For `node.provide("display", …)`."""
        return {"read": self.read, "write": self.write}
