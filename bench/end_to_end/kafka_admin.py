"""Creates a topic on any Kafka broker: one CreateTopics request (version 4), written by hand so that the benchmark needs no client library."""
import socket
import struct


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def create_topic(host, port, name, partitions, configs, timeout=30):
    body = struct.pack(">i", 1) + text(name) + struct.pack(">ih", partitions, 1) + struct.pack(">i", 0)
    body += struct.pack(">i", len(configs)) + b"".join(text(k) + text(v) for k, v in configs.items())
    body += struct.pack(">ib", 30_000, 0)
    header = struct.pack(">hhi", 19, 4, 1) + text("bench")
    with socket.create_connection((host, port), timeout) as connection:
        frame = header + body
        connection.sendall(struct.pack(">i", len(frame)) + frame)
        size = struct.unpack(">i", receive(connection, 4))[0]
        answer = receive(connection, size)
    # correlation id, throttle time, one topic: name, error code, message
    at = 4 + 4 + 4
    length = struct.unpack_from(">h", answer, at)[0]
    code = struct.unpack_from(">h", answer, at + 2 + length)[0]
    if code not in (0, 36):
        raise SystemExit(f"cannot create topic {name}: Kafka error {code}")


def receive(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise SystemExit("the broker closed the connection")
        data += piece
    return data
