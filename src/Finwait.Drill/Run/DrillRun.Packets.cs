using System.Diagnostics.CodeAnalysis;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Drill;

/// <content>Packets: which connection they belong to, injecting them, waiting for them.</content>
internal sealed partial class DrillRun
{
    private const ushort FirstRemotePort = 40_001;

    /// <summary>Timers that may go off without a packet before the wait is given up.</summary>
    private const int MostSteps = 1_000_000;

    private readonly List<DrillFlow> _flows = [];
    private readonly Queue<LivePacket> _live = new();
    private DrillFlow? _current;
    private ushort _boundPort;
    private ushort _nextRemotePort = FirstRemotePort;

    /// <summary>bind() named a port, or the host chose one: packets of the other side go there.</summary>
    public void OnBound(ushort port)
    {
        _boundPort = port;
        if (_current is { Handle: < 0 } && _current.LocalPort != port)
        {
            _current = null;
        }
    }

    /// <summary>connect() was called: the connection that the script now speaks of.</summary>
    public void OnConnect(int handle, ushort localPort, IpAddress remote, ushort remotePort)
    {
        _current = new DrillFlow { Local = _config.Local, LocalPort = localPort, Remote = remote, RemotePort = remotePort, Handle = handle };
        _flows.Add(_current);
    }

    /// <summary>accept() gave a connection its handle.</summary>
    public void OnAccept(int handle, ushort remotePort)
    {
        foreach (DrillFlow flow in _flows)
        {
            if (flow.RemotePort == remotePort)
            {
                flow.Handle = handle;
            }
        }
    }

    private DrillFlow FlowFor(int line, PacketAction packet)
    {
        if (packet.Tcp?.Options?.Any(option => option.Kind == TcpOptionSpecKind.Md5) == true)
        {
            throw new DrillNeed(line, "TCP MD5 signatures (RFC 2385)");     // Linux looks at them, whether there is a key or not
        }

        (int source, int destination) = packet.Ports;
        if (source == 0)
        {
            return _current ??= NewFlow(_boundPort != 0 ? _boundPort : _config.BindPort, _nextRemotePort++);
        }

        (int local, int remote) = packet.IsInbound ? (destination, source) : (source, destination);
        _current = _flows.Find(flow => flow.LocalPort == local && flow.RemotePort == remote) ?? NewFlow((ushort)local, (ushort)remote);
        return _current;
    }

    private DrillFlow NewFlow(ushort local, ushort remote)
    {
        var flow = new DrillFlow { Local = _config.Local, LocalPort = local, Remote = _config.Remote, RemotePort = remote };
        _flows.Add(flow);
        return flow;
    }

    private DrillFlow? FlowOf(LivePacket packet) =>
        _flows.Find(flow => flow.LocalPort == packet.SourcePort && flow.RemotePort == packet.DestinationPort && flow.Remote == packet.Destination) ?? _current;

    private void Inject(DrillEvent e, PacketAction packet)
    {
        DrillFlow flow = FlowFor(e.Line, packet);
        if (packet.Icmp is { } icmp && icmp.IsV6 != _config.IsV6Wire)
        {
            throw new DrillFault(e.Line, $"{(icmp.IsV6 ? "icmpv6" : "icmp")} does not go over {(_config.IsV6Wire ? "IPv6" : "IPv4")}");
        }

        byte[] bytes = PacketBuilder.Build(e.Line, packet, flow, _config.IsV6Wire);
        if (packet.Tcp is { } tcp)
        {
            flow.WasReset |= (tcp.Flags & TcpFlags.Rst) != 0;
            flow.FinReceived |= (tcp.Flags & TcpFlags.Fin) != 0;
        }

        Note(e.Line, "inject " + PacketBuilder.Show(packet));
        _port.Deliver(bytes);
    }

