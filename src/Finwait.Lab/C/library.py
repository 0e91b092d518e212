import errno as errors
import os
import socket
import struct
import sys
import time

errno = 0
files = [None] * 1024
typed = ""
ended = False


def fail(error):
    global errno
    errno = error.errno if error.errno else 5
    return -1


def sock(fd):
    if fd < 0 or fd > 1023 or files[fd] is None:
        raise OSError(9 if fd < 0 or fd > 2 else 88, "Bad file descriptor")
    return files[fd]


def keep(s):
    files[s.fileno()] = s
    return s.fileno()


def text(b):
    if b is None:
        return "(null)"
    end = b.find(b"\0")
    return (b if end < 0 else b[:end]).decode("utf-8", "replace")


def put(b, data):
    b[0:len(data)] = data
    return len(data)


def array(b, data):
    b[0:len(data)] = data
    return b


def tail(b, n):
    return b[n:]


def divide(a, b):
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def remainder(a, b):
    return a - divide(a, b) * b


def dotted(a):
    return "%d.%d.%d.%d" % (a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24 & 255)


def packed(words):
    p = words.split(".")
    return int(p[0]) | int(p[1]) << 8 | int(p[2]) << 16 | int(p[3]) << 24


def peer(a):
    return (dotted(a[2][0]), socket.ntohs(a[1]))


def tell(a, address, length):
    if a is not None:
        a[0] = 2
        a[1] = socket.htons(address[1])
        a[2][0] = packed(address[0])
    if length is not None:
        length[0] = 16


def main_arguments():
    words = []
    for word in sys.argv:
        words.append(word.encode() + b"\0")
    return words


def c_socket(family, kind, protocol):
    try:
        return keep(socket.socket(family, kind, protocol))
    except OSError as e:
        return fail(e)


def c_bind(fd, a, length):
    try:
        sock(fd).bind(peer(a))
        return 0
    except OSError as e:
        return fail(e)


def c_listen(fd, backlog):
    try:
        sock(fd).listen(max(0, backlog))
        return 0
    except OSError as e:
        return fail(e)


def c_accept(fd, a, length):
    try:
        s, address = sock(fd).accept()
        tell(a, address, length)
        return keep(s)
    except OSError as e:
        return fail(e)


def c_connect(fd, a, length):
    try:
        sock(fd).connect(peer(a))
        return 0
    except OSError as e:
        return fail(e)


def c_close(fd):
    try:
        s = sock(fd)
        files[fd] = None
        s.close()
        return 0
    except OSError as e:
        return fail(e)


def c_shutdown(fd, how):
    try:
        sock(fd).shutdown(how)
        return 0
    except OSError as e:
        return fail(e)


def c_recv(fd, b, n, flags):
    try:
        return put(b, sock(fd).recv(n, flags))
    except OSError as e:
        return fail(e)


def c_recvfrom(fd, b, n, flags, a, length):
    try:
        data, address = sock(fd).recvfrom(n, flags)
        tell(a, address, length)
        return put(b, data)
    except OSError as e:
        return fail(e)


def c_send(fd, b, n, flags):
    try:
        return sock(fd).send(bytes(b[:n]), flags)
    except OSError as e:
        return fail(e)


def c_sendto(fd, b, n, flags, a, length):
    try:
        return sock(fd).sendto(bytes(b[:n]), flags, peer(a))
    except OSError as e:
        return fail(e)


def c_read(fd, b, n):
    if fd == 0:
        line = type_line(n)
        return put(b, line.encode())
    return c_recv(fd, b, n, 0)


def c_write(fd, b, n):
    if fd == 1 or fd == 2:
        (sys.stdout if fd == 1 else sys.stderr).write(bytes(b[:n]).decode("utf-8", "replace"))
        return n
    return c_send(fd, b, n, 0)


def c_getsockname(fd, a, length):
    try:
        tell(a, sock(fd).getsockname(), length)
        return 0
    except OSError as e:
        return fail(e)


def c_getpeername(fd, a, length):
    try:
        tell(a, sock(fd).getpeername(), length)
        return 0
    except OSError as e:
        return fail(e)


def c_setsockopt(fd, level, name, value, length):
    try:
        if len(value) == 1:
            sock(fd).setsockopt(level, name, value[0])
        elif name == 13:
            sock(fd).setsockopt(level, name, struct.pack("ii", value[0], value[1]))
        elif name == 20 or name == 21:
            sock(fd).setsockopt(level, name, struct.pack("qq", value[0], value[1]))
        else:
            sock(fd).setsockopt(level, name, bytes(value[:length]))
        return 0
    except OSError as e:
        return fail(e)


