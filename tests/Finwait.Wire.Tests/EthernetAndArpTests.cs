namespace Finwait.Wire.Tests;

public class EthernetAndArpTests
{
    private static readonly MacAddress A = new(0x0200_0000_0164);
    private static readonly MacAddress B = new(0xFFFE_FDFC_FBFA);

    [Fact]
    public void Ethernet_WriteThenParse_IsTheIdentityAndCutHeadersAreRefused()
    {
        byte[] frame = new byte[16];

        Assert.Equal(14, EthernetWriter.Write(frame, B, A, EtherType.Ipv6));

        Assert.Equal("fffefdfcfbfa02000000016486dd0000", Convert.ToHexStringLower(frame));
        Assert.Equal(WireError.None, EthernetView.TryParse(frame, out EthernetView view));
        Assert.Equal((B, A, EtherType.Ipv6, 2), (view.Destination, view.Source, view.EtherType, view.Payload.Length));
        for (int length = 0; length < 14; length++)
        {
            Assert.Equal(WireError.Truncated, EthernetView.TryParse(frame.AsSpan(0, length), out _));
        }

        Assert.Throws<ArgumentException>(() => EthernetWriter.Write(new byte[13], A, B, 0));
    }

    [Fact]
    public void Vlan_WriteThenParse_IsTheIdentity()
    {
        byte[] payload = new byte[5];

        Assert.Equal(4, EthernetWriter.WriteVlan(payload, 4095, EtherType.Ipv4, 5));

        Assert.Equal("afff080000", Convert.ToHexStringLower(payload));
        Assert.Equal(WireError.None, VlanView.TryParse(payload, out VlanView view));
        Assert.Equal((4095, 5, false, EtherType.Ipv4, 1), (view.VlanId, view.Priority, view.DropEligible, view.EtherType, view.Payload.Length));
        Assert.Equal(WireError.Truncated, VlanView.TryParse(payload.AsSpan(0, 3), out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => EthernetWriter.WriteVlan(payload, 4096, 0));
    }

    [Fact]
    public void Arp_WriteThenParse_IsTheIdentity()
    {
        byte[] packet = new byte[46];
        IpAddress sender = IpAddress.Parse("10.10.1.100"), target = IpAddress.Parse("255.254.253.252");

        Assert.Equal(28, ArpWriter.Write(packet, ArpOperation.Reply, A, sender, B, target));

        Assert.Equal("0001080006040002020000000164" + "0a0a0164" + "fffefdfcfbfa" + "fffefdfc", Convert.ToHexStringLower(packet.AsSpan(0, 28)));
        Assert.Equal(WireError.None, ArpView.TryParse(packet, out ArpView view));
        Assert.Equal((ArpOperation.Reply, A, sender, B, target), (view.Operation, view.SenderMac, view.SenderIp, view.TargetMac, view.TargetIp));
    }

    // N-ARP-1: hardware type, protocol type, lengths; and every prefix.
    [Theory]
    [InlineData(1, 6, WireError.BadField)]
    [InlineData(2, 0x86, WireError.BadField)]
    [InlineData(4, 8, WireError.BadField)]
    [InlineData(5, 16, WireError.BadField)]
    [InlineData(7, 99, WireError.None)]
    public void Arp_OtherTypes_AreRefused(int at, byte value, WireError expected)
    {
        byte[] packet = new byte[28];
        ArpWriter.Write(packet, ArpOperation.Request, A, IpAddress.AnyV4, default, IpAddress.AnyV4);
        for (int length = 0; length < 28; length++)
        {
            Assert.Equal(WireError.Truncated, ArpView.TryParse(packet.AsSpan(0, length), out _));
        }

        packet[at] = value;

        Assert.Equal(expected, ArpView.TryParse(packet, out _));
    }

    [Fact]
    public void Arp_CallersMistakes_Throw()
    {
        Assert.Throws<ArgumentException>(() => ArpWriter.Write(new byte[27], ArpOperation.Request, A, IpAddress.AnyV4, B, IpAddress.AnyV4));
        Assert.Throws<ArgumentException>(() => ArpWriter.Write(new byte[28], ArpOperation.Request, A, IpAddress.AnyV6, B, IpAddress.AnyV4));
    }
}
