namespace Finwait.Wire.Tests;

public class Ipv4Tests
{
    private static readonly IpAddress A = IpAddress.Parse("192.0.2.1");
    private static readonly IpAddress B = IpAddress.Parse("198.51.100.2");

    // N-IP4-1: version, header length, total length.
    [Theory]
    [InlineData(0, 0x45, 20, WireError.Truncated)]
    [InlineData(1, 0x45, 20, WireError.Truncated)]
    [InlineData(19, 0x45, 20, WireError.Truncated)]
    [InlineData(20, 0x45, 20, WireError.None)]
    [InlineData(20, 0x65, 20, WireError.BadVersion)]
    [InlineData(20, 0x44, 20, WireError.BadHeaderLength)]
    [InlineData(20, 0x40, 20, WireError.BadHeaderLength)]
    [InlineData(20, 0x46, 24, WireError.Truncated)]
    [InlineData(60, 0x4F, 60, WireError.None)]
    [InlineData(60, 0x4F, 59, WireError.BadTotalLength)]
    [InlineData(20, 0x45, 19, WireError.BadTotalLength)]
    [InlineData(20, 0x45, 21, WireError.BadTotalLength)]
    [InlineData(20, 0x45, 0, WireError.BadTotalLength)]
    [InlineData(46, 0x45, 40, WireError.None)]
    public void TryParse_VersionAndLengths_AreChecked(int length, byte first, ushort totalLength, WireError expected)
    {
        byte[] packet = Header(length, first, totalLength);

        Assert.Equal(expected, Ipv4View.TryParse(packet, out Ipv4View view));
        if (expected == WireError.None)
        {
            Assert.Equal(totalLength, view.Packet.Length);
            Assert.Equal(totalLength - view.HeaderLength, view.Payload.Length);
        }
    }

    // What a capture cut short, or an ICMP error quotes.
    [Theory]
    [InlineData(28, 1500, WireError.None, 8, true)]
    [InlineData(20, 1500, WireError.None, 0, true)]
    [InlineData(19, 1500, WireError.Truncated, 0, false)]
    [InlineData(40, 0, WireError.None, 20, true)] // segmentation was offloaded: the length is not filled in
    [InlineData(40, 10, WireError.BadTotalLength, 0, false)]
    [InlineData(40, 30, WireError.None, 10, false)]
    public void TryParseHeader_CutPacket_GivesWhatIsThere(int length, ushort totalLength, WireError expected, int payload, bool isCut)
    {
        Assert.Equal(expected, Ipv4View.TryParseHeader(Header(length, 0x45, totalLength), out Ipv4View view));
        if (expected == WireError.None)
        {
            Assert.Equal((payload, isCut), (view.Payload.Length, view.IsCut));
        }
    }

    [Theory]
    [InlineData(false, false, 0, false)]
    [InlineData(true, false, 0, false)]
    [InlineData(false, true, 0, true)]
    [InlineData(false, false, 8, true)]
    [InlineData(false, true, 65528, true)]
    [InlineData(true, true, 1480, true)]
    public void Write_EveryField_ReadsBackAndVerifies(bool dontFragment, bool moreFragments, int offset, bool isFragment)
    {
        byte[] packet = new byte[120];
        Array.Fill(packet, (byte)0xEE); // padding of options must not depend on what was there
        byte[] options = [0x94, 0x04, 0x00, 0x00, 0x01];

        int length = Ipv4Writer.Write(packet, A, B, 253, 80, 1, 0xB9, 0xBEEF, dontFragment, moreFragments, offset, options);

        Assert.Equal(28, length);
        Assert.Equal(WireError.None, Ipv4View.TryParse(packet.AsSpan(0, 108), out Ipv4View view));
        Assert.Equal((A, B, (byte)253, (byte)1), (view.Source, view.Destination, view.Protocol, view.TimeToLive));
        Assert.Equal(((byte)0xB9, (byte)46, (byte)1, (ushort)0xBEEF), (view.TypeOfService, view.Dscp, view.Ecn, view.Identification));
        Assert.Equal((dontFragment, moreFragments, offset, isFragment), (view.DontFragment, view.MoreFragments, view.FragmentOffset, view.IsFragment));
        Assert.Equal("9404000001000000", Convert.ToHexString(view.OptionBytes));
        Assert.Equal((80, (ushort)108, false), (view.Payload.Length, view.TotalLength, view.ReservedFlag));
        Assert.True(view.HasValidChecksum());
        Assert.Equal(0, NaiveChecksum.Of(packet[..28]));
    }

