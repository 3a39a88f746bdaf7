# weather_station.py - Multi-sensor weather station
import tinyos as tinyos
import time

def main():
    tinyos.init()
    
    display = tinyos.open_display()
    
    # Try to open multiple sensors
    sensors = {}
    for sensor_name in ["temp_sensor", "humidity_sensor", "light_sensor"]:
        try:
            sensors[sensor_name] = tinyos.open_sensor(sensor_name)
            print(f"Opened {sensor_name}")
        except RuntimeError as e:
            print(f"Could not open {sensor_name}: {e}")
    
    while True:
        readings = {}
        
        # Collect all sensor readings
        for name, handle in sensors.items():
            value = tinyos.read(handle)
            if value is not None:
                readings[name] = value
        
        # Format display message
        lines = []
        if "temp_sensor" in readings:
            lines.append(f"Temp: {readings['temp_sensor']:.1f}°C")
        if "humidity_sensor" in readings:
            lines.append(f"Humidity: {readings['humidity_sensor']:.1f}%")
        if "light_sensor" in readings:
            lines.append(f"Light: {readings['light_sensor']:.0f}%")
        
        if lines:
            message = "\n".join(lines)
        else:
            message = "No sensors available"
        
        tinyos.write(display, message)
        time.sleep(5)

if __name__ == "__main__":
    main()
