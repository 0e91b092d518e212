using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Explore;

/// <summary>One host of a small world: its connection, its clock, its application, and the packets on their way to it.</summary>
internal sealed class Side
{
    /// <summary>What a host needs for a segment; its clock moves on by so much with each.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly Environment _environment;
    private readonly uint _iss;
    private Instant _now = Instant.Zero + TimeSpan.FromSeconds(1);
    private bool _hasListener;

    public Side(Environment environment, uint iss, IReadOnlyList<Call> calls)
    {
        _environment = environment;
        _iss = iss;
        Calls = calls;
        Tcp = NewConnection();
    }

    private Side(Side original)
    {
        _environment = original._environment;
        _iss = original._iss;
        _now = original._now;
        _hasListener = original._hasListener;
        Calls = original.Calls;
        CallsMade = original.CallsMade;
        Sent = original.Sent;
        Read = original.Read;
        Aborted = original.Aborted;
        IsClosed = original.IsClosed;
        TimersLeft = original.TimersLeft;
        Fault = original.Fault;
        Tcp = original.Tcp.Copy();
        Incoming = [.. original.Incoming];
    }

    public TcpConnection Tcp { get; private set; }

    /// <summary>Packets under way to this side, oldest first.</summary>
    public List<Packet> Incoming { get; } = [];

    public IReadOnlyList<Call> Calls { get; }

    public int CallsMade { get; private set; }

    /// <summary>Octets the application handed over, and read.</summary>
    public long Sent { get; private set; }

    public long Read { get; private set; }

    /// <summary>The application aborted, or the host crashed.</summary>
    public bool Aborted { get; private set; }

    /// <summary>The application closed the connection: it reads no more.</summary>
    public bool IsClosed { get; private set; }

    public int TimersLeft { get; set; }

    /// <summary>The invariant that broke here; null while none did.</summary>
    public string? Fault { get; private set; }

    public TcpState State => Tcp.State;

    /// <summary>How long until the earliest timer is due; for ever if there is none.</summary>
    public TimeSpan UntilNext => Tcp.NextDeadline.IsNever ? TimeSpan.MaxValue : Instant.Later(Tcp.NextDeadline, _now) - _now;

    /// <summary>True if there is something to read and nobody has.</summary>
    public bool HasUnread => !IsClosed && Tcp.Readable > 0;

    /// <summary>True if the application has made all its calls.</summary>
    public bool IsDone => CallsMade == Calls.Count;

    /// <summary>The next call, if it can be made now: one waits until its connection is open, or gone.</summary>
    public Call? NextCall => !IsDone && CanMake(Calls[CallsMade]) ? Calls[CallsMade] : null;

    public Side Copy() => new(this);

    /// <summary>Makes the next call.</summary>
    public void Make(Side peer)
    {
        Call call = Calls[CallsMade++];
        switch (call.Kind)
        {
            case CallKind.Listen:
                _hasListener = true;
                Tcp.OpenPassive(_now, Parameters);
                break;
            case CallKind.Connect:
                Tcp.OpenActive(_now, Parameters);
                break;
            case CallKind.Send:
                Sent += Tcp.Send(_now, Pattern.Slice(Sent, call.Octets));
                break;
            case CallKind.Receive:
                ReadSome(call.Octets);
                break;
            case CallKind.Shutdown:
                Tcp.ShutdownSend(_now);
                break;
            case CallKind.Close or CallKind.CloseAtEnd:
                IsClosed = true;
                Tcp.Close(_now);
                break;
            case CallKind.Abort:
                Aborted = true;
                Tcp.Abort(_now);
                break;
            case CallKind.Crash:
                Aborted = true;
                _hasListener = false;
                Tcp = NewConnection();
                break;
        }

        Settle(peer);
    }

    /// <summary>A packet comes in.</summary>
    public void Deliver(Packet packet, Side peer)
    {
        if (_hasListener && State == TcpState.Closed && !Aborted && Tcp.Error == TcpError.None && CallsMade == 1)
        {
            Tcp = NewConnection();              // the embryo of the last SYN is gone, the listener is not
            Tcp.OpenPassive(_now, Parameters);
        }

        _now = Instant.Later(_now, Instant.Earlier(_now + Moment, Tcp.NextDeadline));
        TcpState before = State;
        TcpSegment segment = packet.AsSegment();
        Tcp.OnSegment(_now, segment);
        CheckArrow(before);
        CheckFin(before, segment.Flags, peer);
        Settle(peer);
    }

