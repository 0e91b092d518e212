namespace Finwait.Stack;

/// <summary>The address family of a socket.</summary>
public enum AddressFamily : byte
{
    /// <summary>AF_INET: IPv4.</summary>
    Inet = 2,

    /// <summary>AF_INET6: IPv6, and unless IPV6_V6ONLY is set IPv4 in mapped addresses.</summary>
    Inet6 = 10,
}

/// <summary>The type of a socket.</summary>
public enum SocketType : byte
{
    /// <summary>SOCK_STREAM: TCP.</summary>
    Stream = 1,

    /// <summary>SOCK_DGRAM: UDP.</summary>
    Datagram = 2,
}

/// <summary>Flags of the sending calls, with Linux's values.</summary>
[Flags]
public enum SendFlags
{
    None = 0,

    /// <summary>MSG_OOB: the last octet is urgent.</summary>
    OutOfBand = 0x1,

    /// <summary>MSG_MORE: more follows at once; do not send a partial segment yet.</summary>
    More = 0x8000,

    /// <summary>MSG_DONTWAIT: every call of this layer is so.</summary>
    DontWait = 0x40,

    /// <summary>MSG_EOR: what is sent later does not share a segment with the last of these octets.</summary>
    EndOfRecord = 0x80,

    /// <summary>MSG_NOSIGNAL: there are no signals.</summary>
    NoSignal = 0x4000,

    /// <summary>
    /// MSG_FASTOPEN: connects, with the first octets in the SYN if a cookie of the peer is known (RFC 7413); else the SYN asks for one and nothing is sent yet
    /// (EINPROGRESS). Those octets may reach the application of the peer twice.
    /// </summary>
    FastOpen = 0x2000_0000,
}

/// <summary>Flags of the receiving calls, with Linux's values.</summary>
[Flags]
public enum ReceiveFlags
{
    None = 0,

    /// <summary>
    /// MSG_OOB: the urgent octet, which the stream leaves out unless <see cref="SocketOption.OutOfBandInline"/> is on. EINVAL: there is none, it was taken or belongs
    /// to the stream; EAGAIN: it is announced and has not come.
    /// </summary>
    OutOfBand = 0x1,

    /// <summary>MSG_PEEK: leave the octets where they are.</summary>
    Peek = 0x2,

    /// <summary>MSG_TRUNC: of a stream the octets are thrown away, as many as the buffer is long; of a datagram the whole length is returned.</summary>
    Truncate = 0x20,

    /// <summary>MSG_DONTWAIT: every call of this layer is so.</summary>
    DontWait = 0x40,

    /// <summary>MSG_WAITALL: for callers that block; this layer gives what there is.</summary>
    WaitAll = 0x100,
}

/// <summary>Which direction shutdown() ends.</summary>
public enum ShutdownHow
{
    /// <summary>SHUT_RD.</summary>
    Receive = 0,

    /// <summary>SHUT_WR.</summary>
    Send = 1,

    /// <summary>SHUT_RDWR.</summary>
    Both = 2,
}

/// <summary>What a socket is ready for, with the values of Linux's poll().</summary>
[Flags]
public enum SocketReadiness
{
    None = 0,

    /// <summary>POLLIN: octets, the end of the stream, or a connection to accept.</summary>
    Readable = 0x1,

    /// <summary>POLLPRI: urgent data is ahead.</summary>
    Urgent = 0x2,

    /// <summary>POLLOUT: there is room to send, or sending would fail at once.</summary>
    Writable = 0x4,

    /// <summary>POLLERR: an error waits to be fetched.</summary>
    Error = 0x8,

    /// <summary>POLLHUP: both directions are closed, or the socket was never connected.</summary>
    HangUp = 0x10,

    /// <summary>POLLRDHUP: the peer has closed its direction.</summary>
    PeerClosed = 0x2000,
}

/// <summary>What ioctl() asks of a socket.</summary>
public enum SocketQuery
{
    /// <summary>SIOCINQ (FIONREAD): octets that can be read; of a datagram socket those of the next datagram.</summary>
    InputQueue,

    /// <summary>SIOCOUTQ (TIOCOUTQ): octets not acknowledged yet.</summary>
    OutputQueue,

    /// <summary>SIOCOUTQNSD: octets not sent yet.</summary>
    OutputNotSent,

    /// <summary>SIOCATMARK: 1 if the next octet is the urgent one.</summary>
    AtMark,
}

/// <summary>The options of sockets; each names the Linux option it stands for.</summary>
public enum SocketOption
{
    /// <summary>SO_REUSEADDR.</summary>
    ReuseAddress,

    /// <summary>SO_REUSEPORT.</summary>
    ReusePort,

    /// <summary>SO_KEEPALIVE.</summary>
    KeepAlive,

    /// <summary>SO_LINGER in one number: −1 off (the default), else the seconds that close() waits for the FIN to be acknowledged (<see cref="LingeringClose"/>); 0 makes it reset the connection.</summary>
    Linger,

    /// <summary>SO_RCVBUF, octets; what is set is doubled, as Linux does.</summary>
    ReceiveBuffer,

    /// <summary>SO_SNDBUF, octets; what is set is doubled, as Linux does.</summary>
    SendBuffer,

    /// <summary>SO_ERROR: the pending error number, fetched once. Only to get.</summary>
    Error,

    /// <summary>SO_TYPE. Only to get.</summary>
    Type,

    /// <summary>SO_DOMAIN. Only to get.</summary>
    Domain,

    /// <summary>SO_PROTOCOL: 6 or 17. Only to get.</summary>
    Protocol,

