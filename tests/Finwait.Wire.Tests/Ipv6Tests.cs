namespace Finwait.Wire.Tests;

public class Ipv6Tests
{
    private static readonly IpAddress A = IpAddress.Parse("2001:db8::1");
    private static readonly IpAddress B = IpAddress.Parse("fe80::ffff:ffff:ffff:fffe");

    [Theory]
    [InlineData(0, 0x60, 0, WireError.Truncated)]
    [InlineData(39, 0x60, 0, WireError.Truncated)]
    [InlineData(40, 0x60, 0, WireError.None)]
    [InlineData(40, 0x40, 0, WireError.BadVersion)]
    [InlineData(40, 0x60, 1, WireError.BadTotalLength)]
    [InlineData(50, 0x60, 10, WireError.None)]
    [InlineData(50, 0x60, 4, WireError.None)]
    public void TryParse_VersionAndLength_AreChecked(int length, byte first, ushort payloadLength, WireError expected)
    {
        byte[] packet = new byte[length];
        if (length > 5)
        {
            packet[0] = first;
            packet[5] = (byte)payloadLength;
        }

        Assert.Equal(expected, Ipv6View.TryParse(packet, out Ipv6View view));
        if (expected == WireError.None)
        {
            Assert.Equal(payloadLength, view.Payload.Length);
        }
        else if (expected == WireError.BadTotalLength)
        {
            Assert.Equal(WireError.None, Ipv6View.TryParseHeader(packet, out view));
            Assert.True(view.IsCut);
        }
    }

    [Fact]
    public void Write_EveryField_ReadsBack()
    {
        byte[] packet = new byte[60];

        Assert.Equal(40, Ipv6Writer.Write(packet, A, B, IpProtocol.Tcp, 20, 1, 0xB9, 0xFEDCB));

        Assert.Equal("6b9fedcb00140601", Convert.ToHexStringLower(packet.AsSpan(0, 8)));
        Assert.Equal(WireError.None, Ipv6View.TryParse(packet, out Ipv6View view));
        Assert.Equal((A, B, IpProtocol.Tcp, (byte)1), (view.Source, view.Destination, view.NextHeader, view.HopLimit));
        Assert.Equal(((byte)0xB9, (byte)46, (byte)1, 0xFEDCBu, (ushort)20), (view.TrafficClass, view.Dscp, view.Ecn, view.FlowLabel, view.PayloadLength));
        Ipv6Writer.DecrementHopLimit(packet);
        Ipv6View.TryParse(packet, out view);
        Assert.Equal(0, view.HopLimit);
        Assert.Throws<ArgumentException>(() => Ipv6Writer.DecrementHopLimit(packet));
    }

    [Fact]
    public void Write_CallersMistakes_Throw()
    {
        byte[] packet = new byte[40];
        Assert.Throws<ArgumentException>(() => Ipv6Writer.Write(new byte[39], A, B, 6, 0));
        Assert.Throws<ArgumentException>(() => Ipv6Writer.Write(packet, IpAddress.AnyV4, B, 6, 0));
        Assert.Throws<ArgumentException>(() => Ipv6Writer.Write(packet, A, B, 6, 65536));
        Assert.Throws<ArgumentException>(() => Ipv6Writer.Write(packet, A, B, 6, 0, flowLabel: 0x100000));
    }

    [Theory]
    [InlineData(0, false, 0u)]
    [InlineData(8, true, 0xDEADBEEFu)]
    [InlineData(65528, false, uint.MaxValue)]
    [InlineData(0, true, 1u)]
    public void Fragment_WriteThenRead_IsTheIdentity(int offset, bool more, uint identification)
    {
        byte[] header = new byte[8];
        Ipv6Fragment fragment = new(IpProtocol.Udp, offset, more, identification);

        Assert.Equal(8, fragment.Write(header));

        Assert.Equal(fragment, Ipv6Fragment.Read(header));
        Assert.Equal(offset == 0 && !more, fragment.IsAtomic);
        Assert.Equal(0, header[1]);
    }

    [Fact]
    public void Fragment_CallersMistakes_Throw()
    {
        Assert.Throws<ArgumentException>(() => new Ipv6Fragment(6, 4, false, 0).Write(new byte[8]));
        Assert.Throws<ArgumentException>(() => new Ipv6Fragment(6, 65536, false, 0).Write(new byte[8]));
        Assert.Throws<ArgumentException>(() => new Ipv6Fragment(6, 0, false, 0).Write(new byte[7]));
        Assert.Throws<ArgumentException>(() => Ipv6Fragment.Read(new byte[7]));
    }
}
