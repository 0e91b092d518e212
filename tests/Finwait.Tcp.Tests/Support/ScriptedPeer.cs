using System.Globalization;
using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>One connection under test and a peer that says what the script says, also what no honest peer would, on virtual time.</summary>
/// <remarks>
/// Numbers in the text are relative: 0 is a SYN, 1 the first octet behind it. Text of the peer is <see cref="Pattern"/>, and so is what
/// <see cref="Send"/> queues; both are compared on the way. Every emitted segment passes the <see cref="EmissionChecker"/>.
/// </remarks>
internal sealed partial class ScriptedPeer
{
    private readonly EmissionChecker _checker;
    private readonly int _ipHeaderLength;
    private uint _lastTsVal;
    private long _queued;
    private long _read;

    public ScriptedPeer(string wire, TcpSettings? settings = null, int mtu = 1500, Instant? start = null, uint timestampOffset = 0, int ipOptions = 0)
    {
        WireCase where = WireCase.Named(wire);
        Iss = new SeqNum(where.Iss);
        Irs = new SeqNum(where.Irs);
        _ipHeaderLength = where.IpHeaderLength + ipOptions;
        _checker = new EmissionChecker(mtu, _ipHeaderLength) { MayShrink = settings?.ShrinkWindow ?? false };
        Settings = settings ?? new TcpSettings();
        Parameters = new OpenParameters { Iss = Iss, PathMtu = mtu, IpHeaderLength = _ipHeaderLength, TimestampOffset = timestampOffset };
        Tcp = new TcpConnection(Settings, Buffers);
        Now = start ?? Instant.Zero + TimeSpan.FromSeconds(1000);
        Zero = Now;
    }

    public SeqNum Iss { get; }

    public SeqNum Irs { get; }

    public TcpSettings Settings { get; }

    public OpenParameters Parameters { get; }

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

    public TcpConnection Tcp { get; }

    public TcpState State => Tcp.State;

    public Instant Now { get; private set; }

    /// <summary>The moment that <see cref="Run"/> prints as 0.000.</summary>
    public Instant Zero { get; private set; }

    /// <summary>The window field of the peer's segments that do not say another.</summary>
    public ushort Window { get; set; } = 65535;

    /// <summary>Options of the peer's segments without SYN that do not say others.</summary>
    public string? Options { get; set; }

    /// <summary>Print window fields.</summary>
    public bool ShowWindow { get; set; }

    /// <summary>Print all options; SACK blocks are always printed.</summary>
    public bool ShowOptions { get; set; }

    /// <summary>Every segment emitted so far.</summary>
    public List<SegmentPlan> Emitted { get; } = [];

    private List<TcpEvent> Events { get; } = [];

    /// <summary>Octets of the stream that the application has read.</summary>
    public long BytesRead => _read;

    /// <summary>The peer says one segment; what the engine answers at once comes back, one line each.</summary>
    public string In(string text)
    {
        SegmentText.Parsed parsed = SegmentText.Parse(text, Irs, Iss);
        return Inject(parsed, TextOf(parsed));
    }

    /// <summary>Several segments before the engine is asked for output, as a batch from the link would be.</summary>
    public string InBatch(params string[] texts)
    {
        foreach (string text in texts)
        {
            SegmentText.Parsed parsed = SegmentText.Parse(text, Irs, Iss);
            Deliver(parsed, TextOf(parsed));
        }

        return Sent();
    }

    /// <summary>One segment comes in and nothing is asked yet.</summary>
    public void DeliverOnly(string text)
    {
        SegmentText.Parsed parsed = SegmentText.Parse(text, Irs, Iss);
        Deliver(parsed, TextOf(parsed));
    }

    /// <summary>The peer says one segment with other text than the pattern.</summary>
    public string In(string text, byte[] payload) => Inject(SegmentText.Parse(text, Irs, Iss) with { Length = payload.Length }, payload);

    /// <summary>What the engine has to say now, one line each; empty if it is silent.</summary>
    public string Sent() => string.Join("\n", Drain());

    /// <summary>The application queues <paramref name="octets"/> more of the pattern.</summary>
    public string Send(int octets, bool urgent = false, bool moreComing = false)
    {
        int taken = Tcp.Send(Now, Pattern.Slice(_queued, octets), urgent, moreComing);
        Assert.Equal(octets, taken);
        _queued += taken;
        return Sent();
    }

    /// <summary>The application reads up to <paramref name="most"/> octets and finds the pattern.</summary>
    public string Read(int most, out int got)
    {
        byte[] buffer = new byte[most];
        got = Tcp.Receive(Now, buffer);
        Pattern.Verify(buffer.AsSpan(0, got), _read);
        _read += got;
        return Sent();
    }

