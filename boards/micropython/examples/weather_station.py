"""A board that shows what others measure, every 5 s, on its own display, another's, or the console."""

import asyncio

import tdos

node = tdos.Node()
SENSORS = (("Temp", "temp_sensor"), ("Humidity", "humidity_sensor"), ("Light", "light_sensor"))


async def show(text):
    try:
        if display.choices:
            await display.write(text)
        else:
            print(text)
    except tdos.TdosError as error:
        print(error)


async def main():
    while True:
        lines = []
        for label, handle in handles:
            try:
                # A value up to a minute old is better than none, and says so.
                reading = await handle.read(max_age=60000)
                mark = "" if reading.quality != "stale" else " (%d s ago)" % (reading.age // 1000)
                lines.append("%s: %.1f%s%s" % (label, reading.value, reading.unit, mark))
            except tdos.TdosError:
                pass
        await show("\n".join(lines) or "No sensors available")
        await asyncio.sleep(5)


display = tdos.Handle(node, "display")
handles = [(label, tdos.Handle(node, name)) for label, name in SENSORS]
tdos.run(node, main())
