using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>What the host tells a connection when it opens it.</summary>
public struct OpenParameters
{
    /// <summary>Initial send sequence number (see <see cref="InitialSequence"/>).</summary>
    public SeqNum Iss;

    /// <summary>Offset added to the millisecond clock for this connection's TSval (RFC 7323 §5.4).</summary>
    public uint TimestampOffset;

    /// <summary>MTU of the path as known now, octets of IP packet.</summary>
    public int PathMtu;

    /// <summary>Octets of IP header of each packet: 20 for IPv4, 40 for IPv6, and the IP options or extension headers that every packet carries (RFC 8201 §5.1).</summary>
    public int IpHeaderLength;

    /// <summary>The fixed part of it.</summary>
    internal readonly int FixedIpHeader => IpHeaderLength < 40 ? 20 : 40;

    /// <summary>Fast Open; <see cref="FastOpenMode.Off"/> by default.</summary>
    public FastOpenMode FastOpen;

    /// <summary>Active: the cookie for the peer, empty to ask for one or where none is needed. Passive: the cookie the SYN-ACK brings, empty for none.</summary>
    public FastOpenCookie Cookie;

    /// <summary>Active: the peer's segment size as an earlier connection learned it, octets; 0 if it is not known. Bounds the text of the SYN.</summary>
    public int CachedMss;

    /// <summary>Active: the SYN waits for the first text (<see cref="TcpConnection.SendSyn"/>).</summary>
    public bool HoldsSyn;
}

/// <summary>The little that TIME-WAIT needs (RFC 9293 §3.10.7.4, RFC 6191), so that a host can drop the big object.</summary>
public struct TimeWaitState
{
    /// <summary>SND.NXT.</summary>
    public SeqNum SndNxt;

    /// <summary>RCV.NXT.</summary>
    public SeqNum RcvNxt;

    /// <summary>RCV.WND, octets.</summary>
    public uint ReceiveWindow;

    /// <summary>The window field of the last segment sent.</summary>
    public ushort RawWindow;

    /// <summary>The connection used timestamps.</summary>
    public bool HasTimestamps;

    /// <summary>TS.Recent.</summary>
    public uint TsRecent;

    /// <summary>Added to the millisecond clock for TSval.</summary>
    public uint TimestampOffset;

    /// <summary>When TS.Recent was taken.</summary>
    public Instant TsRecentAt;

    /// <summary>When the record ends.</summary>
    public Instant Expires;

    /// <summary>True while the record stands for FIN-WAIT-2 of an orphan, not for TIME-WAIT proper.</summary>
    public bool IsFinWait2;
}
