using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>One end of the wire: a host with one connection, and an application that sends and expects <see cref="Pattern"/>.</summary>
internal sealed class End
{
    private readonly TwoHostLab _lab;
    private readonly int _mtu;
    private readonly int _ipHeader;
    private uint _iss;
    private int _sent;
    private EmissionChecker _checker;

    public End(TwoHostLab lab, string name, TcpSettings settings, uint iss, int mtu, int ipHeader)
    {
        _lab = lab;
        Name = name;
        Settings = settings;
        _iss = iss;
        _mtu = mtu;
        _ipHeader = ipHeader;
        _checker = new EmissionChecker(mtu, ipHeader);
        Tcp = new TcpConnection(settings, Buffers);
    }

    public string Name { get; }

    public TcpSettings Settings { get; }

    public BufferPool Buffers { get; } = new();

    /// <summary>Octets of rings the connection still holds after it gave back the empty ones.</summary>
    public long LentWhenIdle
    {
        get
        {
            Tcp.ReleaseIdleBuffers();
            return Buffers.Lent;
        }
    }

    public TcpConnection Tcp { get; private set; }

    public End Peer { get; set; } = null!;

    /// <summary>What the numbers of this end on the segments are ahead of those the test writes.</summary>
    public uint Moved { get; init; }

    public List<TcpEvent> Events { get; } = [];

    public TcpState State => Tcp.State;

    /// <summary>A listener stands behind the connection: when an embryo ends, the next segment finds LISTEN again.</summary>
    public bool HasListener { get; set; }

    /// <summary>The application waits in a read: what comes is taken at once.</summary>
    public bool ReadsAtOnce { get; set; }

    /// <summary>Octets the application has handed over, and read.</summary>
    public long BytesSent { get; private set; }

    public long BytesRead { get; private set; }

    private OpenParameters Parameters => new() { Iss = new SeqNum(unchecked(_iss + Moved)), PathMtu = _mtu, IpHeaderLength = _ipHeader, TimestampOffset = 7 };

    public void Listen() => Tcp.OpenPassive(_lab.Now, Parameters);

    public void Connect() => Tcp.OpenActive(_lab.Now, Parameters);

    /// <summary>The host lost its memory; the next connection begins at <paramref name="iss"/>.</summary>
    public void Reboot(uint iss)
    {
        _iss = iss;
        _checker = new EmissionChecker(_mtu, _ipHeader);
        Tcp = new TcpConnection(Settings, Buffers);
        BytesSent = BytesRead = 0;
        Events.Clear();
    }

    public int Send(ReadOnlySpan<byte> data) => Tcp.Send(_lab.Now, data);

    /// <summary>Hands over as much of the next <paramref name="octets"/> of the pattern as there is room for.</summary>
    public int SendPattern(int octets)
    {
        int taken = Tcp.Send(_lab.Now, Pattern.Slice(BytesSent, octets));
        BytesSent += taken;
        return taken;
    }

    /// <summary>Reads up to <paramref name="most"/> octets and finds the pattern.</summary>
    public int ReadPattern(int most = int.MaxValue)
    {
        byte[] buffer = new byte[Math.Min(Tcp.Readable, most)];
        int got = Tcp.Receive(_lab.Now, buffer);
        Pattern.Verify(buffer.AsSpan(0, got), BytesRead);
        BytesRead += got;
        return got;
    }

    public byte[] ReadAll()
    {
        byte[] buffer = new byte[Tcp.Readable];
        int got = Tcp.Receive(_lab.Now, buffer);
        return buffer[..got];
    }

    public void Drain()
    {
        while (Tcp.PollTransmit(_lab.Now, out SegmentPlan plan))
        {
            byte[] payload = new byte[plan.PayloadLength];
            if (payload.Length > 0)
            {
                Tcp.CopyPayload(plan, payload);
            }

            _checker.OnEmitted(plan, TcpWriter.OptionLength(plan.Options, TcpOptionLayout.Linux, (plan.Flags & TcpFlags.Syn) != 0));
            _lab.Carry(this, plan, payload, ++_sent);
        }

        while (Tcp.PollEvent(out TcpEvent e))
        {
            Events.Add(e);
        }
    }

    public void Deliver(in SegmentPlan plan, byte[] payload)
    {
        TcpSegment segment = new()
        {
            Seq = plan.Seq,
            Ack = plan.Ack,
            Flags = plan.Flags,
            RawWindow = plan.RawWindow,
            UrgentPointer = plan.UrgentPointer,
            Ecn = plan.Ecn,
            Options = plan.Options,
            Payload = payload,
        };
        if (HasListener && State == TcpState.Closed && Tcp.Error == TcpError.None)
        {
            Reboot(_iss);
            Listen();
        }

        _checker.OnInjected(segment);
        Tcp.OnSegment(_lab.Now, segment);
        if (ReadsAtOnce)
        {
            ReadPattern();
        }
    }
}
