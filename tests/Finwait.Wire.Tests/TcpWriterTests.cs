namespace Finwait.Wire.Tests;

public class TcpWriterTests
{
    private static readonly IpAddress Romeo = IpAddress.Parse("10.10.1.100");
    private static readonly IpAddress Juliet = IpAddress.Parse("10.10.2.100");

    // MUST-68, MUST-69, MUST-65, X-6691-3. The layouts of Linux were read off the captures in tests/golden; those of macOS off seed 000.
    [Theory]
    [InlineData("mss sackOK ts ws", TcpOptionLayout.Linux, true, "020405b4 0402080a 11223344 55667788 01030307")]
    [InlineData("mss sackOK ws", TcpOptionLayout.Linux, true, "020405b4 01010402 01030307")]
    [InlineData("mss ts ws", TcpOptionLayout.Linux, true, "020405b4 0101080a 11223344 55667788 01030307")]
    [InlineData("mss", TcpOptionLayout.Linux, true, "020405b4")]
    [InlineData("", TcpOptionLayout.Linux, true, "")]
    [InlineData("mss sackOK ts ws", TcpOptionLayout.Linux, false, "0101080a 11223344 55667788")]
    [InlineData("ts", TcpOptionLayout.Linux, false, "0101080a 11223344 55667788")]
    [InlineData("ts sack1", TcpOptionLayout.Linux, false, "0101080a 11223344 55667788 0101050a 00000001 00000002")]
    [InlineData("sack1", TcpOptionLayout.MacOs, false, "0101050a 00000001 00000002")]
    [InlineData("sack4", TcpOptionLayout.Linux, false, "01010522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008")]
    [InlineData("ts sack4", TcpOptionLayout.Linux, false, "0101080a 11223344 55667788 0101051a 00000001 00000002 00000003 00000004 00000005 00000006")]
    [InlineData("mss sackOK ts ws", TcpOptionLayout.MacOs, true, "020405b4 01030307 0101080a 11223344 55667788 04020000")]
    [InlineData("mss sackOK ws", TcpOptionLayout.MacOs, true, "020405b4 01030307 04020000")]
    [InlineData("mss sackOK ts ws", TcpOptionLayout.FreeBsd, true, "020405b4 01030307 0402080a 11223344 55667788")]
    [InlineData("mss sackOK ws", TcpOptionLayout.FreeBsd, true, "020405b4 01030307 04020000")]
    [InlineData("mss ts ws", TcpOptionLayout.FreeBsd, true, "020405b4 01030307 0101080a 11223344 55667788")]
    public void WriteHeader_OptionSet_LaysTheBytesOut(string options, TcpOptionLayout layout, bool isSyn, string expected)
    {
        TcpOptionSet set = Options(options);
        byte[] segment = new byte[60];
        Array.Fill(segment, (byte)0xEE);

        int length = TcpWriter.WriteHeader(segment, 1, 2, new(3), new(4), isSyn ? TcpFlags.Syn : TcpFlags.Ack, 5, 6, set, layout);

        Assert.Equal(expected.Replace(" ", ""), Convert.ToHexString(segment.AsSpan(20, length - 20)), ignoreCase: true);
        Assert.Equal(length - 20, TcpWriter.OptionLength(set, layout, isSyn));
        Assert.All(segment[length..], octet => Assert.Equal(0xEE, octet));
    }

    // MUST-1, MUST-2: every field at both ends of its range, read back.
    [Fact]
    public void WriteHeader_EveryField_ReadsBack()
    {
        byte[] segment = new byte[20];
        foreach (bool ones in (bool[])[false, true])
        {
            ushort half = ones ? ushort.MaxValue : (ushort)0;
            uint word = ones ? uint.MaxValue : 0;
            TcpFlags flags = ones ? (TcpFlags)0x1FF : TcpFlags.None;

            Assert.Equal(20, TcpWriter.WriteHeader(segment, half, half, new(word), new(word), flags, half, half, default, TcpOptionLayout.Linux));

            Assert.Equal(WireError.None, TcpView.TryParse(segment, out TcpView view));
            Assert.Equal((half, half, word, word), (view.SourcePort, view.DestinationPort, view.Seq.Value, view.Ack.Value));
            Assert.Equal((flags, half, half, (ushort)0, (byte)0), (view.Flags, view.RawWindow, view.UrgentPointer, view.Checksum, view.ReservedBits));
        }
    }

    // MUST-2, MUST-3: both ways to the checksum agree with RFC 1071 done by hand, and a flip of any bit is seen.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(37)]
    public void WriteChecksum_BothWays_VerifiesAndEveryBitFlipIsSeen(int payloadLength)
    {
        byte[] segment = new byte[32 + payloadLength];
        new Random(payloadLength).NextBytes(segment);
        TcpWriter.WriteHeader(segment, 4000, 5000, new(0xFFFF_FFFF), new(0x8000_0000), TcpFlags.Ack | TcpFlags.Psh, 501, 0, Options("ts"), TcpOptionLayout.Linux);
        byte[] other = [.. segment];

        TcpWriter.WriteChecksum(segment, Romeo, Juliet);
        TcpWriter.WriteChecksum(other.AsSpan(0, 32), InternetChecksum.Sum(segment.AsSpan(32)), payloadLength, Romeo, Juliet);

        Assert.Equal(segment, other);
        Assert.Equal(0, NaiveChecksum.Of(NaiveChecksum.PseudoHeader(Romeo, Juliet, 6, segment.Length), segment));
        TcpView.TryParse(segment, out TcpView view);
        Assert.True(view.HasValidChecksum(Romeo, Juliet));
        for (int bit = 0; bit < segment.Length * 8; bit++)
        {
            segment[bit / 8] ^= (byte)(1 << (bit % 8));
            if (TcpView.TryParse(segment, out TcpView flipped) == WireError.None)
            {
                Assert.False(flipped.HasValidChecksum(Romeo, Juliet));
            }

            segment[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("", 19)]
    [InlineData("ts", 31)]
    [InlineData("sack1", 31)]
    public void WriteHeader_TooLittleRoom_Throws(string options, int room)
    {
        Assert.Throws<ArgumentException>(() =>
            TcpWriter.WriteHeader(new byte[room], 1, 2, new(3), new(4), TcpFlags.Ack, 5, 6, Options(options), TcpOptionLayout.Linux));
    }

    internal static TcpOptionSet Options(string words)
    {
        TcpOptionSet set = default;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (word)
            {
                case "mss":
                    set.Mss = 1460;
                    set.Present |= TcpOptionPresence.Mss;
                    break;
                case "ws":
                    set.WindowScale = 7;
                    set.Present |= TcpOptionPresence.WindowScale;
                    break;
                case "sackOK":
                    set.Present |= TcpOptionPresence.SackPermitted;
                    break;
                case "ts":
                    set.TsVal = 0x11223344;
                    set.TsEcr = 0x55667788;
                    set.Present |= TcpOptionPresence.Timestamps;
                    break;
                default:
                    set.SackCount = (byte)(word[^1] - '0');
                    for (uint i = 0; i < set.SackCount; i++)
                    {
                        set.Sack[(int)i] = new(new((2 * i) + 1), new((2 * i) + 2));
                    }

                    set.Present |= TcpOptionPresence.Sack;
                    break;
            }
        }

        return set;
    }
}