    private void Expect(DrillEvent e, PacketAction expected, long time, long end)
    {
        DrillFlow flow = FlowFor(e.Line, expected);
        if (!WaitForPacket(Math.Max(end, Now) + _config.ToleranceMicroseconds + PatienceMicroseconds, out LivePacket? actual))
        {
            throw new DrillFault(e.Line, $"error handling packet: timed out waiting for packet\nscript packet: {Stamp(time)} {expected.Ip.Show()}{PacketBuilder.Show(expected)}");
        }

        if (expected.Tcp is { } tcp)
        {
            actual = Gather(actual, tcp.Length);
            Learn(flow, tcp, actual);
        }

        Note(e.Line, "sniffed " + actual.Show(flow));
        string? difference = PacketVerifier.Compare(expected, actual, flow, _config) ?? ComparePorts(flow, actual);
        difference ??= e.TimeKind == DrillTimeKind.Any ? null : CompareTime(time, end, actual.Time);
        if (difference is not null)
        {
            throw new DrillFault(e.Line, $"error handling packet: {difference}\nscript packet: {Stamp(time)} {expected.Ip.Show()}{PacketBuilder.Show(expected)}\nactual packet: {Stamp(actual.Time)} {expected.Ip.Show(actual)}{actual.Show(flow)}");
        }

        flow.FinSent |= (actual.Flags & TcpFlags.Fin) != 0;
        flow.WasReset |= (actual.Flags & TcpFlags.Rst) != 0;
    }

    private static string? ComparePorts(DrillFlow flow, LivePacket actual) =>
        !actual.IsTcp || (actual.SourcePort == flow.LocalPort && actual.DestinationPort == flow.RemotePort)
            ? null
            : $"live packet ports: expected: {flow.LocalPort} > {flow.RemotePort} vs actual: {actual.SourcePort} > {actual.DestinationPort}";

    private string? CompareTime(long time, long end, long actual)
    {
        long tolerance = _config.ToleranceMicroseconds;
        if (actual >= time - tolerance && actual <= end + tolerance)
        {
            return null;
        }

        string when = time == end ? $"at {Seconds(time)} sec" : $"in time range {Seconds(time)}~{Seconds(end)} sec";
        return $"timing error: expected outbound packet {when} but happened at {Seconds(actual)} sec; tolerance {Seconds(tolerance)} sec";
    }

    /// <summary>The first segment with SYN tells how the script's sequence numbers become those on the wire.</summary>
    private static void Learn(DrillFlow flow, TcpSpec expected, LivePacket actual)
    {
        bool isSyn = (actual.Flags & TcpFlags.Syn) != 0 && (expected.Flags & TcpFlags.Syn) != 0;
        bool isNew = !flow.HasLocalOffset || (flow.IsOver && unchecked(actual.Seq - flow.LocalOffset) != expected.Seq);
        if (isSyn && isNew)
        {
            flow.LocalOffset = unchecked(actual.Seq - expected.Seq);
            flow.HasLocalOffset = true;
            flow.HasTimestamps = false;
            flow.Timestamps.Clear();
            (flow.FinSent, flow.FinReceived, flow.WasReset) = (false, false, false);
        }
    }

    /// <summary>A link with segmentation offload shows a burst as one packet: segments are put together as far as the script's packet goes, and not if that does not fit.</summary>
    private LivePacket Gather(LivePacket first, int length)
    {
        LivePacket whole = first;
        int taken = 0;
        while (whole.Payload.Length < length && _live.ElementAtOrDefault(taken) is { } next && whole.Join(next) is { } joined && joined.Payload.Length <= length)
        {
            whole = joined;
            taken++;
        }

        if (whole.Payload.Length != length)
        {
            return first;
        }

        for (; taken > 0; taken--)
        {
            _live.Dequeue();
        }

        return whole;
    }

    private void Collect()
    {
        while (_port.TryTransmit(out Instant leftAt, out byte[] bytes))
        {
            _live.Enqueue(LivePacket.Read(ToScript(leftAt), bytes));
        }
    }

    private bool TryNextPacket([NotNullWhen(true)] out LivePacket? packet)
    {
        Collect();
        return _live.TryDequeue(out packet);
    }

    /// <summary>The next packet, with the time it leaves; the clock moves on to it and no farther.</summary>
    private bool WaitForPacket(long limit, [NotNullWhen(true)] out LivePacket? packet)
    {
        Instant last = ToHost(limit);
        for (int steps = 0; !TryNextPacket(out packet); steps++)
        {
            Instant next = _port.NextDeadline;
            if (next > last || steps > MostSteps)
            {
                return false;
            }

            _port.AdvanceTo(Instant.Later(next, _port.Now));
        }

        return true;
    }
}
