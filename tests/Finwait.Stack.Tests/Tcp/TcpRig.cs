using System.Globalization;
using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>A segment that left the host, with what the IP header said.</summary>
internal sealed record SeenSegment(IpAddress Source, ushort From, IpAddress Destination, ushort To, TcpFlags Flags, uint Seq, uint Ack, ushort Window, TcpOptionSet Options, string Text, ushort Id, bool DontFragment, byte Tos);

/// <summary>One host at the end of a bare link; the test is the rest of the world and says any segment it likes.</summary>
/// <remarks>
/// On a wire of <see cref="WireCase"/> the numbers of the peer are written as if they were small: <c>edge</c>, 1000 unless the test says another, is the last one before 2^31
/// or 2^32 where the wire is there. On the way to the host they are moved there, in sequence numbers, and on the way back in acknowledgments and SACK blocks. Our own numbers are
/// as they are: every connection begins with <see cref="Iss"/>, so that its first octet is the first one behind the edge.
/// </remarks>
internal sealed class TcpRig
{
    public static readonly IpAddress Us = IpAddress.FromV4(10, 0, 0, 1), Peer = IpAddress.FromV4(10, 0, 0, 2);
    public static readonly IpAddress Us6 = IpAddress.Parse("fd00::1"), Peer6 = IpAddress.Parse("fd00::2");

    private readonly List<SeenSegment> _seen = [];
    private readonly uint _moved;

    public TcpRig(string wire, Action<HostSettings>? configure = null, uint edge = 1000, int mtu = 1500)
        : this(configure, WireCase.Named(wire).IsV6, mtu)
    {
        WireCase where = WireCase.Named(wire);
        _moved = unchecked(where.PeersEdge - edge);
        Iss = where.OurEdge;
        ChoosesIss = true;
    }

    /// <summary>A rig for what has no wire to straddle anything on: IPv4 or IPv6, numbers as the host makes them.</summary>
    public TcpRig(Action<HostSettings>? configure = null, bool v6 = false, int mtu = 1500)
    {
        Host = TwoHosts.Make("host", 5, Us, Us6, configure, mtu);
        Host.Routes.Add(IpAddress.AnyV4, 0, default, Link);
        Local = v6 ? Us6 : Us;
        Remote = v6 ? Peer6 : Peer;
    }

    public Host Host { get; }

    public SocketLayer Sockets => Host.Sockets;

    public Instant Now { get; set; } = new(100_000_000);

    public IpAddress Local { get; }

    public IpAddress Remote { get; set; }

    public bool IsV6 => Local.IsV6;

    /// <summary>All addresses of the wire's IP version.</summary>
    public IpAddress Any => IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4;

    public int IpHeader => IsV6 ? 40 : 20;

    /// <summary>Every connection of ours begins with <see cref="Iss"/>; taken away, the host makes its numbers itself.</summary>
    public bool ChoosesIss
    {
        get;
        set
        {
            field = value;
            Host.NextInitialSequence = value ? new(Iss) : null;
        }
    }

    /// <summary>Octets of text in a full segment without options.</summary>
    public int Mss => Link.Mtu - IpHeader - 20;

    /// <summary>The initial sequence number of our connections, on a wire.</summary>
    public uint Iss
    {
        get;
        set
        {
            field = value;
            Host.NextInitialSequence = new(value);
        }
    }

    /// <summary>Ports of the conversation: ours and the peer's.</summary>
    public ushort LocalPort { get; set; } = 80;

    public ushort RemotePort { get; set; } = 5000;

    public Interface Link => Host.Interfaces[1];

    /// <summary>A fresh stream socket of the wire's family.</summary>
    public int Stream() => Host.Stream(IsV6 ? AddressFamily.Inet6 : AddressFamily.Inet);

    /// <summary>A listener on <see cref="LocalPort"/>, for all addresses.</summary>
    public int Listen(int backlog = 5) => Host.Listener(LocalPort, backlog, Any);

