# client-udp.py
import socket

def main():
    # a socket for datagrams
    sck = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    # no connect(): the message itself is the first packet
    print("Sending data...")
    sck.sendto(b"Hola server, are you bored?", ("localhost", 7456))
    # an empty message is a message too: the last one
    sck.sendto(b"", ("localhost", 7456))
    sck.close()

if __name__ == "__main__":
    main()
