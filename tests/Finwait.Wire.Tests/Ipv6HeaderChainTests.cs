namespace Finwait.Wire.Tests;

public class Ipv6HeaderChainTests
{
    private const byte Hop = IpProtocol.HopByHop, Dest = IpProtocol.DestinationOptions, Route = IpProtocol.Routing, Frag = IpProtocol.Fragment, Tcp = IpProtocol.Tcp, Udp = IpProtocol.Udp;

    // N-IP6-1, N-IP6-3, N-IP6-5: columns first next header, bytes behind the fixed header, what a host makes of it.
    [Theory]
    [InlineData(Tcp, "", "6@0 by 6")]
    [InlineData(59, "", "59@0 by 6")]
    [InlineData(200, "aabb", "200@0 by 6")]
    [InlineData(Hop, "0600010400000000", "6@8 by 40")]
    [InlineData(Hop, "3a00050200000100", "58@8 by 40 alert")]
    [InlineData(Hop, "3c00010400000000 0601010c000000000000000000000000", "6@24 by 48")]
    [InlineData(Dest, "2b00010400000000 0600000000000000", "6@16 by 48")]
    [InlineData(Route, "0600000000000000", "6@8 by 40")]
    [InlineData(Route, "0602000000000000 20010db8000000000000000000000001", "6@24 by 40")]
    [InlineData(Route, "0602000000000000 20010db80000000000000000000000", "Truncated at 40")]
    [InlineData(Route, "0600040000000000", "6@8 by 40")]
    [InlineData(Route, "0600000100000000", "UnknownRouting at 42")]
    [InlineData(Dest, "2b00010400000000 0600000100000000", "UnknownRouting at 50")]
    [InlineData(Frag, "0600000000000001", "6@8 by 40 fragment 0 at 0 atomic")]
    [InlineData(Frag, "06000001deadbeef", "6@8 by 40 fragment 0 more at 0")]
    [InlineData(Frag, "0600000900000001", "6@8 by 40 fragment 8 more at 0")]
    [InlineData(Frag, "3c00000800000001 ffffffffffffffff", "60@8 by 40 fragment 8 at 0")]
    [InlineData(Frag, "3c00000100000001 0600010400000000", "6@16 by 48 fragment 0 more at 0")]
    [InlineData(Frag, "3c00000100000001 0601010400000000", "Truncated at 48")]
    [InlineData(Hop, "2c00010400000000 0600000000000001", "6@16 by 48 fragment 0 at 8 atomic")]
    [InlineData(Dest, "0000010400000000 0600010400000000", "HopByHopNotFirst at 40")]
    [InlineData(Hop, "0000010400000000 0600010400000000", "HopByHopNotFirst at 40")]
    [InlineData(Hop, "", "Truncated at 40")]
    [InlineData(Hop, "06", "Truncated at 40")]
    [InlineData(Hop, "06000104000000", "Truncated at 40")]
    [InlineData(Hop, "0601010400000000", "Truncated at 40")]
    [InlineData(51, "0604000000000000", "51@0 by 6")] // AH is an upper layer to a host without security associations
    public void Walk_Chain_EndsAtTheUpperLayerOrTheFirstFault(byte nextHeader, string hex, string expected)
    {
        Assert.Equal(expected, Describe(Ipv6HeaderChain.Walk(nextHeader, Hex(hex))));
    }

    // N-IP6-2: the four classes of unknown options, in both headers that carry options.
    [Theory]
    [InlineData(0x3E, "6@8 by 40")]
    [InlineData(0x7E, "UnknownOption at 44 Discard")]
    [InlineData(0xBE, "UnknownOption at 44 DiscardAndReport")]
    [InlineData(0xFE, "UnknownOption at 44 DiscardAndReportUnlessMulticast")]
    public void Walk_UnknownOption_FollowsItsTwoHighBits(byte type, string expected)
    {
        byte[] bytes = [6, 0, 0, 0, type, 2, 0, 0];

        Assert.Equal(expected, Describe(Ipv6HeaderChain.Walk(Hop, bytes)));
        Assert.Equal(expected, Describe(Ipv6HeaderChain.Walk(Dest, bytes)));
    }

    // RFC 8200 §4.2: an option may not reach beyond its header; router alert counts in hop-by-hop options only.
    [Theory]
    [InlineData(Hop, "0600010500000000", "BadOption at 42")]
    [InlineData(Hop, "0600000000000001", "BadOption at 47")]
    [InlineData(Hop, "06000100050a0000", "BadOption at 44")]
    [InlineData(Dest, "0600050200000100", "6@8 by 40")]
    [InlineData(Hop, "0600c20400010000", "UnknownOption at 42 DiscardAndReportUnlessMulticast")]
    public void Walk_Options_AreChecked(byte nextHeader, string hex, string expected)
    {
        Assert.Equal(expected, Describe(Ipv6HeaderChain.Walk(nextHeader, Hex(hex))));
    }

