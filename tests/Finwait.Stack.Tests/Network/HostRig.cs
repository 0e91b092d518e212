using System.Globalization;
using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>One host, its wires in the hands of the test, and a clock that only the test moves.</summary>
internal sealed class HostRig
{
    public HostRig(Action<HostSettings>? configure = null)
    {
        Settings = new HostSettings { Name = "romeo", Seed = 42 };
        configure?.Invoke(Settings);
        Host = new Host(Settings);
    }

    public HostSettings Settings { get; }

    public Host Host { get; }

    public Instant Now { get; set; } = Instant.Zero;

    /// <summary>Everything that left the host: the bytes, and a line <c>TIME INTERFACE what</c>.</summary>
    public List<(Interface Via, byte[] Bytes)> Sent { get; } = [];

    public StringBuilder Trace { get; } = new();

    public long this[DropReason reason] => Host.Counters[reason];

    /// <summary>romeo of the golden captures: eth1 10.10.1.100/24 and a default route to the router.</summary>
    public static HostRig Romeo(Action<HostSettings>? configure = null)
    {
        HostRig rig = new(configure);
        Interface eth = rig.Host.AddEthernet("eth1", Wires.RomeoMac);
        eth.AddAddress(Wires.Romeo, 24);
        rig.Host.Routes.Add(IpAddress.AnyV4, 0, Wires.Router, eth);
        return rig;
    }

    /// <summary>A host on a link without link addresses: 10.0.0.1, everything else on the other side.</summary>
    public static HostRig PointToPoint(Action<HostSettings>? configure = null, int mtu = 1500)
    {
        HostRig rig = new(configure);
        Interface tun = rig.Host.AddPointToPoint("tun0", mtu);
        tun.AddAddress(Wires.Ip("10.0.0.1"), 32);
        rig.Host.Routes.Add(IpAddress.AnyV4, 0, default, tun);
        return rig;
    }

    public Interface Eth => Host.Interfaces[1];

    /// <summary>The router's neighbour entry is known and reachable.</summary>
    public HostRig KnowingRouter()
    {
        Host.Neighbors.SetPermanent(Now, Eth, Wires.Router, Wires.RouterMac);
        return this;
    }

    public void Receive(byte[] frame)
    {
        Host.Receive(Now, Eth, frame);
        Drain();
    }

    /// <summary>A frame on the second interface.</summary>
    public void Receive2(byte[] frame)
    {
        Host.Receive(Now, Host.Interfaces[2], frame);
        Drain();
    }

    /// <summary>An IPv4 or IPv6 packet to romeo's own link address, from the router.</summary>
    public void ReceiveIp(byte[] packet, MacAddress? to = null) =>
        Receive(Eth.Kind == InterfaceKind.Ethernet ? Wires.Ethernet(to ?? Eth.Mac, Wires.RouterMac, packet[0] >> 4 == 6 ? EtherType.Ipv6 : EtherType.Ipv4, packet) : packet);

    /// <summary>Sends a UDP datagram through the host's own output, as its socket layer would.</summary>
    public SendResult SendUdp(IpAddress destination, int length = 10, bool df = true, ushort from = 5000, ushort to = 7, IpAddress source = default)
    {
        RouteCache way = default;
        SendResult found = Host.Output.Resolve(destination, source, null, ref way);
        if (found != SendResult.Sent)
        {
            return found;
        }

        source = source.IsNone ? way.Source : source;
        PacketBuffer buffer = Host.Output.Begin(8 + length);
        Wires.Udp(source, destination, from, to, length).CopyTo(buffer.Span);
        IpSendInfo info = new() { Source = source, Destination = destination, Protocol = IpProtocol.Udp, DontFragment = df };
        SendResult result = Host.Output.Send(Now, buffer, info, ref way);
        Drain();
        return result;
    }

    /// <summary>Takes what the host has to send at this moment.</summary>
    public void Drain()
    {
        while (Host.PollTransmit(Now, out Interface? via, out PacketBuffer? frame))
        {
            Sent.Add((via, frame.Span.ToArray()));
            Trace.Append(CultureInfo.InvariantCulture, $"{Now.SinceStart.TotalSeconds:F3} {Wires.Describe(via.Kind, frame.Span)}\n");
            frame.Release();
        }
    }

    /// <summary>Lets time pass, stopping at every deadline of the host on the way.</summary>
    public void RunFor(TimeSpan time)
    {
        Instant end = Now + time;
        for (int rounds = 0; Host.NextDeadline is var next && next <= end; rounds++)
        {
            Assert.True(rounds < 100_000, "the host asks for the same moment again and again");
            Now = Instant.Later(Now, next);
            Host.OnTimeout(Now);
            Drain();
        }

        Now = end;
    }

    public void RunFor(double seconds) => RunFor(TimeSpan.FromSeconds(seconds));

    /// <summary>The lines since the last time, and forgets them.</summary>
    public string TakeTrace()
    {
        string trace = Trace.ToString();
        Trace.Clear();
        Sent.Clear();
        return trace;
    }

    public void AssertTrace(string expected) => Assert.Equal(expected.ReplaceLineEndings("\n").TrimEnd('\n'), TakeTrace().TrimEnd('\n'));

    /// <summary>The one line of the trace; what was sent stays to be looked at.</summary>
    public void AssertTraceLine(string expected) => Assert.Equal(expected, Trace.ToString().TrimEnd('\n'));

    /// <summary>Nothing that the host took from its pool is still out, apart from what waits in its own tables.</summary>
    public void AssertNoLeak(int waiting = 0) => Assert.Equal(waiting, Host.Packets.Lent);
}
