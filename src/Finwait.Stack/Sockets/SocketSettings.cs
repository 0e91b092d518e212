namespace Finwait.Stack;

/// <summary>The settings of one host's sockets, by their Linux sysctl names where there is one.</summary>
public sealed class SocketSettings
{
    /// <summary>
    /// The 128 bits that sequence numbers, ports and hash tables are keyed with. Null, the default, makes them from <see cref="HostSettings.Seed"/>,
    /// so that a run can be repeated; a host on a real network gives random bits (RFC 9293 MUST-9). Read once, when the host is made.
    /// </summary>
    public (ulong High, ulong Low)? Secret { get; set; }

    /// <summary>net.core.somaxconn: the largest backlog listen() takes. Default 4096.</summary>
    public int SoMaxConn { get; set; } = 4096;

    /// <summary>net.ipv4.tcp_syncookies (RFC 4987 §3.6): 0 never, 1 (default) when a listener's queue of half-open connections is full, 2 for every SYN.</summary>
    public int SynCookies { get; set; } = 1;

    /// <summary>
    /// net.ipv4.tcp_fastopen (RFC 7413), bits: 1 (the default) clients may use it, 2 listeners may, 4 clients send text without a cookie, 0x200 listeners take
    /// it without one, 0x400 every listener takes it, with its backlog as limit. A socket asks for it by itself: with MSG_FASTOPEN or TCP_FASTOPEN_CONNECT, or with TCP_FASTOPEN.
    /// </summary>
    /// <remarks>Text in a SYN may be delivered twice: the network may duplicate the SYN, and the server forgets (RFC 7413 §2.1). Only requests that may be repeated belong there.</remarks>
    public int FastOpen { get; set; } = 1;

    /// <summary>net.ipv4.tcp_fastopen_key: what cookies are made with, one key or two as <c>8-8-8-8</c> hexadecimal digits with a comma between. Null, the default, makes it from the secret.</summary>
    public string? FastOpenKey { get; set; }

    /// <summary>net.ipv4.tcp_max_syn_backlog: half-open connections of one listener, whatever its backlog, when cookies are off. Default 4096.</summary>
    public int MaxSynBacklog { get; set; } = 4096;

    /// <summary>net.ipv4.tcp_abort_on_overflow: reset instead of silence when the accept queue is full. Default false.</summary>
    public bool AbortOnOverflow { get; set; }

    /// <summary>net.ipv4.tcp_max_tw_buckets: most TIME-WAIT records; a connection beyond it ends without TIME-WAIT. Default 262144.</summary>
    public int MaxTimeWaitBuckets { get; set; } = 262_144;

    /// <summary>net.ipv4.tcp_tw_reuse: connect() may take a four-tuple in TIME-WAIT for at least a second, with timestamps: 0 never, 1 always, 2 (default) on loopback.</summary>
    public int TimeWaitReuse { get; set; } = 2;

    /// <summary>net.ipv4.tcp_rfc1337: TIME-WAIT ignores resets. Default true; Linux has it off.</summary>
    public bool Rfc1337 { get; set; } = true;

    /// <summary>
    /// Resets per second, and at once, that one remote address can draw with segments that belong to no connection; 0 is without bound, as on Linux. Default 1000.
    /// </summary>
    public int ResetsPerSecond { get; set; } = 1000;

    /// <summary>net.ipv4.tcp_max_orphans: connections that their owner closed and that still have something to send; one more is reset. Default 65536.</summary>
    public int MaxOrphans { get; set; } = 65_536;

    /// <summary>RLIMIT_NOFILE: most open sockets. Default 4194304.</summary>
    public int MaxSockets { get; set; } = 4_194_304;

    /// <summary>net.core.rmem_default: receive queue of a datagram socket, octets with overhead. Default 212992.</summary>
    public int DefaultReceiveBuffer { get; set; } = 212_992;

    /// <summary>
    /// How datagram sockets begin: true sends what exceeds the path's MTU in fragments, as Linux does (IP_PMTUDISC_WANT); false, the default, refuses it with EMSGSIZE
    /// (IP_PMTUDISC_DO), because fragments are lost together and many networks drop them (RFC 8085 §3.2, RFC 8900). IP_MTU_DISCOVER decides for one socket.
    /// </summary>
    public bool FragmentDatagrams { get; set; }

    /// <summary>How stream sockets begin: true, the default, leaves urgent octets in the stream, as RFC 6093 §5 wants; false gives them apart, as Linux does. SO_OOBINLINE decides for one socket.</summary>
    public bool OutOfBandInline { get; set; } = true;

    /// <summary>net.core.wmem_default. Default 212992.</summary>
    public int DefaultSendBuffer { get; set; } = 212_992;

    /// <summary>net.core.rmem_max: largest value SO_RCVBUF takes, before it is doubled. Default 4194304.</summary>
    public int MaxReceiveBuffer { get; set; } = 4_194_304;

    /// <summary>net.core.wmem_max: largest value SO_SNDBUF takes, before it is doubled. Default 4194304.</summary>
    public int MaxSendBuffer { get; set; } = 4_194_304;
}
