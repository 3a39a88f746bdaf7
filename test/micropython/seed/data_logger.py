# data_logger.py - Distributed data logging
import tinyos as tinyos
import time
import json

class DataLogger:
    def __init__(self, log_interval=10):
        self.log_interval = log_interval
        self.data_buffer = []
        
    def log_sensors(self):
        """Log all available sensors"""
        tinyos.init()
        
        while True:
            timestamp = time.time()
            data_point = {"timestamp": timestamp, "readings": {}}
            
            # Get all available services
            services = tinyos.list_services()
            
            for service in services:
                if service.endswith("_sensor"):
                    try:
                        handle = tinyos.open_sensor(service)
                        value = tinyos.read(handle)
                        if value is not None:
                            data_point["readings"][service] = value
                    except Exception as e:
                        print(f"Error reading {service}: {e}")
            
            if data_point["readings"]:
                self.data_buffer.append(data_point)
                print(f"Logged: {data_point}")
                
                # Simple file logging
                # (in another implementation,
                # might send to storage service, read: SD)
                if len(self.data_buffer) >= 10:  # Batch writes
                    self.flush_to_file()
            
            time.sleep(self.log_interval)
    
    def flush_to_file(self):
        """Write buffer to file"""
        try:
            with open("sensor_log.json", "a") as f:
                for entry in self.data_buffer:
                    f.write(json.dumps(entry) + "\n")
            self.data_buffer.clear()
            print("Data flushed to file")
        except Exception as e:
            print(f"Error writing to file: {e}")

if __name__ == "__main__":
    logger = DataLogger(log_interval=5)
    logger.log_sensors()
