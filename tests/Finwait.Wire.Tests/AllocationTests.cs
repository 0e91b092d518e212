namespace Finwait.Wire.Tests;

[Collection(nameof(AloneInTheProcess))]
public class AllocationTests
{
    private static readonly IpAddress Romeo = IpAddress.Parse("10.10.1.100");
    private static readonly IpAddress Juliet = IpAddress.Parse("10.10.2.100");
    private static readonly MacAddress Mac = new(0x0200_0000_0164);

    [Fact]
    public void WriteThenParse_TenThousandSegments_AllocatesNothing()
    {
        byte[] frame = new byte[1514];
        byte[] payload = new byte[1448];
        new Random(7).NextBytes(payload);
        TcpOptionSet options = TcpWriterTests.Options("ts");
        TcpOptionSet syn = TcpWriterTests.Options("mss sackOK ts ws");
        Round(frame, payload, options);
        Round(frame, [], syn);
        using AllocationMeter meter = AllocationMeter.Start();

        for (int i = 0; i < 10_000; i++)
        {
            Round(frame, payload, options);
            Round(frame, [], syn);
        }

        Assert.Equal(0, meter.Allocated);
    }

    [Fact]
    public void ToolReaders_AllGoldenFrames_AllocateNothing()
    {
        byte[][] frames = [.. GoldenFrames.Distinct];
        int seen = ReadAll(frames);
        using AllocationMeter meter = AllocationMeter.Start();

        int again = ReadAll(frames);

        Assert.Equal(0, meter.Allocated);
        Assert.Equal(seen, again);
    }

    private static int ReadAll(byte[][] frames)
    {
        int seen = 0;
        foreach (byte[] frame in frames)
        {
            EthernetView.TryParse(frame, out EthernetView ethernet);
            if (Ipv4View.TryParse(ethernet.Payload, out Ipv4View v4) == WireError.None && TcpView.TryParse(v4.Payload, out TcpView tcp) == WireError.None)
            {
                foreach (TcpOption option in new TcpOptionReader(tcp.OptionBytes))
                {
                    seen += option.Kind;
                }
            }
            else if (Ipv6View.TryParse(ethernet.Payload, out Ipv6View v6) == WireError.None)
            {
                seen += Ipv6HeaderChain.Walk(v6).Protocol;
            }
        }

        return seen;
    }

    private static void Round(byte[] frame, ReadOnlySpan<byte> payload, in TcpOptionSet options)
    {
        TcpFlags flags = options.Has(TcpOptionPresence.Mss) ? TcpFlags.Syn : TcpFlags.Ack;
        Span<byte> segment = frame.AsSpan(34);
        int headerLength = TcpWriter.WriteHeader(segment, 1, 2, new(3), new(4), flags, 5, 0, options, TcpOptionLayout.Linux);
        ulong sum = InternetChecksum.CopyAndSum(payload, segment[headerLength..]);
        TcpWriter.WriteChecksum(segment[..headerLength], sum, payload.Length, Romeo, Juliet);
        Ipv4Writer.Write(frame.AsSpan(14), Romeo, Juliet, IpProtocol.Tcp, headerLength + payload.Length);
        EthernetWriter.Write(frame, Mac, Mac, EtherType.Ipv4);

        EthernetView.TryParse(frame, out EthernetView ethernet);
        Ipv4View.TryParse(ethernet.Payload, out Ipv4View packet);
        TcpView.TryParse(packet.Payload, out TcpView tcp);
        if (!packet.HasValidChecksum() || !tcp.HasValidChecksum(packet.Source, packet.Destination) || tcp.ParseOptions().TsVal != options.TsVal)
        {
            throw new InvalidOperationException("what was written does not read back");
        }
    }
}
