# tinyos.py
import socket
import time
import _thread
from protocol import TDOSMessage, MessageType, ServiceRegistry
try:
    from pimoroni import Display  # pending impl.
    HAS_DISPLAY = True
except ImportError:
    HAS_DISPLAY = False
    print("Display not available, using console output")

class TinyOS:
    def __init__(self):
        self.registry = ServiceRegistry()
        self.display = None
        self.discovery_socket = None
        self.client_socket = None
        self.running = True
        
        if HAS_DISPLAY:
            self.display = Display()
    
    def init(self):
        self._setup_sockets()
        
        # Start service discovery thread
        _thread.start_new_thread(self._discovery_worker, ())
        
        # Start cleanup thread
        _thread.start_new_thread(self._cleanup_worker, ())
        
        # Wait for initial service discovery
        print("Discovering services...")
        time.sleep(3)
        
        print("Available services:")
        for name in self.registry.services:
            service = self.registry.services[name]
            print(f"  {name} at {service['ip']}:{service['port']}")
    
    def _setup_sockets(self):
        # Discovery socket (listens for announcements)
        self.discovery_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.discovery_socket.bind(("0.0.0.0", 4000))
        self.discovery_socket.settimeout(0.5)
        
        # Client socket (for RPC calls)
        self.client_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client_socket.settimeout(2.0)
    
    def _discovery_worker(self):
        while self.running:
            try:
                data, addr = self.discovery_socket.recvfrom(1024)
                msg = TDOSMessage.deserialize(data)
                
                if msg.msg_type == MessageType.SERVICE_ANNOUNCE:
                    self.registry.register_service(
                        msg.payload["service"],
                        addr[0],
                        msg.payload["port"],
                        {
                            "capabilities": msg.payload.get("capabilities", []),
                            "sensor_type": msg.payload.get("sensor_type", "unknown")
                        }
                    )
                elif msg.msg_type == MessageType.HEARTBEAT:
                    self.registry.update_heartbeat(
                        msg.payload["service"], 
                        addr[0]
                    )
                    
            except OSError:
                continue
            except Exception as e:
                print(f"Discovery error: {e}")
    
    def _cleanup_worker(self):
        while self.running:
            time.sleep(10)
            self.registry.cleanup_stale_services()
    
    def open_display(self):
        if HAS_DISPLAY:
            return "display"
        else:
            return "console"
    
    def open_sensor(self, sensor_type):
        service = self.registry.get_service(sensor_type)
        if service:
            return sensor_type
        else:
            raise RuntimeError(f"Sensor {sensor_type} not available")
    
    # Convenience methods for common sensors
    def open_temp_sensor(self):
        return self.open_sensor("temp_sensor")
    
    def open_humidity_sensor(self):
        return self.open_sensor("humidity_sensor")
    
    def open_light_sensor(self):
        return self.open_sensor("light_sensor")
    
    def write(self, handle, message):
        if handle == "display" and HAS_DISPLAY:
            self.display.clear()
            self.display.text(str(message), 10, 10, 240, 240, scale=2)
            self.display.update()
        elif handle == "console":
            print(f"DISPLAY: {message}")
    
    def read(self, handle):
        service = self.registry.get_service(handle)
        if not service:
            return None
        
        for attempt in range(3):  # Retry logic
            try:
                # Create RPC request
                request = TDOSMessage(
                    MessageType.RPC_REQUEST,
                    {"op": "read"}
                )
                
                # Send request
                addr = (service["ip"], service["port"])
                self.client_socket.sendto(request.serialize(), addr)
                
                # Wait for response
                data, _ = self.client_socket.recvfrom(1024)
                response = TDOSMessage.deserialize(data)
                
                if response.msg_type == MessageType.RPC_RESPONSE:
                    return response.payload.get("value")
                elif response.msg_type == MessageType.ERROR:
                    print(f"Sensor error: {response.payload.get('error')}")
                    return None
                
            except OSError:
                print(f"Timeout reading {handle} (attempt {attempt + 1})")
                self.registry.mark_service_failure(handle)
            except Exception as e:
                print(f"Error reading {handle}: {e}")
                self.registry.mark_service_failure(handle)
        
        return None  # All retries failed
    
    def list_services(self):
        return list(self.registry.services.keys())
    
    def get_service_info(self, service_name):
        return self.registry.get_service(service_name)
    
    def shutdown(self):
        self.running = False
        if self.discovery_socket:
            self.discovery_socket.close()
        if self.client_socket:
            self.client_socket.close()

# Global instance
tinyos = TinyOS()

# API functions for backward compatibility
def init():
    tinyos.init()

def open_display():
    return tinyos.open_display()

def open_temp_sensor():
    return tinyos.open_temp_sensor()

def open_humidity_sensor():
    return tinyos.open_humidity_sensor()

def open_light_sensor():
    return tinyos.open_light_sensor()

def write(handle, message):
    tinyos.write(handle, message)

def read(handle):
    return tinyos.read(handle)

def list_services():
    return tinyos.list_services()


def open_sensor(sensor_type):
    return tinyos.open_sensor(sensor_type)