def c_getsockopt(fd, level, name, value, length):
    try:
        value[0] = sock(fd).getsockopt(level, name)
        return 0
    except OSError as e:
        return fail(e)


def c_htons(n):
    return socket.htons(n & 65535)


def c_ntohs(n):
    return socket.ntohs(n & 65535)


def c_htonl(n):
    return socket.htonl(n & 4294967295)


def c_ntohl(n):
    return socket.ntohl(n & 4294967295)


def c_inet_addr(b):
    try:
        return packed(socket.inet_ntoa(socket.inet_aton(text(b))))
    except OSError:
        return 4294967295


def c_inet_aton(b, a):
    try:
        a[0] = packed(socket.inet_ntoa(socket.inet_aton(text(b))))
        return 1
    except OSError:
        return 0


def c_inet_pton(family, b, a):
    try:
        a[0] = packed(socket.inet_ntoa(socket.inet_pton(2, text(b))))
        return 1
    except OSError:
        return 0


def c_inet_ntoa(a):
    return dotted(a[0]).encode() + b"\0"


def c_inet_ntop(family, a, b, n):
    put(b, dotted(a[0]).encode() + b"\0")
    return b


def c_memset(a, value, n):
    if isinstance(a, bytearray):
        a[0:n] = bytes([value & 255]) * min(n, len(a))
    else:
        for i in range(len(a)):
            if isinstance(a[i], int):
                a[i] = 0
            else:
                c_memset(a[i], 0, len(a[i]))
    return a


def c_bzero(a, n):
    c_memset(a, 0, n)
    return 0


def c_memcpy(a, b, n):
    a[0:n] = b[:n]
    return a


def c_strlen(b):
    end = b.find(b"\0")
    return len(b) if end < 0 else end


def c_strcpy(a, b):
    put(a, b[:c_strlen(b)] + b"\0")
    return a


def c_strncpy(a, b, n):
    part = bytes(b[:min(n, c_strlen(b))])
    put(a, part + b"\0" * (n - len(part)))
    return a


def c_strcat(a, b):
    at = c_strlen(a)
    part = bytes(b[:c_strlen(b)]) + b"\0"
    a[at:at + len(part)] = part
    return a


def c_strcmp(a, b):
    x = text(a)
    y = text(b)
    return 0 if x == y else -1 if x < y else 1


def c_strncmp(a, b, n):
    x = text(a)[:n]
    y = text(b)[:n]
    return 0 if x == y else -1 if x < y else 1


def c_strerror(n):
    return os.strerror(n).encode() + b"\0"


def c_atoi(b):
    n = 0
    for c in text(b).strip():
        if c < "0" or c > "9":
            break
        n = n * 10 + ord(c) - 48
    return n


def formatted(form, args):
    values = []
    for a in args:
        values.append(text(a) if isinstance(a, (bytes, bytearray)) else "(nil)" if a is None else a)
    return form % tuple(values)


def show(words):
    sys.stdout.write(words)
    return len(words)


def c_fprintf(file, words):
    file.write(words)
    return len(words)


def c_sprintf(b, words):
    put(b, words.encode() + b"\0")
    return len(words)


def c_snprintf(b, n, words):
    put(b, words.encode()[:max(0, n - 1)] + b"\0")
    return len(words)


def c_printf(words):
    return show(words if isinstance(words, str) else text(words))


def c_puts(b):
    return show(text(b) + "\n")


def c_putchar(c):
    show(chr(c))
    return c


def c_fputs(b, file):
    file.write(text(b))
    return 1


def c_fflush(file):
    return 0


def c_perror(b):
    sys.stderr.write((text(b) + ": " if b is not None and c_strlen(b) > 0 else "") + os.strerror(errno) + "\n")
    return 0


def type_line(most):
    global typed, ended
    if typed == "" and not ended:
        try:
            typed = input() + "\n"
        except EOFError:
            ended = True
    line = typed[:most]
    typed = typed[most:]
    return line


def c_getchar():
    c = type_line(1)
    return ord(c) if c else -1


def c_getc(file):
    return c_getchar()


def c_fgetc(file):
    return c_getchar()


def c_fgets(b, n, file):
    line = type_line(n - 1)
    if line == "":
        return None
    put(b, line.encode() + b"\0")
    return b


def c_exit(n):
    sys.exit(n & 255)


def c_sleep(n):
    time.sleep(n)
    return 0


def c_usleep(n):
    time.sleep(n / 1000000)
    return 0


def c_getpid():
    return os.getpid()