    /// <summary>One more address of the wire's IP version: 10.0.0.N or fd00::N (in hexadecimal).</summary>
    public IpAddress Neighbor(byte n) => IsV6 ? IpAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"fd00::{n:x}")) : IpAddress.FromV4(10, 0, 0, n);

    /// <summary>Begins to connect a fresh socket.</summary>
    public int Connect(ushort port, IpAddress? to = null)
    {
        int socket = Stream();
        Assert.Equal(Errno.EINPROGRESS, Sockets.Connect(Now, socket, new(to ?? Remote, port)));
        return socket;
    }

    /// <summary>A number of the peer as the segments have it.</summary>
    public uint OnTheWire(uint number) => unchecked(number + _moved);

    /// <summary>Sends a segment to the host and takes what it answers.</summary>
    public void Say(TcpFlags flags, uint seq, uint ack = 0, string text = "", TcpOptionSet options = default, ushort window = 65_535)
    {
        Host.Receive(Now, Link, Packet(flags, seq, ack, text, options, window));
        Drain();
    }

    /// <summary>The IP packet of a segment from the peer.</summary>
    public byte[] Packet(TcpFlags flags, uint seq, uint ack = 0, string text = "", TcpOptionSet options = default, ushort window = 65_535, IpAddress? source = null, IpAddress? destination = null)
    {
        IpAddress from = source ?? Remote, to = destination ?? Local;
        byte[] payload = Encoding.ASCII.GetBytes(text);
        byte[] segment = new byte[20 + TcpWriter.OptionLength(options, TcpOptionLayout.Linux, (flags & TcpFlags.Syn) != 0) + payload.Length];
        int header = TcpWriter.WriteHeader(segment, RemotePort, LocalPort, new(OnTheWire(seq)), new(ack), flags, window, 0, options, TcpOptionLayout.Linux);
        payload.CopyTo(segment, header);
        TcpWriter.WriteChecksum(segment, from, to);
        byte[] packet = new byte[(to.IsV6 ? 40 : 20) + segment.Length];
        if (to.IsV6)
        {
            Ipv6Writer.Write(packet, from, to, IpProtocol.Tcp, segment.Length, 64, 0);
        }
        else
        {
            Ipv4Writer.Write(packet, from, to, IpProtocol.Tcp, segment.Length, 64, 0, 1, true);
        }

        segment.CopyTo(packet, packet.Length - segment.Length);
        return packet;
    }

    public void Receive(byte[] packet)
    {
        Host.Receive(Now, Link, packet);
        Drain();
    }

    public void Drain()
    {
        while (Host.PollTransmit(Now, out _, out PacketBuffer? frame))
        {
            if (Parse(frame.Span) is { } seen)
            {
                _seen.Add(seen);
            }

            frame.Release();
        }

        if (ChoosesIss)
        {
            Host.NextInitialSequence = new(Iss); // for the next connection too
        }
    }

    public void Run(double seconds)
    {
        Instant end = Now + TimeSpan.FromSeconds(seconds);
        Drain();
        while (Host.NextDeadline is var next && next <= end)
        {
            Now = Instant.Later(Now, next);
            Host.OnTimeout(Now);
            Drain();
        }

        Now = end;
    }

    /// <summary>The segments since the last call.</summary>
    public IReadOnlyList<SeenSegment> Take()
    {
        Drain();
        SeenSegment[] taken = [.. _seen];
        _seen.Clear();
        return taken;
    }

    /// <summary>The only segment since the last call.</summary>
    public SeenSegment TakeOne() => Assert.Single(Take());

    /// <summary>The segments since the last call as text, one per line: flags, sequence, acknowledgment, octets.</summary>
    public string TakeText(uint iss = 0)
    {
        StringBuilder text = new();
        foreach (SeenSegment s in Take())
        {
            text.Append(text.Length == 0 ? "" : "; ").Append(CultureInfo.InvariantCulture, $"[{Letters(s.Flags)}] seq {unchecked(s.Seq - iss)}");
            text.Append(CultureInfo.InvariantCulture, $"{((s.Flags & TcpFlags.Ack) != 0 ? $" ack {s.Ack}" : "")}{(s.Text.Length > 0 ? $" '{s.Text}'" : "")}");
        }

        return text.ToString();
    }

    public static string Letters(TcpFlags flags)
    {
        string letters = string.Concat(new[] { (TcpFlags.Fin, "F"), (TcpFlags.Syn, "S"), (TcpFlags.Rst, "R"), (TcpFlags.Psh, "P"), (TcpFlags.Ack, "."), (TcpFlags.Urg, "U") }
            .Where(f => (flags & f.Item1) != 0).Select(f => f.Item2));
        return letters.Length == 0 ? "none" : letters;
    }

    public static TcpOptionSet Timestamps(uint value, uint echo) => new() { Present = TcpOptionPresence.Timestamps, TsVal = value, TsEcr = echo };

    /// <summary>The options of an ordinary SYN, without timestamps unless a value is given.</summary>
    public static TcpOptionSet SynOptions(uint? timestamp = null) => new()
    {
        Present = TcpOptionPresence.Mss | TcpOptionPresence.SackPermitted | TcpOptionPresence.WindowScale | (timestamp is null ? 0 : TcpOptionPresence.Timestamps),
        Mss = 1460,
        WindowScale = 7,
        TsVal = timestamp ?? 0,
    };

    /// <summary>The peer connects to <see cref="LocalPort"/>, where somebody listens; returns our initial sequence number. Its own is <paramref name="irs"/>.</summary>
    public uint HandshakeFromPeer(uint irs, uint? timestamp = null)
    {
        Say(TcpFlags.Syn, irs, options: SynOptions(timestamp));
        SeenSegment synAck = TakeOne();
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, synAck.Flags);
        Assert.Equal(unchecked(irs + 1), synAck.Ack);
        Say(TcpFlags.Ack, irs + 1, synAck.Seq + 1, options: timestamp is { } t ? Timestamps(t, synAck.Options.TsVal) : default);
        Assert.Empty(Take());
        return synAck.Seq;
    }

    private SeenSegment? Parse(ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> bytes;
        IpAddress source, destination;
        ushort id = 0;
        bool df = false;
        byte tos = 0;
        if (packet[0] >> 4 == 6)
        {
            Assert.Equal(WireError.None, Ipv6View.TryParse(packet, out Ipv6View ip));
            if (ip.NextHeader != IpProtocol.Tcp)
            {
                return null;
            }

            (source, destination, df, tos) = (ip.Source, ip.Destination, true, ip.TrafficClass); // no router may fragment it
            bytes = ip.Payload;
        }
        else
        {
            Assert.Equal(WireError.None, Ipv4View.TryParse(packet, out Ipv4View ip));
            if (ip.Protocol != IpProtocol.Tcp)
            {
                return null;
            }

            (source, destination, id, df, tos) = (ip.Source, ip.Destination, ip.Identification, ip.DontFragment, ip.TypeOfService);
            bytes = ip.Payload;
        }

        Assert.Equal(WireError.None, TcpView.TryParse(bytes, out TcpView tcp));
        Assert.True(tcp.HasValidChecksum(source, destination), "a segment left with a wrong checksum");
        TcpOptionSet options = tcp.ParseOptions();
        for (int i = 0; i < options.SackCount; i++)
        {
            options.Sack[i] = new(new(unchecked(options.Sack[i].Left.Value - _moved)), new(unchecked(options.Sack[i].Right.Value - _moved)));
        }

        uint ack = (tcp.Flags & TcpFlags.Ack) != 0 ? unchecked(tcp.Ack.Value - _moved) : tcp.Ack.Value;
        return new(source, tcp.SourcePort, destination, tcp.DestinationPort, tcp.Flags, tcp.Seq.Value, ack, tcp.RawWindow, options, Encoding.ASCII.GetString(tcp.Payload), id, df, tos);
    }
}