    /// <summary>Reads all there is and returns how much that was; what the engine sends then comes from <see cref="Sent"/>.</summary>
    public int ReadAll()
    {
        byte[] buffer = new byte[Tcp.Readable];
        int got = Tcp.Receive(Now, buffer);
        Pattern.Verify(buffer.AsSpan(0, got), _read);
        _read += got;
        return got;
    }

    public string Close()
    {
        Tcp.Close(Now);
        return Sent();
    }

    public string Shutdown()
    {
        Tcp.ShutdownSend(Now);
        return Sent();
    }

    public string Abort()
    {
        Tcp.Abort(Now);
        return Sent();
    }

    /// <summary>Makes now the moment that <see cref="Run"/> counts from.</summary>
    public void Restart() => Zero = Now;

    /// <summary>Lets <paramref name="seconds"/> pass; what the timers send comes back, each line with its time since <see cref="Zero"/>.</summary>
    public string Run(double seconds)
    {
        List<string> lines = [];
        Instant end = Now + TimeSpan.FromSeconds(seconds);
        for (int turns = 0; Tcp.NextDeadline <= end; turns++)
        {
            Assert.True(turns < 1_000_000, "timers fire for ever");
            Now = Instant.Later(Now, Tcp.NextDeadline);
            Tcp.OnTimeout(Now);
            lines.AddRange(Drain().Select(line => string.Create(CultureInfo.InvariantCulture, $"{(Now - Zero).TotalSeconds:F3} {line}")));
        }

        Now = end;
        return string.Join("\n", lines);
    }

    /// <summary>Time passes and nobody looks at the timers: a host that was busy.</summary>
    public void Skip(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    /// <summary>Events since the last call, in the order they were polled.</summary>
    public string TakeEvents()
    {
        string list = string.Join(" ", Events);
        Events.Clear();
        return list;
    }

    /// <summary>The numbers of RFC 9293 §3.3.1 as the peer can infer them: SND.UNA, SND.NXT, RCV.NXT, relative.</summary>
    public (int SndNxt, int RcvNxt) Variables
    {
        get
        {
            TimeWaitState state = Tcp.GetTimeWaitState();
            return (state.SndNxt - Iss, state.RcvNxt - Irs);
        }
    }

    /// <summary>The pattern at the segment's place; behind a SYN in the same segment the text begins one later.</summary>
    private byte[] TextOf(SegmentText.Parsed parsed) => Pattern.Slice(parsed.Seq - Irs - ((parsed.Flags & TcpFlags.Syn) != 0 ? 0 : 1), parsed.Length);

    private string Inject(SegmentText.Parsed parsed, byte[] payload)
    {
        Deliver(parsed, payload);
        return Sent();
    }

    private void Deliver(SegmentText.Parsed parsed, byte[] payload)
    {
        TcpOptionSet options = parsed.Options;
        bool echoLast = parsed.EchoLast;
        if (options.Present == TcpOptionPresence.None && Options is { } usual && (parsed.Flags & TcpFlags.Syn) == 0)
        {
            SegmentText.Parsed again = SegmentText.Parse($"[.] 0 ack 0 <{usual}>", Irs, Iss);
            options = again.Options;
            echoLast = again.EchoLast;
        }

        if (echoLast)
        {
            options.TsEcr = _lastTsVal;
        }

        TcpSegment segment = new()
        {
            Seq = parsed.Seq,
            Ack = parsed.Ack,
            Flags = parsed.Flags,
            RawWindow = parsed.Window ?? Window,
            UrgentPointer = parsed.Urgent,
            Ecn = parsed.Ecn,
            Options = options,
            Payload = payload,
        };
        _checker.OnInjected(segment);
        Tcp.OnSegment(Now, segment);
    }

    private List<string> Drain()
    {
        List<string> lines = [];
        while (Tcp.PollTransmit(Now, out SegmentPlan plan))
        {
            Assert.True(lines.Count < 100_000, "the engine never stops sending");
            byte[] payload = new byte[plan.PayloadLength];
            if (payload.Length > 0)
            {
                Tcp.CopyPayload(plan, payload);
                Pattern.Verify(payload, plan.PayloadOffset);
            }

            bool syn = (plan.Flags & TcpFlags.Syn) != 0;
            _checker.OnEmitted(plan, TcpWriter.OptionLength(plan.Options, TcpOptionLayout.Linux, syn));
            if (plan.Options.Has(TcpOptionPresence.Timestamps) && (plan.Flags & TcpFlags.Rst) == 0)
            {
                _lastTsVal = plan.Options.TsVal;
            }

            Emitted.Add(plan);
            lines.Add(SegmentText.Print(plan, Iss, Irs, ShowWindow, ShowOptions));
        }

        while (Tcp.PollEvent(out TcpEvent e))
        {
            Events.Add(e);
        }

        return lines;
    }
}
