using System.Buffers.Binary;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

/// <summary>UDP up to the door of the socket layer: nobody listens on port 9 in these tests, so a datagram that is in order draws "port unreachable".</summary>
public sealed class UdpInputTests
{
    private const string Unreachable = "icmp 3/3";

    private static HostRig Receive(byte[] datagram, IpAddress? destination = null, MacAddress? to = null)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ipv4(Juliet, destination ?? Romeo, IpProtocol.Udp, datagram), to);
        return rig;
    }

    // N-UDP-1 (RFC 768, RFC 1122 §4.1): a length of 8 up to the IP payload; what stands behind it is ignored.
    [Theory]
    [InlineData(0, false)]
    [InlineData(7, false)]
    [InlineData(29, false)]
    [InlineData(65535, false)]
    [InlineData(28, true)]
    public void Length_Field_IsChecked(ushort length, bool isTaken)
    {
        byte[] datagram = Udp(Juliet, Romeo, 1000, 9, 20);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), length);
        HostRig rig = Receive(datagram);
        Assert.Equal(isTaken, rig.Trace.ToString().Contains(Unreachable, StringComparison.Ordinal));
        Assert.Equal(isTaken ? 0 : 1, rig[DropReason.UdpMalformed]);
    }

    [Fact]
    public void Length_ShorterThanIpPayload_RestIsIgnored()
    {
        byte[] datagram = [.. Udp(Juliet, Romeo, 1000, 9, 20), 1, 2, 3];
        Assert.Contains(Unreachable, Receive(datagram).Trace.ToString(), StringComparison.Ordinal);
    }

    // N-UDP-1: every prefix of a datagram is dropped.
    [Fact]
    public void Datagram_Cut_IsDropped()
    {
        byte[] datagram = Udp(Juliet, Romeo, 1000, 9, 20);
        for (int length = 0; length < datagram.Length; length++)
        {
            HostRig rig = Receive(datagram[..length]);
            Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.UdpMalformed]));
        }
    }

    // N-UDP-2 (RFC 1122 §4.1.3.4): a wrong checksum is a silent drop, zero over IPv4 means none.
    [Fact]
    public void Checksum_Wrong_IsDroppedAndZeroIsNone()
    {
        byte[] datagram = Udp(Juliet, Romeo, 1000, 9, 20);
        for (int bit = 0; bit < datagram.Length * 8; bit++)
        {
            if (bit / 8 is 4 or 5)
            {
                continue; // the length has its own test
            }

            byte[] bad = [.. datagram];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            HostRig rig = Receive(bad);
            Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.UdpBadChecksum]));
        }

        datagram[6] = datagram[7] = 0;
        Assert.Contains(Unreachable, Receive(datagram).Trace.ToString(), StringComparison.Ordinal);
    }

    // N-UDP-3 (RFC 1122 §4.1.3.1): port unreachable, but never for a group.
    [Theory]
    [InlineData("10.10.1.255")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    public void NoListener_Group_IsSilent(string destination)
    {
        IpAddress group = Ip(destination);
        HostRig rig = Receive(Udp(Juliet, group, 1000, 9, 20), group, MacAddress.Broadcast);
        Assert.Equal(("", 1L, 1L), (rig.TakeTrace(), rig[DropReason.UdpNoPort], rig[DropReason.IcmpNotAllowed]));
    }

    // N-UDP-3: port unreachable comes from the address that was asked, not from the interface's first.
    [Fact]
    public void NoListener_AliasAddress_ErrorComesFromIt()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        IpAddress alias = Ip("10.10.1.101");
        rig.Eth.AddAddress(alias, 24, "eth1:0");
        rig.ReceiveIp(Ipv4(Juliet, alias, IpProtocol.Udp, Udp(Juliet, alias, 1000, 9, 20)));
        rig.AssertTrace("0.000 > router 10.10.1.101 > 10.10.2.100 ttl 64 tos 0xc0 icmp 3/3 rest 0 length 56");
    }
}
