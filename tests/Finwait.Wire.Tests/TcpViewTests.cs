namespace Finwait.Wire.Tests;

public class TcpViewTests
{
    // MUST-7, BUG-31: data offset below five words or beyond the segment.
    [Theory]
    [InlineData(0, 0x50, WireError.Truncated)]
    [InlineData(19, 0x50, WireError.Truncated)]
    [InlineData(20, 0x50, WireError.None)]
    [InlineData(20, 0x00, WireError.BadHeaderLength)]
    [InlineData(20, 0x40, WireError.BadHeaderLength)]
    [InlineData(20, 0x60, WireError.Truncated)]
    [InlineData(59, 0xF0, WireError.Truncated)]
    [InlineData(60, 0xF0, WireError.None)]
    [InlineData(1500, 0xF0, WireError.None)]
    public void TryParse_LengthAndDataOffset_AreChecked(int length, byte offsetOctet, WireError expected)
    {
        byte[] segment = new byte[length];
        if (length > 12)
        {
            segment[12] = offsetOctet;
        }

        Assert.Equal(expected, TcpView.TryParse(segment, out TcpView view));
        if (expected == WireError.None)
        {
            Assert.Equal((offsetOctet >> 4) * 4, view.HeaderLength);
            Assert.Equal(length, view.Header.Length + view.Payload.Length);
        }
    }

    // RFC 9768 §3.1: AE is the lowest bit of the octet with the data offset; the three bits above stay reserved.
    [Theory]
    [InlineData(0x51, 0x00, TcpFlags.Ae, 0)]
    [InlineData(0x50, 0xC2, TcpFlags.Cwr | TcpFlags.Ece | TcpFlags.Syn, 0)]
    [InlineData(0x5E, 0x10, TcpFlags.Ack, 7)]
    [InlineData(0x5F, 0xFF, (TcpFlags)0x1FF, 7)]
    public void Flags_NineBits_ComeWithoutTheReservedOnes(byte octet12, byte octet13, TcpFlags flags, byte reserved)
    {
        byte[] segment = new byte[20];
        segment[12] = octet12;
        segment[13] = octet13;

        TcpView.TryParse(segment, out TcpView view);

        Assert.Equal((flags, reserved), (view.Flags, view.ReservedBits));
    }

    // MUST-5: options in data, FIN, RST and pure ACK.
    [Theory]
    [InlineData(TcpFlags.Ack, 100)]
    [InlineData(TcpFlags.Ack, 0)]
    [InlineData(TcpFlags.Ack | TcpFlags.Fin, 0)]
    [InlineData(TcpFlags.Rst, 0)]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 5)]
    public void ParseOptions_AnySegment_FindsTimestamps(TcpFlags flags, int payloadLength)
    {
        byte[] segment = new byte[32 + payloadLength];
        TcpWriter.WriteHeader(segment, 1, 2, new(3), new(4), flags, 5, 0, TcpWriterTests.Options("ts"), TcpOptionLayout.Linux);

        TcpView.TryParse(segment, out TcpView view);

        Assert.True(view.ParseOptions().Has(TcpOptionPresence.Timestamps));
        Assert.Equal(payloadLength, view.Payload.Length);
    }

    // MUST-1: the window is unsigned.
    [Theory]
    [InlineData((ushort)0x8000)]
    [InlineData((ushort)0xFFFF)]
    public void RawWindow_HighBitSet_IsUnsigned(ushort window)
    {
        byte[] segment = new byte[20];
        TcpWriter.WriteHeader(segment, 1, 2, new(3), new(4), TcpFlags.Ack, window, 0, default, TcpOptionLayout.Linux);

        TcpView.TryParse(segment, out TcpView view);

        Assert.Equal(window, view.RawWindow);
        Assert.True(view.RawWindow > 0);
    }

    // MUST-2, MUST-3: over IPv6, and a checksum that comes out as zero counts as any other.
    [Fact]
    public void HasValidChecksum_SumOfZero_IsRightLikeAnyOther()
    {
        IpAddress a = IpAddress.Parse("fd00::1"), b = IpAddress.Parse("fd00::2");
        byte[] segment = new byte[22];
        TcpWriter.WriteHeader(segment, 1, 2, new(3), new(4), TcpFlags.Ack, 5, 0, default, TcpOptionLayout.Linux);
        TcpWriter.WriteChecksum(segment, a, b);
        TcpView.TryParse(segment, out TcpView first);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(20), first.Checksum);

        TcpWriter.WriteChecksum(segment, a, b);

        TcpView.TryParse(segment, out TcpView view);
        Assert.Equal(0, view.Checksum);
        Assert.True(view.HasValidChecksum(a, b));
        Assert.True(view.HasValidChecksum(InternetChecksum.Sum(view.Payload), a, b));
        segment[5] ^= 1;
        TcpView.TryParse(segment, out view);
        Assert.False(view.HasValidChecksum(a, b));
    }
}
