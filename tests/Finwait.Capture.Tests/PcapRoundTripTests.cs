using Finwait.Capture;

namespace Finwait.Capture.Tests;

public sealed class PcapRoundTripTests
{
    [Fact]
    public void PcapWriter_TwoPackets_ReadBackTheSame()
    {
        using var stream = new MemoryStream();
        var writer = new PcapWriter(stream, LinkType.Ethernet);
        writer.Write(new PacketRecord(1795229204, 431_185_000, LinkType.Ethernet, 100, [1, 2, 3]));
        writer.Write(1_795_229_204_431_219_999, new byte[70000]);
        writer.Flush();
        stream.Position = 0;

        Assert.True(CaptureReader.TryOpen(stream, out CaptureReader? reader, out _));
        Assert.Equal(LinkType.Ethernet, reader.LinkType);
        Assert.Equal(262144, reader.SnapLength);
        Assert.True(reader.TryRead(out PacketRecord first));
        Assert.Equal((1795229204, 431_185_000, 100u), (first.Seconds, first.Nanoseconds, first.Length));
        Assert.Equal(new byte[] { 1, 2, 3 }, first.Data.ToArray());
        Assert.True(reader.TryRead(out PacketRecord second));
        Assert.Equal((1795229204, 431_219_000, 70000u, 70000), (second.Seconds, second.Nanoseconds, second.Length, second.Data.Length));
        Assert.False(reader.TryRead(out _));
        Assert.Null(reader.Error);
    }

    // tcpdump 4.99 reads both numbers as raw IP.
    [Theory]
    [InlineData(12)]
    [InlineData(101)]
    public void CaptureReader_RawIpByEitherNumber_IsRawIp(byte number)
    {
        byte[] capture = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, number, 0, 0, 0];

        Assert.True(CaptureReader.TryOpen(new MemoryStream(capture), out CaptureReader? reader, out _));
        Assert.Equal(LinkType.Raw, reader.LinkType);
    }
}
