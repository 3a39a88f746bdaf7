# protocol.py
import json
import time
import hashlib
try:
    import zlib
except ImportError:
    zlib = None
import binascii
from micropython import const

# Protocol constants
PROTOCOL_VERSION = const(1)
MAX_MESSAGE_SIZE = const(1024)
HEARTBEAT_INTERVAL = const(5)  # seconds
SERVICE_TIMEOUT = const(15)    # seconds
MAX_RETRIES = const(3)

class MessageType:
    SERVICE_ANNOUNCE = const(1)
    SERVICE_QUERY = const(2)
    RPC_REQUEST = const(3)
    RPC_RESPONSE = const(4)
    HEARTBEAT = const(5)
    ERROR = const(6)

class TDOSMessage:
    def __init__(self, msg_type, payload, msg_id=None, reply_to=None):
        self.version = PROTOCOL_VERSION
        self.msg_type = msg_type
        self.msg_id = msg_id or self._generate_id()
        self.reply_to = reply_to
        self.timestamp = time.time()
        self.payload = payload
    
    @staticmethod
    def _generate_id():
        return binascii.hexlify(hashlib.sha256(str(time.ticks_us()).encode()).digest()).decode()[:8]
    
    def serialize(self, compress=False):
        data = {
            "v": self.version,
            "t": self.msg_type,
            "id": self.msg_id,
            "ts": self.timestamp,
            "p": self.payload
        }
        if self.reply_to:
            data["r"] = self.reply_to
            
        json_data = json.dumps(data).encode()
        
        if compress and len(json_data) > 512:
            json_data = zlib.compress(json_data)
            data["c"] = True  # compressed flag
            
        return json_data
    
    @classmethod
    def deserialize(cls, data):
        try:
            if data.startswith(b'\x78'):  # zlib header -> custom compression?
                data = zlib.decompress(data)
            
            msg_dict = json.loads(data.decode())
            
            # Version compatibility check
            if msg_dict.get("v", 0) > PROTOCOL_VERSION:
                raise ValueError("Unsupported protocol version")
            
            return cls(
                msg_type=msg_dict["t"],
                payload=msg_dict["p"],
                msg_id=msg_dict["id"],
                reply_to=msg_dict.get("r")
            )
        except Exception as e:
            raise ValueError(f"Failed to deserialize message: {e}")

class ServiceRegistry:
    def __init__(self):
        self.services = {}  # service_name -> {ip, port, last_seen, metadata}
        self.pending_requests = {}  # msg_id -> (callback, timeout)
    
    def register_service(self, name, ip, port, metadata=None):
        self.services[name] = {
            "ip": ip,
            "port": port,
            "last_seen": time.time(),
            "metadata": metadata or {},
            "failures": 0
        }
        print(f"Registered service: {name} at {ip}:{port}")
    
    def update_heartbeat(self, name, ip):
        if name in self.services and self.services[name]["ip"] == ip:
            self.services[name]["last_seen"] = time.time()
            self.services[name]["failures"] = 0  # Reset failure count
    
    def get_service(self, name):
        if name in self.services:
            service = self.services[name]
            if time.time() - service["last_seen"] < SERVICE_TIMEOUT:
                return service
            else:
                print(f"Service {name} timed out, removing...")
                del self.services[name]
        return None
    
    def cleanup_stale_services(self):
        stale = [name for name, info in self.services.items() 
                if time.time() - info["last_seen"] > SERVICE_TIMEOUT]
        for name in stale:
            print(f"Removing stale service: {name}")
            del self.services[name]
    
    def mark_service_failure(self, name):
        if name in self.services:
            self.services[name]["failures"] += 1
            if self.services[name]["failures"] >= MAX_RETRIES:
                print(f"Service {name} failed too many times, removing...")
                del self.services[name]
