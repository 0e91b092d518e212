namespace Finwait.Stack;

/// <summary>What the TCP of one host counts, by the names of <c>nstat</c>. Drops with a reason are in <see cref="HostCounters"/>.</summary>
public sealed class TcpCounters
{
    /// <summary>TcpInSegs: segments received, bad ones included.</summary>
    public long SegmentsReceived { get; internal set; }

    /// <summary>TcpOutSegs: segments sent, resets included.</summary>
    public long SegmentsSent { get; internal set; }

    /// <summary>TcpRetransSegs: segments sent again, SYNs and probes of a lost tail included; they count as sent too.</summary>
    public long SegmentsRetransmitted { get; internal set; }

    /// <summary>TCPFastRetrans: segments sent again because later ones were acknowledged.</summary>
    public long FastRetransmits { get; internal set; }

    /// <summary>TCPSlowStartRetrans: segments sent again after a timeout, when acknowledgments made room for more.</summary>
    public long SlowStartRetransmits { get; internal set; }

    /// <summary>TCPTimeouts: segments sent again because the retransmission timer ran out.</summary>
    public long Timeouts { get; internal set; }

    /// <summary>TCPLossProbes: probes of a tail that may be lost (RFC 8985).</summary>
    public long LossProbes { get; internal set; }

    /// <summary>TCPSynRetrans: SYNs and SYN-ACKs sent again.</summary>
    public long SynRetransmits { get; internal set; }

    /// <summary>TcpOutRsts: resets sent.</summary>
    public long ResetsSent { get; internal set; }

    /// <summary>Resets not sent because their target had drawn too many (<see cref="SocketSettings.ResetsPerSecond"/>).</summary>
    public long ResetsSuppressed { get; internal set; }

    /// <summary>TcpActiveOpens: connections opened by connect().</summary>
    public long ActiveOpens { get; internal set; }

    /// <summary>TcpPassiveOpens: SYNs that listeners took.</summary>
    public long PassiveOpens { get; internal set; }

    /// <summary>TcpAttemptFails: connections that ended before they were established.</summary>
    public long AttemptFails { get; internal set; }

    /// <summary>TcpEstabResets: established connections that ended with a reset.</summary>
    public long EstablishedResets { get; internal set; }

    /// <summary>ListenOverflows: handshakes or SYNs that found the accept queue full.</summary>
    public long ListenOverflows { get; internal set; }

    /// <summary>ListenDrops: SYNs that listeners dropped for any reason.</summary>
    public long ListenDrops { get; internal set; }

    /// <summary>SyncookiesSent: SYNs answered without being remembered.</summary>
    public long SynCookiesSent { get; internal set; }

    /// <summary>SyncookiesRecv: acknowledgments of such answers that became connections.</summary>
    public long SynCookiesReceived { get; internal set; }

    /// <summary>SyncookiesFailed: acknowledgments without a connection, soon after cookies were sent, that acknowledge none.</summary>
    public long SynCookiesFailed { get; internal set; }

    /// <summary>TCPFastOpenActive: text in a SYN that the SYN-ACK acknowledged.</summary>
    public long FastOpenActive { get; internal set; }

    /// <summary>TCPFastOpenActiveFail: text in a SYN that it did not.</summary>
    public long FastOpenActiveFails { get; internal set; }

    /// <summary>TCPFastOpenPassive: SYNs that opened a connection at once.</summary>
    public long FastOpenPassive { get; internal set; }

    /// <summary>TCPFastOpenPassiveFail: SYNs whose cookie was none of ours.</summary>
    public long FastOpenPassiveFails { get; internal set; }

    /// <summary>TCPFastOpenListenOverflow: SYNs with text or cookie that found the limit of TCP_FASTOPEN reached.</summary>
    public long FastOpenListenOverflows { get; internal set; }

    /// <summary>TCPFastOpenCookieReqd: SYNs that asked for a cookie.</summary>
    public long FastOpenCookieRequests { get; internal set; }

    /// <summary>TW: connections that went to a TIME-WAIT record.</summary>
    public long TimeWaits { get; internal set; }

    /// <summary>TCPTimeWaitOverflow: connections that ended without TIME-WAIT because there were too many.</summary>
    public long TimeWaitOverflows { get; internal set; }

    /// <summary>TWRecycled: TIME-WAIT records that made room for a new connection of the same four-tuple.</summary>
    public long TimeWaitsReused { get; internal set; }

    /// <summary>SYNs that TIME-WAIT refused (RFC 6191).</summary>
    public long TimeWaitRejected { get; internal set; }

    /// <summary>OutOfWindowIcmps and those about no connection: ICMP errors that proved nothing (RFC 5927).</summary>
    public long IcmpIgnored { get; internal set; }

    /// <summary>Orphans reset because there were too many (TCPAbortOnMemory).</summary>
    public long OrphansReset { get; internal set; }

    /// <summary>Packets that the network layer did not take: no route, queue full, filtered.</summary>
    public long SendFailures { get; internal set; }
}