    // N-IP4-2: every bit counts.
    [Fact]
    public void HasValidChecksum_AnyBitFlipped_IsFalse()
    {
        byte[] packet = new byte[20];
        Ipv4Writer.Write(packet, A, B, 6, 0);
        for (int bit = 0; bit < 160; bit++)
        {
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Ipv4View.TryParseHeader(packet, out Ipv4View view) == WireError.None && view.HasValidChecksum());
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    // RFC 1624: forwarded 254 times, right each time.
    [Fact]
    public void DecrementTimeToLive_DownToZero_KeepsTheChecksumRight()
    {
        byte[] packet = new byte[24];
        Ipv4Writer.Write(packet, A, B, 6, 0, timeToLive: 255, identification: 0xFFFF, options: [1, 1, 1, 0]);
        for (int ttl = 254; ttl >= 0; ttl--)
        {
            Ipv4Writer.DecrementTimeToLive(packet);
            Ipv4View.TryParse(packet, out Ipv4View view);
            Assert.Equal(ttl, view.TimeToLive);
            Assert.Equal(0, NaiveChecksum.Of(packet));
        }

        Assert.Throws<ArgumentException>(() => Ipv4Writer.DecrementTimeToLive(packet));
    }

    [Fact]
    public void WriteChecksum_AfterAChange_VerifiesAgain()
    {
        byte[] packet = new byte[20];
        Ipv4Writer.Write(packet, A, B, 6, 0);
        packet[1] = 0x03;

        Ipv4Writer.WriteChecksum(packet);

        Assert.Equal(0, NaiveChecksum.Of(packet));
    }

    [Fact]
    public void Write_CallersMistakes_Throw()
    {
        byte[] packet = new byte[60];
        IpAddress v6 = IpAddress.Parse("::1");
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(new byte[19], A, B, 6, 0));
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(packet, v6, B, 6, 0));
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(packet, A, default, 6, 0));
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(packet, A, B, 6, 65516));
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(packet, A, B, 6, -1));
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(packet, A, B, 6, 0, fragmentOffset: 4));
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(packet, A, B, 6, 0, fragmentOffset: 65536));
        Assert.Throws<ArgumentException>(() => Ipv4Writer.Write(packet, A, B, 6, 0, options: new byte[41]));
    }

    // N-IP4-5: all option types, bad lengths. Each option: type/length@offset, data, error.
    [Theory]
    [InlineData("", "")]
    [InlineData("01 01 00 00", "1/1@0, 1/1@1, 0/1@2 00")]
    [InlineData("07 07 04 00000000 00", "7/7@0 0400000000, 0/1@7")]
    [InlineData("94 04 0000", "148/4@0 0000")]
    [InlineData("52 02 83 03 04", "82/2@0, 131/3@2 04")]
    [InlineData("83", "131/0@0 !NoLength")]
    [InlineData("83 00 04", "131/0@0 04 !BadLength")]
    [InlineData("83 01 04", "131/1@0 04 !BadLength")]
    [InlineData("83 0b 04 c0000201", "131/11@0 04c0000201 !Truncated")]
    public void OptionReader_Bytes_GivesEveryOptionGoodOrBad(string hex, string expected)
    {
        List<string> seen = [];
        foreach (Ipv4Option option in new Ipv4OptionReader(Convert.FromHexString(hex.Replace(" ", ""))))
        {
            string data = option.Data.IsEmpty ? "" : " " + Convert.ToHexStringLower(option.Data);
            seen.Add($"{option.Type}/{option.Length}@{option.Offset}{data}{(option.Error == OptionError.None ? "" : " !" + option.Error)}");
        }

        Assert.Equal(expected, string.Join(", ", seen));
    }

    // RFC 791 §3.1: the pointer counts from the type octet, and the first slot is number 4.
    [Theory]
    [InlineData("830704 c0000201", true, 0, 1)]
    [InlineData("890b08 c0000201 c0000202", true, 1, 2)]
    [InlineData("070b0c c0000201 c0000202", true, 2, 2)]
    [InlineData("070bfc c0000201 c0000202", true, 2, 2)]
    [InlineData("0703 04", true, 0, 0)]
    [InlineData("070700 c0000201", false, 0, 0)]
    [InlineData("070705 c0000201", false, 0, 0)]
    [InlineData("070604 c00002", false, 0, 0)]
    [InlineData("940404 00", false, 0, 0)]
    public void Option_Route_GivesSlots(string hex, bool isRoute, int next, int count)
    {
        Ipv4OptionReader reader = new(Convert.FromHexString(hex.Replace(" ", "")));
        Assert.True(reader.MoveNext());

        Assert.Equal(isRoute, reader.Current.TryGetRoute(out int slot, out ReadOnlySpan<byte> addresses));
        Assert.Equal((next, count), (slot, addresses.Length / 4));
        Assert.Equal(hex.StartsWith('8'), reader.Current.IsSourceRoute);
        Assert.Equal(hex[0] >= '8', reader.Current.IsCopied);
    }

    [Fact]
    public void Option_TimestampAndAlert_GiveTheirValues()
    {
        Ipv4OptionReader reader = new(Convert.FromHexString("440c0d51c000020100000007" + "94040000"));
        reader.MoveNext();
        Assert.True(reader.Current.TryGetTimestamps(out byte pointer, out byte overflow, out byte format, out ReadOnlySpan<byte> slots));
        Assert.Equal(((byte)13, (byte)5, (byte)1, 8), (pointer, overflow, format, slots.Length));
        Assert.False(reader.Current.TryGetRouterAlert(out _));
        reader.MoveNext();
        Assert.True(reader.Current.TryGetRouterAlert(out ushort alert));
        Assert.Equal(0, alert);
    }

    private static byte[] Header(int length, byte first, ushort totalLength)
    {
        byte[] packet = new byte[length];
        byte[] start = [first, 0, (byte)(totalLength >> 8), (byte)totalLength];
        start.AsSpan(0, Math.Min(4, length)).CopyTo(packet);
        return packet;
    }
}