    // RFC 8504 §5.3, N-IP6-1: the number of headers and options is bounded.
    [Fact]
    public void Walk_TooManyHeadersOrOptions_IsAFault()
    {
        byte[] headers = new byte[9 * 8];
        for (int i = 0; i < 9; i++)
        {
            Hex("3c00010400000000").CopyTo(headers, i * 8);
        }

        headers[7 * 8] = Tcp;
        Assert.Equal("6@64 by 96", Describe(Ipv6HeaderChain.Walk(Dest, headers)));
        headers[7 * 8] = Dest;
        Assert.Equal("TooMany at 96", Describe(Ipv6HeaderChain.Walk(Dest, headers)));

        byte[] options = new byte[24];
        options[0] = Tcp;
        options[1] = 2;
        for (int at = 2; at < 18; at += 2)
        {
            options[at] = 0x1E;
        }

        Assert.Equal("6@24 by 40", Describe(Ipv6HeaderChain.Walk(Dest, options)));
        options[18] = 0x1E;
        Assert.Equal("TooMany at 58", Describe(Ipv6HeaderChain.Walk(Dest, options)));
    }

    // Cut at every prefix: truncated until the last header is whole.
    [Fact]
    public void Walk_EveryPrefix_IsTruncatedUntilTheChainIsWhole()
    {
        byte[] bytes = Hex("3c00010400000000 2b00010400000000 2c00000000000000 0600000000000001 aabb");
        for (int length = 0; length <= bytes.Length; length++)
        {
            Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(Hop, bytes.AsSpan(0, length));
            Assert.Equal(length < 32 ? Ipv6ChainError.Truncated : Ipv6ChainError.None, chain.Error);
        }
    }

    // For tools: AH, mobility and others are stepped over, broken headers shown.
    [Theory]
    [InlineData(51, "0604000000000000 0000000000000000 0000000000000000", "51@0+24 -> 6@24")]
    [InlineData(135, "3b00000000000000", "135@0+8 -> 59@8")]
    [InlineData(Hop, "0000010400000000 0600010400000000", "0@0+8 0@8+8 -> 6@16")]
    [InlineData(Frag, "3c00000800000001 ff", "44@0+8 -> 60@8")]
    [InlineData(Dest, "2bff0104", "60@0+4!Truncated -> 60@0")]
    [InlineData(Dest, "2b", "60@0+1!NoLength -> 60@0")]
    [InlineData(Dest, "", "60@0+0!Truncated -> 60@0")]
    public void Reader_Chain_GivesEveryHeader(byte nextHeader, string hex, string expected)
    {
        string text = "";
        Ipv6ExtensionReader reader = new(nextHeader, Hex(hex));
        while (reader.MoveNext())
        {
            Ipv6Extension header = reader.Current;
            text += $"{header.Type}@{header.Offset}+{header.Bytes.Length}{(header.Error == OptionError.None ? "" : "!" + header.Error)} ";
        }

        Assert.Equal(expected, $"{text}-> {reader.NextHeader}@{reader.Offset}");
    }

    [Fact]
    public void OptionReader_JumboAndAlert_GiveTheirValues()
    {
        Ipv6OptionReader reader = new(Hex("c204000186a0 0502000100"));
        Assert.True(reader.MoveNext());
        Assert.True(reader.Current.TryGetJumboPayload(out uint length));
        Assert.Equal((100000u, Ipv6OptionAction.DiscardAndReportUnlessMulticast, false), (length, reader.Current.ActionIfUnknown, reader.Current.MayChange));
        Assert.True(reader.MoveNext());
        Assert.True(reader.Current.TryGetRouterAlert(out ushort alert));
        Assert.Equal(1, alert);
        Assert.True(reader.MoveNext());
        Assert.Equal(Ipv6OptionType.Pad1, reader.Current.Type);
        Assert.False(reader.MoveNext());
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    private static string Describe(Ipv6HeaderChain chain)
    {
        if (chain.Error != Ipv6ChainError.None)
        {
            return $"{chain.Error} at {chain.ErrorPointer}{(chain.Error == Ipv6ChainError.UnknownOption ? " " + chain.UnknownOption : "")}";
        }

        string text = $"{chain.Protocol}@{chain.Offset} by {chain.NextHeaderAt}{(chain.HasRouterAlert ? " alert" : "")}";
        return chain.HasFragment
            ? $"{text} fragment {chain.Fragment.Offset}{(chain.Fragment.MoreFragments ? " more" : "")} at {chain.FragmentAt}{(chain.IsFragment ? "" : " atomic")}"
            : text;
    }
}
