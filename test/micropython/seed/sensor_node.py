# sensor_node.py
import network
import socket
import time
import machine
import _thread
from protocol import TDOSMessage, MessageType, HEARTBEAT_INTERVAL

class SensorNode:
    def __init__(self, service_name, sensor_pin=None):
        self.service_name = service_name
        self.sensor_pin = sensor_pin
        self.running = True
        self.socket = None
        self.broadcast_socket = None
        
        # Simulated sensor for demo (replace with real sensor)
        if sensor_pin:
            self.adc = machine.ADC(sensor_pin)
        
    def connect_wifi(self, ssid="TDOS", password="12345678"):
        wlan = network.WLAN(network.STA_IF)
        wlan.active(True)
        
        if not wlan.isconnected():
            print(f"Connecting to {ssid}...")
            wlan.connect(ssid, password)
            timeout = 10
            while not wlan.isconnected() and timeout > 0:
                time.sleep(1)
                timeout -= 1
            
        if wlan.isconnected():
            ip = wlan.ifconfig()[0]
            print(f"Connected! IP: {ip}")
            return ip
        else:
            raise RuntimeError("Failed to connect to WiFi")
    
    def setup_sockets(self):
        # Service socket
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("0.0.0.0", 5000))
        self.socket.settimeout(1.0)
        
        # Broadcast socket
        self.broadcast_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.broadcast_socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    
    def read_sensor(self):
        if self.service_name == "temp_sensor":
            # Simulate temperature reading
            return 20.0 + (time.time() % 20) - 10
        elif self.service_name == "humidity_sensor":
            # Simulate humidity reading
            return 45.0 + (time.time() % 30)
        elif self.service_name == "light_sensor" and self.sensor_pin:
            # Real ADC reading for light sensor
            reading = self.adc.read_u16()
            return (reading / 65535) * 100  # Convert to percentage
        else:
            return None
    
    def announce_service(self):
        msg = TDOSMessage(
            MessageType.SERVICE_ANNOUNCE,
            {
                "service": self.service_name,
                "port": 5000,
                "capabilities": ["read"],
                "sensor_type": "analog" if self.sensor_pin else "simulated"
            }
        )
        
        try:
            data = msg.serialize()
            self.broadcast_socket.sendto(data, ("255.255.255.255", 4000))
        except Exception as e:
            print(f"Failed to announce service: {e}")
    
    def send_heartbeat(self):
        msg = TDOSMessage(
            MessageType.HEARTBEAT,
            {"service": self.service_name, "status": "healthy"}
        )
        
        try:
            data = msg.serialize()
            self.broadcast_socket.sendto(data, ("255.255.255.255", 4000))
        except Exception as e:
            print(f"Failed to send heartbeat: {e}")
    
    def handle_request(self, request_msg, client_addr):
        try:
            if request_msg.payload.get("op") == "read":
                value = self.read_sensor()
                response = TDOSMessage(
                    MessageType.RPC_RESPONSE,
                    {"value": value, "unit": self.get_unit()},
                    reply_to=request_msg.msg_id
                )
            else:
                response = TDOSMessage(
                    MessageType.ERROR,
                    {"error": "Unknown operation"},
                    reply_to=request_msg.msg_id
                )
            
            self.socket.sendto(response.serialize(), client_addr)
            
        except Exception as e:
            error_response = TDOSMessage(
                MessageType.ERROR,
                {"error": str(e)},
                reply_to=request_msg.msg_id
            )
            self.socket.sendto(error_response.serialize(), client_addr)
    
    def get_unit(self):
        units = {
            "temp_sensor": "°C",
            "humidity_sensor": "%",
            "light_sensor": "%"
        }
        return units.get(self.service_name, "")
    
    def heartbeat_worker(self):
        while self.running:
            self.send_heartbeat()
            time.sleep(HEARTBEAT_INTERVAL)
    
    def run(self):
        ip = self.connect_wifi()
        self.setup_sockets()
        
        # Initial service announcement
        self.announce_service()
        
        # Start heartbeat thread
        _thread.start_new_thread(self.heartbeat_worker, ())
        
        print(f"{self.service_name} node running on {ip}:5000")
        
        last_announce = time.time()
        
        while self.running:
            try:
                # Re-announce service every 30 seconds
                if time.time() - last_announce > 30:
                    self.announce_service()
                    last_announce = time.time()
                
                # Handle requests
                try:
                    data, addr = self.socket.recvfrom(1024)
                    msg = TDOSMessage.deserialize(data)
                    
                    if msg.msg_type == MessageType.RPC_REQUEST:
                        self.handle_request(msg, addr)
                        
                except OSError:
                    continue
                    
            except KeyboardInterrupt:
                break
            except Exception as e:
                print(f"Error in main loop: {e}")
                time.sleep(1)
        
        self.cleanup()
    
    def cleanup(self):
        self.running = False
        if self.socket:
            self.socket.close()
        if self.broadcast_socket:
            self.broadcast_socket.close()


# testing ..
if __name__ == "__main__":
    # For temperature sensor
    sensor = SensorNode("temp_sensor")
    
    # For light sensor with ADC pin
    # sensor = SensorNode("light_sensor", machine.Pin(26))
    
    sensor.run()