    /// <summary>SO_ACCEPTCONN. Only to get.</summary>
    AcceptConnections,

    /// <summary>SO_OOBINLINE: the urgent octet stays in the stream (RFC 6093 §5), and a read begins with it; off, reads leave it out, and <see cref="ReceiveFlags.OutOfBand"/> gets it. Default: <see cref="SocketSettings.OutOfBandInline"/>.</summary>
    OutOfBandInline,

    /// <summary>SO_BROADCAST.</summary>
    Broadcast,

    /// <summary>TCP_NODELAY.</summary>
    TcpNoDelay,

    /// <summary>TCP_MAXSEG: before the connection the largest segment to offer, then the current segment size.</summary>
    TcpMaxSegment,

    /// <summary>TCP_KEEPIDLE, seconds.</summary>
    TcpKeepIdle,

    /// <summary>TCP_KEEPINTVL, seconds.</summary>
    TcpKeepInterval,

    /// <summary>TCP_KEEPCNT.</summary>
    TcpKeepCount,

    /// <summary>TCP_USER_TIMEOUT, milliseconds; 0 for the default.</summary>
    TcpUserTimeout,

    /// <summary>TCP_CORK: hold partial segments back.</summary>
    TcpCork,

    /// <summary>TCP_QUICKACK.</summary>
    TcpQuickAck,

    /// <summary>TCP_NOTSENT_LOWAT, octets; 0 for no bound.</summary>
    TcpNotSentLowWater,

    /// <summary>TCP_SYNCNT, 1–127.</summary>
    TcpSynCount,

    /// <summary>TCP_LINGER2, seconds; 0 for the host's setting, negative for none.</summary>
    TcpLinger2,

    /// <summary>TCP_DEFER_ACCEPT, seconds, kept as timeouts of the SYN-ACK.</summary>
    TcpDeferAccept,

    /// <summary>TCP_WINDOW_CLAMP, octets.</summary>
    TcpWindowClamp,

    /// <summary>SO_RCVLOWAT, octets.</summary>
    ReceiveLowWater,

    /// <summary>TCP_FASTOPEN of a listener (RFC 7413): most connections that opened with text in the SYN and whose handshake has not ended; 0, the default, takes none.</summary>
    TcpFastOpen,

    /// <summary>TCP_FASTOPEN_CONNECT: connect() with a known cookie sends nothing and succeeds, and the first octets written go with the SYN.</summary>
    TcpFastOpenConnect,

    /// <summary>TCP_FASTOPEN_NO_COOKIE: text in the SYN is sent, or of a listener taken, without a cookie.</summary>
    TcpFastOpenNoCookie,

    /// <summary>
    /// SO_MAX_PACING_RATE, octets per second: most that depart; −1, the default, is no bound, other numbers count without sign. Eight octets hold larger ones
    /// (<see cref="SocketLayer.SetOption(Finwait.Tcp.Instant, int, SocketOption, ReadOnlySpan{byte})"/>).
    /// </summary>
    MaxPacingRate,

    /// <summary>TCP_CONGESTION: the controller's name in ASCII (<see cref="SocketLayer.SetOption(Finwait.Tcp.Instant, int, SocketOption, ReadOnlySpan{byte})"/>).</summary>
    TcpCongestion,

    /// <summary>TCP_FASTOPEN_KEY: 16 octets, or 32 with the key before (<see cref="SocketLayer.SetOption(Finwait.Tcp.Instant, int, SocketOption, ReadOnlySpan{byte})"/>).</summary>
    TcpFastOpenKey,

    /// <summary>TCP_SAVE_SYN of a listener: 1 keeps the IP and TCP headers of the SYN of each connection for <see cref="TcpSavedSyn"/>, 2 the frame's header, too; 0, the default, nothing. A connection made of a SYN cookie has none.</summary>
    TcpSaveSyn,

    /// <summary>TCP_SAVED_SYN of an accepted connection: the headers of its SYN, once; nothing without <see cref="TcpSaveSyn"/>. EINVAL, with their length, if the room is too small. Only to get, as octets.</summary>
    TcpSavedSyn,

    /// <summary>TCP_INQ: 1 asks recvmsg() to tell with the octets how many are left (<see cref="SocketQuery.InputQueue"/>, one more for a FIN that comes next); 0 is the default.</summary>
    TcpInq,

    /// <summary>SO_MARK: kept, without effect.</summary>
    Mark,

    /// <summary>IP_TTL or IPV6_UNICAST_HOPS; −1 for the host's default.</summary>
    TimeToLive,

    /// <summary>IP_TOS or IPV6_TCLASS; of a stream socket the two ECN bits belong to TCP.</summary>
    TypeOfService,

    /// <summary>
    /// IP_MTU_DISCOVER or IPV6_MTU_DISCOVER of a datagram socket: 0 never sets DF, 1 (Linux's default) sets it on what fits and makes fragments of the rest, 2 (the
    /// default unless <see cref="SocketSettings.FragmentDatagrams"/>) and 3 never make fragments but refuse with EMSGSIZE what is larger than the path's MTU, or the interface's.
    /// </summary>
    MtuDiscover,

    /// <summary>IP_MTU or IPV6_MTU: the MTU of the path to the peer, octets; ENOTCONN without one. Only to get.</summary>
    Mtu,

    /// <summary>IPV6_V6ONLY.</summary>
    Ipv6Only,

    /// <summary>IP_BIND_ADDRESS_NO_PORT: bind() to port 0 leaves the port to connect().</summary>
    BindAddressNoPort,
}