    /// <summary>The earliest timer goes off. Time goes by on the other side too, though not past a timer of its own: that may still be late.</summary>
    public void Fire(Side peer)
    {
        TimeSpan waited = UntilNext;
        _now += waited;
        peer._now += peer.UntilNext < waited ? peer.UntilNext : waited;
        TcpState before = State;
        Tcp.OnTimeout(_now);
        CheckArrow(before);
        Settle(peer);
    }

    /// <summary>Reads all that is there; the way the world ends.</summary>
    public void ReadAll(Side peer)
    {
        ReadSome(int.MaxValue);
        Settle(peer);
    }

    public void AddIdentity(ref StateHash hash)
    {
        hash.Add((ulong)(uint)CallsMade | (IsClosed ? 1UL << 8 : 0) | (Aborted ? 1UL << 16 : 0) | (ulong)(uint)Incoming.Count << 24);
        hash.Add((ulong)Sent << 32 | (uint)Read);
        Tcp.AddIdentity(ref hash);
        foreach (Packet packet in Incoming)
        {
            packet.AddIdentity(ref hash);
        }
    }

    private OpenParameters Parameters => new() { Iss = new SeqNum(_iss), PathMtu = 140, IpHeaderLength = 20, TimestampOffset = 7 };

    private TcpConnection NewConnection() => new(_environment.Settings, _environment.Buffers);

    private bool CanMake(Call call) => call.Kind switch
    {
        CallKind.Listen or CallKind.Connect or CallKind.Abort or CallKind.Crash => true,
        CallKind.CloseAtEnd => Tcp.AtEndOfStream || State == TcpState.Closed,
        CallKind.Receive => Tcp.Readable > 0 || Tcp.AtEndOfStream || State == TcpState.Closed,
        _ => State is not (TcpState.Listen or TcpState.SynSent or TcpState.SynReceived),
    };

    private void Settle(Side peer)
    {
        if (_environment.ReadsAtOnce)
        {
            ReadSome(int.MaxValue);
        }

        while (Tcp.PollTransmit(_now, out SegmentPlan plan))
        {
            byte[] payload = plan.PayloadLength == 0 ? [] : new byte[plan.PayloadLength];
            Tcp.CopyPayload(plan, payload);
            if (_environment.Sabotage == Sabotage.WrongText && payload.Length > 0 && plan.Cause.Rule is Rule.Retransmit or Rule.FastRetransmit)
            {
                payload[0] ^= 1;
            }

            peer.Incoming.Add(new Packet(plan, payload));
        }

        while (Tcp.PollEvent(out _))
        {
        }
    }

    private void ReadSome(int most)
    {
        int wanted = Math.Min(most, Tcp.Readable);
        if (IsClosed)
        {
            return;
        }

        if (wanted == 0 && !Tcp.AtEndOfStream)
        {
            return;
        }

        Span<byte> buffer = new byte[wanted + 1]; // one more than there is: the end of the stream is seen
        int got = Tcp.Receive(_now, buffer[..(most == int.MaxValue ? wanted + 1 : wanted)]);
        if (!Pattern.Matches(buffer[..got], Read))
        {
            Fault ??= $"the application read other octets than were sent, between {Read} and {Read + got} of the stream";
        }

        Read += got;
    }

    /// <summary>A FIN counts as acknowledged only when the peer has it.</summary>
    private void CheckFin(TcpState before, TcpFlags flags, Side peer)
    {
        bool saysAcknowledged = (before is TcpState.FinWait1 or TcpState.Closing && State is TcpState.FinWait2 or TcpState.TimeWait)
            || (before == TcpState.LastAck && State == TcpState.Closed && (flags & TcpFlags.Rst) == 0);
        bool hasNoFin = peer.State is TcpState.Listen or TcpState.SynSent or TcpState.SynReceived or TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2;
        if (saysAcknowledged && hasNoFin && !peer.Aborted)
        {
            Fault ??= $"{State} though the peer, in {peer.State}, has not received the FIN";
        }
    }

    private void CheckArrow(TcpState before)
    {
        if (before != State && !Arrows.Lead(before, State))
        {
            Fault ??= $"no arrows of the diagram lead from {before} to {State}";
        }
    }
}

/// <summary>What both sides of all copies of a world share.</summary>
internal sealed class Environment(Scenario scenario)
{
    public TcpSettings Settings { get; } = Make(scenario);

    public BufferPool Buffers { get; } = new();

    public bool ReadsAtOnce { get; } = scenario.ReadsAtOnce;

    public Sabotage Sabotage { get; } = scenario.Sabotage;

    private static TcpSettings Make(Scenario scenario)
    {
        TcpSettings settings = new();
        scenario.Configure?.Invoke(settings);
        return settings;
    }
}
