# server-udp.py
import socket

def main():
    # a socket for datagrams
    sck = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    # binding the socket to the port 7456, as with TCP
    sck.bind(('localhost', 7456))

    # no listen() and no accept(): there are no connections, each message stands alone
    print("Hey you I'm waiting on 7456...still a weird port")

    while True:
        # recvfrom() tells who sent the message, because nobody has connected
        (msg, address) = sck.recvfrom(1024)
        # UDP tells nobody that the client has gone; the two programs agree that an empty message says so
        if not msg:
            break
        print(f"FROM: {address} MSG: {msg}")
        print()

    sck.close()


if __name__ == "__main__":
    main()
