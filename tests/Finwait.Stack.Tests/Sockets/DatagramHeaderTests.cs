using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>What an application learns of the IP headers of datagrams, and says in them (RFC 1122 §4.1.3.5 and §4.1.4, RFC 8085 §3).</summary>
public class DatagramHeaderTests
{
    private static readonly IpAddress SecondB = IpAddress.FromV4(10, 0, 0, 22), SecondB6 = IpAddress.Parse("fd00::22");

    private static TwoHosts Hosts()
    {
        TwoHosts hosts = new();
        hosts.B.Interfaces[1].AddAddress(SecondB, 24);
        hosts.B.Interfaces[1].AddAddress(SecondB6, 64);
        return hosts;
    }

    private static int Socket(Host host, bool v6, ushort port = 0)
    {
        int socket = host.Sockets.Create(v6 ? AddressFamily.Inet6 : AddressFamily.Inet, SocketType.Datagram);
        Assert.Equal(Errno.None, host.Sockets.Bind(socket, new(v6 ? IpAddress.AnyV6 : IpAddress.AnyV4, port)));
        return socket;
    }

    // N-UDP-4: the server on any address learns which one was asked, and answers from it; the client's connected socket takes the answer.
    // N-UDP-6: TTL and traffic class with its ECN bits are told, and may be set for one datagram.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagram_ToTheSecondAddress_IsAnsweredFromIt(bool v6)
    {
        TwoHosts hosts = Hosts();
        IpAddress asked = v6 ? SecondB6 : SecondB;
        int server = Socket(hosts.B, v6, 53), client = Socket(hosts.A, v6);
        hosts.A.Sockets.Connect(hosts.Now, client, new(asked, 53));
        hosts.A.Sockets.SetOption(hosts.Now, client, SocketOption.TimeToLive, 33);
        hosts.A.Sockets.SetOption(hosts.Now, client, SocketOption.TypeOfService, 0xB9);
        hosts.A.Sockets.Send(hosts.Now, client, "question"u8, SendFlags.None, out _);
        hosts.Exchange();

        byte[] buffer = new byte[100];
        Assert.Equal(Errno.None, hosts.B.Sockets.ReceiveMessage(server, buffer, ReceiveFlags.None, out int got, out SocketAddress from, out MessageControl control));
        Assert.Equal((8, asked, hosts.B.Interfaces[1].Index, (byte)33, (byte?)0xB9), (got, control.Local, control.Interface, control.TimeToLive, control.TrafficClass));

        Assert.Equal(Errno.None, hosts.B.Sockets.SendMessage(hosts.Now, server, "plain"u8, from, default, out _));
        hosts.Exchange();
        Assert.Equal(Errno.EAGAIN, hosts.A.Sockets.Receive(hosts.Now, client, buffer, ReceiveFlags.None, out _));
        Assert.Equal(Errno.None, hosts.B.Sockets.SendMessage(hosts.Now, server, "answer"u8, from, new() { Local = control.Local, TimeToLive = 7, TrafficClass = 2 }, out int sent));
        hosts.Exchange();
        Assert.Equal(Errno.None, hosts.A.Sockets.ReceiveMessage(client, buffer, ReceiveFlags.None, out got, out from, out control));
        Assert.Equal((6, 6, asked, (byte)7, (byte?)2), (sent, got, from.Address, control.TimeToLive, control.TrafficClass));
    }

    // N-UDP-4: a source that is not this host's own, or is a group or broadcast address, is refused, and nothing leaves.
    [Theory]
    [InlineData(false, "10.0.0.9")]
    [InlineData(false, "224.0.0.1")]
    [InlineData(false, "255.255.255.255")]
    [InlineData(false, "10.0.0.255")]
    [InlineData(false, "fd00::22")]
    [InlineData(true, "fd00::9")]
    [InlineData(true, "ff02::1")]
    public void Source_NotOurs_IsRefused(bool v6, string source)
    {
        TwoHosts hosts = Hosts();
        int socket = Socket(hosts.B, v6);
        SocketAddress to = new(v6 ? TwoHosts.AddressA6 : TwoHosts.AddressA, 9);
        Assert.Equal(Errno.EINVAL, hosts.B.Sockets.SendMessage(hosts.Now, socket, "x"u8, to, new() { Local = IpAddress.Parse(source) }, out _));
        hosts.Exchange();
        Assert.Equal(0, hosts.Crossed);
    }

