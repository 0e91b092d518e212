namespace Finwait.Wire.Tests;

public class UdpTests
{
    private static readonly IpAddress A4 = IpAddress.Parse("192.0.2.1");
    private static readonly IpAddress B4 = IpAddress.Parse("192.0.2.2");
    private static readonly IpAddress A6 = IpAddress.Parse("2001:db8::1");
    private static readonly IpAddress B6 = IpAddress.Parse("2001:db8::2");

    // N-UDP-1: length 8 up to the IP payload; excess ignored; shorter refused.
    [Theory]
    [InlineData(0, 8, WireError.Truncated)]
    [InlineData(7, 8, WireError.Truncated)]
    [InlineData(8, 8, WireError.None)]
    [InlineData(8, 7, WireError.BadTotalLength)]
    [InlineData(8, 0, WireError.BadTotalLength)]
    [InlineData(8, 9, WireError.BadTotalLength)]
    [InlineData(20, 12, WireError.None)]
    [InlineData(20, 21, WireError.BadTotalLength)]
    public void TryParse_Length_IsCheckedAndTrimmed(int available, ushort length, WireError expected)
    {
        byte[] datagram = Datagram(available, length);

        Assert.Equal(expected, UdpView.TryParse(datagram, out UdpView view));
        if (expected == WireError.None)
        {
            Assert.Equal(length - 8, view.Payload.Length);
        }
    }

    [Fact]
    public void TryParseHeader_CutDatagram_GivesWhatIsThere()
    {
        Assert.Equal(WireError.None, UdpView.TryParseHeader(Datagram(12, 100), out UdpView view));
        Assert.Equal((true, 4, (ushort)100), (view.IsCut, view.Payload.Length, view.Length));
    }

    // N-UDP-2, BUG-32: checksum generated; both ways the same; a flip of any bit is seen.
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 13)]
    [InlineData(true, 0)]
    [InlineData(true, 200)]
    public void WriteChecksum_BothVersions_Verifies(bool isV6, int payloadLength)
    {
        (IpAddress a, IpAddress b) = isV6 ? (A6, B6) : (A4, B4);
        byte[] datagram = new byte[8 + payloadLength];
        new Random(8).NextBytes(datagram);
        UdpWriter.WriteHeader(datagram, 53, 65535, payloadLength);
        byte[] other = [.. datagram];

        UdpWriter.WriteChecksum(datagram, a, b);
        UdpWriter.WriteChecksum(other.AsSpan(0, 8), InternetChecksum.Sum(other.AsSpan(8)), payloadLength, a, b);

        Assert.Equal(datagram, other);
        Assert.Equal(0, NaiveChecksum.Of(NaiveChecksum.PseudoHeader(a, b, 17, datagram.Length), datagram));
        UdpView.TryParse(datagram, out UdpView view);
        Assert.True(view.HasValidChecksum(a, b));
        Assert.Equal((53, 65535, 8 + payloadLength), (view.SourcePort, view.DestinationPort, view.Length));
        for (int bit = 0; bit < datagram.Length * 8; bit++)
        {
            datagram[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(UdpView.TryParse(datagram, out view) == WireError.None && view.HasValidChecksum(a, b));
            datagram[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    // N-UDP-2: a computed 0 goes out as FFFF and verifies.
    [Fact]
    public void WriteChecksum_ComputedZero_IsSentAsOnes()
    {
        byte[] datagram = new byte[10];
        UdpWriter.WriteHeader(datagram, 1, 2, 2);
        UdpWriter.WriteChecksum(datagram, A4, B4);
        UdpView.TryParse(datagram, out UdpView first);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(8), first.Checksum);

        UdpWriter.WriteChecksum(datagram, A4, B4);

        UdpView.TryParse(datagram, out UdpView view);
        Assert.Equal(0xFFFF, view.Checksum);
        Assert.True(view.HasValidChecksum(A4, B4));
    }

    // N-UDP-2: zero means none over IPv4 and is wrong over IPv6.
    [Fact]
    public void HasValidChecksum_Zero_IsNoneOverIpv4AndWrongOverIpv6()
    {
        byte[] datagram = new byte[12];
        UdpWriter.WriteHeader(datagram, 1, 2, 4);

        UdpView.TryParse(datagram, out UdpView view);

        Assert.Equal(0, view.Checksum);
        Assert.True(view.HasValidChecksum(A4, B4));
        Assert.False(view.HasValidChecksum(A6, B6));
    }

    [Fact]
    public void WriteHeader_CallersMistakes_Throw()
    {
        Assert.Throws<ArgumentException>(() => UdpWriter.WriteHeader(new byte[7], 1, 2, 0));
        Assert.Throws<ArgumentException>(() => UdpWriter.WriteHeader(new byte[8], 1, 2, 65528));
        Assert.Throws<ArgumentException>(() => UdpWriter.WriteHeader(new byte[8], 1, 2, -1));
    }

    private static byte[] Datagram(int available, ushort length)
    {
        byte[] datagram = new byte[available];
        if (available >= 6)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), length);
        }

        return datagram;
    }
}
