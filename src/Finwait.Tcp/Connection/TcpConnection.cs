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

    /// <summary>Octets of fixed IP header: 20 for IPv4, 40 for IPv6.</summary>
    public int IpHeaderLength;
}

/// <summary>One TCP connection, sans-IO: commands and inputs go in with the time, outputs are polled.</summary>
public sealed class TcpConnection
{
    /// <summary>A connection in CLOSED.</summary>
    public TcpConnection(TcpSettings settings, BufferPool buffers) => throw new NotImplementedException();

    public TcpState State => throw new NotImplementedException();

    /// <summary>How the connection failed; <see cref="TcpError.None"/> while it has not. Stays until the connection is dropped.</summary>
    public TcpError Error => throw new NotImplementedException();

    /// <summary>True if it came from LISTEN (RFC 9293 MUST-11).</summary>
    public bool WasPassive => throw new NotImplementedException();

    // ---- commands -------------------------------------------------------------------------------------------

    /// <summary>Active OPEN: CLOSED to SYN-SENT.</summary>
    public void OpenActive(Instant now, in OpenParameters parameters) => throw new NotImplementedException();

    /// <summary>Passive OPEN: CLOSED to LISTEN; the host then hands it one SYN with <see cref="OnSegment"/>.</summary>
    public void OpenPassive(Instant now, in OpenParameters parameters) => throw new NotImplementedException();

    /// <summary>Queues octets; returns how many were taken (0: no room, or the state does not allow it; see <see cref="CanSend"/>).</summary>
    public int Send(Instant now, ReadOnlySpan<byte> data, bool urgent = false, bool moreComing = false) => throw new NotImplementedException();

    /// <summary>True if the state allows sending.</summary>
    public bool CanSend => throw new NotImplementedException();

    /// <summary>Free room in the send buffer, octets.</summary>
    public int SendRoom => throw new NotImplementedException();

    /// <summary>Takes octets out of the receive buffer (or only looks at them); 0 with <see cref="AtEndOfStream"/> false means nothing there yet.</summary>
    public int Receive(Instant now, Span<byte> destination, bool peek = false) => throw new NotImplementedException();

    /// <summary>Octets that can be read now.</summary>
    public int Readable => throw new NotImplementedException();

    /// <summary>True if the peer's FIN was received and everything before it was read.</summary>
    public bool AtEndOfStream => throw new NotImplementedException();

    /// <summary>Ends our direction: FIN behind all queued data. The application may go on reading.</summary>
    public void ShutdownSend(Instant now) => throw new NotImplementedException();

    /// <summary>The application will read no more; what is unread or comes later is thrown away (Linux shutdown(SHUT_RD)).</summary>
    public void ShutdownReceive(Instant now) => throw new NotImplementedException();

    /// <summary>Full close by the application: FIN, or RST if data is unread (SHLD-3). The connection is an orphan afterwards.</summary>
    public void Close(Instant now) => throw new NotImplementedException();

    /// <summary>ABORT: RST and CLOSED at once.</summary>
    public void Abort(Instant now) => throw new NotImplementedException();

    // ---- options of the socket ------------------------------------------------------------------------------

    /// <summary>TCP_NODELAY. Setting it sends what Nagle held back.</summary>
    public bool NoDelay { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>SO_KEEPALIVE.</summary>
    public void SetKeepAlive(Instant now, bool on, TimeSpan? idle = null, TimeSpan? interval = null, int? probes = null) => throw new NotImplementedException();

    /// <summary>SO_RCVBUF / SO_SNDBUF as the kernel keeps them (already doubled), octets.</summary>
    public void SetReceiveBuffer(int octets) => throw new NotImplementedException();
    public void SetSendBuffer(int octets) => throw new NotImplementedException();

    /// <summary>TCP_USER_TIMEOUT; zero means the default of retries.</summary>
    public TimeSpan UserTimeout { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    // ---- inputs ---------------------------------------------------------------------------------------------

    /// <summary>A segment of this connection came in.</summary>
    public void OnSegment(Instant ingress, in TcpSegment segment) => throw new NotImplementedException();

    /// <summary>A validated ICMP error about this connection (quoted sequence number is in flight, RFC 5927 §4.1).</summary>
    /// <param name="error">What the error means for the application.</param>
    /// <param name="isHard">True for the hard errors of RFC 9293 SHLD-26.</param>
    public void OnIcmpError(Instant ingress, TcpError error, bool isHard) => throw new NotImplementedException();

    /// <summary>A router or the interface told a smaller path MTU (RFC 1191, RFC 8201), octets.</summary>
    public void OnPathMtu(Instant now, int pathMtu) => throw new NotImplementedException();

    /// <summary>True if <paramref name="seq"/> is in flight: SND.UNA ≤ seq &lt; SND.NXT.</summary>
    public bool IsInFlight(SeqNum seq) => throw new NotImplementedException();

    /// <summary>Time has come to <see cref="NextDeadline"/> (calling it early does nothing).</summary>
    public void OnTimeout(Instant now) => throw new NotImplementedException();

    // ---- outputs, polled in this order after every command and input -----------------------------------------

    /// <summary>The next segment to send, if there is one. Call until it returns false.</summary>
    public bool PollTransmit(Instant now, out SegmentPlan plan) => throw new NotImplementedException();

    /// <summary>Copies the text of <paramref name="plan"/> from the send buffer into <paramref name="destination"/>.</summary>
    public void CopyPayload(in SegmentPlan plan, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Copies the text and returns its ones'-complement sum, not folded and not inverted, for the checksum.</summary>
    public ulong CopyPayloadAndSum(in SegmentPlan plan, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>The next event for the owner, if there is one.</summary>
    public bool PollEvent(out TcpEvent e) => throw new NotImplementedException();

    /// <summary>When <see cref="OnTimeout"/> is due; <see cref="Instant.Never"/> if no timer runs.</summary>
    public Instant NextDeadline => throw new NotImplementedException();

    // ---- status ---------------------------------------------------------------------------------------------

    /// <summary>The fields of <c>ss -i</c>.</summary>
    public TcpInfo GetInfo(Instant now) => throw new NotImplementedException();

    /// <summary>What a host must keep of a connection in TIME-WAIT, so that the big object can go.</summary>
    public TimeWaitState GetTimeWaitState() => throw new NotImplementedException();
}

/// <summary>The little that TIME-WAIT needs (RFC 9293 §3.10.7.4, RFC 6191).</summary>
public struct TimeWaitState
{
    public SeqNum SndNxt, RcvNxt;
    public uint ReceiveWindow;
    public ushort RawWindow;
    public bool HasTimestamps;
    public uint TsRecent, TimestampOffset;
    public Instant TsRecentAt, Expires;

    /// <summary>True while the record stands for FIN-WAIT-2 of an orphan, not for TIME-WAIT proper.</summary>
    public bool IsFinWait2;
}