    // N-UDP-4: datagrams that no host can have sent are dropped before any socket sees them.
    [Theory]
    [InlineData("224.0.0.9")]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.0.2")]
    [InlineData("127.0.0.1")]
    public void Received_ImpossibleSource_IsDropped(string source)
    {
        TwoHosts hosts = Hosts();
        int server = Socket(hosts.B, v6: false, 53);
        IpAddress from = IpAddress.Parse(source);
        byte[] packet = new byte[29];
        Ipv4Writer.Write(packet, from, TwoHosts.AddressB, IpProtocol.Udp, 9, 64, 0, 1, true);
        UdpWriter.WriteHeader(packet.AsSpan(20), 1000, 53, 1);
        UdpWriter.WriteChecksum(packet.AsSpan(20, 8), 0, 1, from, TwoHosts.AddressB);
        hosts.B.Receive(hosts.Now, hosts.B.Interfaces[1], packet);
        Assert.Equal(Errno.EAGAIN, hosts.B.Sockets.Receive(hosts.Now, server, new byte[10], ReceiveFlags.None, out _));
    }

    // N-UDP-6: a host does not fragment datagrams unless its settings or the socket ask for it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagram_BeyondThePath_IsRefusedUnlessFragmentsAreWanted(bool v6)
    {
        IpAddress peer = v6 ? TwoHosts.AddressB6 : TwoHosts.AddressB;
        foreach (bool wanted in (bool[])[false, true])
        {
            TwoHosts hosts = new(settings => settings.Sockets.FragmentDatagrams = wanted, mtu: 1400);
            Socket(hosts.B, v6, 53);
            int socket = Socket(hosts.A, v6);
            Assert.Equal(Errno.None, hosts.A.Sockets.SendTo(hosts.Now, socket, new byte[1300], SendFlags.None, new(peer, 53), out _));
            Assert.Equal(wanted ? Errno.None : Errno.EMSGSIZE, hosts.A.Sockets.SendTo(hosts.Now, socket, new byte[2000], SendFlags.None, new(peer, 53), out _));
            hosts.Exchange();
            Assert.Equal(wanted ? 3 : 1, hosts.Crossed);
            Assert.Equal(Errno.None, hosts.A.Sockets.SetOption(hosts.Now, socket, SocketOption.MtuDiscover, wanted ? 2 : 1));
            Assert.Equal(wanted ? Errno.EMSGSIZE : Errno.None, hosts.A.Sockets.SendTo(hosts.Now, socket, new byte[2000], SendFlags.None, new(peer, 53), out _));
        }
    }

    // N-UDP-6: the path's MTU is told, and the application decides whether datagrams beyond it are cut or refused.
    [Theory]
    [InlineData(false, 0, Errno.None, false)]
    [InlineData(false, 1, Errno.None, true)]
    [InlineData(false, 2, Errno.EMSGSIZE, true)]
    [InlineData(false, 3, Errno.None, true)]
    [InlineData(true, 1, Errno.None, false)]
    [InlineData(true, 2, Errno.EMSGSIZE, false)]
    public void MtuDiscover_OfOneSocket_CutsOrRefuses(bool v6, int mode, Errno expected, bool setsDf)
    {
        TwoHosts hosts = Hosts();
        IpAddress peer = v6 ? TwoHosts.AddressB6 : TwoHosts.AddressB;
        int socket = Socket(hosts.A, v6);
        Assert.Equal(Errno.ENOTCONN, hosts.A.Sockets.GetOption(socket, SocketOption.Mtu, out _));
        hosts.A.Sockets.Connect(hosts.Now, socket, new(peer, 9));
        Assert.Equal(Errno.EINVAL, hosts.A.Sockets.SetOption(hosts.Now, socket, SocketOption.MtuDiscover, 4));
        Assert.Equal(Errno.None, hosts.A.Sockets.SetOption(hosts.Now, socket, SocketOption.MtuDiscover, mode));
        hosts.A.Output.LowerPathMtu(hosts.Now, peer, 1300);
        Assert.Equal(Errno.None, hosts.A.Sockets.GetOption(socket, SocketOption.Mtu, out int mtu));
        Assert.Equal(1300, mtu);

        List<byte[]> packets = [];
        hosts.Loses = (toB, packet) =>
        {
            packets.Add(packet);
            return true;
        };
        Assert.Equal(Errno.None, hosts.A.Sockets.Send(hosts.Now, socket, new byte[1000], SendFlags.None, out _));
        hosts.Exchange();
        Assert.Equal(setsDf, !v6 && (packets[0][6] & 0x40) != 0);
        packets.Clear();
        Assert.Equal(expected, hosts.A.Sockets.Send(hosts.Now, socket, new byte[1400], SendFlags.None, out _));
        hosts.Exchange();
        Assert.Equal(expected != Errno.None ? 0 : mode == 3 ? 1 : 2, packets.Count);
        Assert.Equal(mode < 2 ? Errno.None : Errno.EMSGSIZE, hosts.A.Sockets.Send(hosts.Now, socket, new byte[1500], SendFlags.None, out _));   // more than the link takes
    }
}
