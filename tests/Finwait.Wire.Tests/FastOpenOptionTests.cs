namespace Finwait.Wire.Tests;

/// <summary>The Fast Open option as endpoints use it (RFC 7413 §2 and §4.1.1).</summary>
public class FastOpenOptionTests
{
    private static TcpOptionSet Parse(string hex, bool isSyn = true) => TcpOptionParser.Parse(Convert.FromHexString(hex.Replace(" ", "")), isSyn);

    // X-7413-1: kind 34, a cookie of 4 to 16 even octets or none, and the form with an experiment's kind.
    [Theory]
    [InlineData("2202", "", false)]
    [InlineData("2206 01020304", "01020304", false)]
    [InlineData("220a 3021b9d889017eeb", "3021b9d889017eeb", false)]
    [InlineData("2212 000102030405060708090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f", false)]
    [InlineData("fe04 f989", "", true)]
    [InlineData("fe0a f989 aabbccddeeff", "aabbccddeeff", true)]
    public void Parse_Cookie_IsTaken(string hex, string cookie, bool isExperimental)
    {
        TcpOptionSet set = Parse("020405b4" + hex);
        Assert.True(set.Has(TcpOptionPresence.FastOpen | TcpOptionPresence.Mss));
        Assert.Equal((cookie, cookie.Length / 2, isExperimental), (set.FastOpen.ToString(), set.FastOpen.Length, set.FastOpen.IsExperimental));
    }

    // X-7413-1: another length, another experiment or a segment without SYN is no option; what stands around it counts.
    [Theory]
    [InlineData("2204 0102", true)]
    [InlineData("2207 0102030405", true)]
    [InlineData("2214 000102030405060708090a0b0c0d0e0f1011", true)]
    [InlineData("fe04 f988", true)]
    [InlineData("fe03 f9", true)]
    [InlineData("2206 01020304", false)]
    public void Parse_NoCookie_IsLeftOut(string hex, bool isSyn)
    {
        TcpOptionSet set = Parse(hex + "080a 00000001 00000002", isSyn);
        Assert.Equal(TcpOptionPresence.Timestamps, set.Present);
    }

    // X-7413-1: a hostile SYN with SACK blocks and a cookie never shows one as the other.
    [Theory]
    [InlineData("2206 01020304 050a 11111111 22222222")]
    [InlineData("050a 11111111 22222222 2206 01020304")]
    public void Parse_BesideSack_TheBlocksCount(string hex)
    {
        TcpOptionSet set = Parse(hex);
        Assert.Equal((TcpOptionPresence.Sack, (byte)1), (set.Present, set.SackCount));
        Assert.Equal(new SackBlock(new(0x11111111), new(0x22222222)), set.Sack[0]);
    }

    // X-7413-1: behind the other options, padded with no-operations; not on segments without SYN, and not where no room is left.
    [Theory]
    [InlineData("", false, true, "020405b4 2202 0101")]
    [InlineData("3021b9d889017eeb", false, true, "020405b4 220a 3021b9d889017eeb 0101")]
    [InlineData("01020304", true, true, "020405b4 fe08 f989 01020304")]
    [InlineData("01020304", false, false, "")]
    public void WriteHeader_Cookie_LaysTheBytesOut(string cookie, bool isExperimental, bool isSyn, string expected)
    {
        TcpOptionSet set = new() { Present = TcpOptionPresence.Mss, Mss = 1460, FastOpen = new(Convert.FromHexString(cookie), isExperimental) };
        byte[] header = new byte[60];
        int length = TcpWriter.WriteHeader(header, 1, 2, new(3), new(4), isSyn ? TcpFlags.Syn : TcpFlags.Ack, 5, 0, set, TcpOptionLayout.Linux);
        Assert.Equal(expected.Replace(" ", ""), Convert.ToHexStringLower(header.AsSpan(20, length - 20)));
        Assert.Equal(length - 20, TcpWriter.OptionLength(set, TcpOptionLayout.Linux, isSyn));
    }

    // X-7413-1: 20 octets of others leave room for one of 16; in the experiment's form it goes with 24 in all, too.
    [Theory]
    [InlineData(16, false, 40)]
    [InlineData(16, true, 40)]
    [InlineData(14, false, 36)]
    public void WriteHeader_FullSyn_FitsTheCookieOrLeavesItOut(int octets, bool isExperimental, int expected)
    {
        TcpOptionSet set = new()
        {
            Present = TcpOptionPresence.Mss | TcpOptionPresence.Timestamps | TcpOptionPresence.SackPermitted | TcpOptionPresence.WindowScale,
            FastOpen = new(new byte[octets], isExperimental),
        };
        Assert.Equal(expected, TcpWriter.OptionLength(set, TcpOptionLayout.Linux, isSyn: true));
        set.Present |= TcpOptionPresence.Sack;          // a caller's mistake: blocks have the room
        set.SackCount = 1;
        Assert.Equal(32, TcpWriter.OptionLength(set, TcpOptionLayout.Linux, isSyn: true));
    }

    // X-7413-1
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(18)]
    public void Cookie_OfAnotherLength_IsRefused(int octets) => Assert.Throws<ArgumentException>(() => new FastOpenCookie(new byte[octets]));
}
