namespace Finwait.Wire.Tests;

public class Icmpv6Tests
{
    private static readonly IpAddress A = IpAddress.Parse("fe80::1");
    private static readonly IpAddress B = IpAddress.Parse("ff02::1:ff00:2");
    private static readonly IpAddress Target = IpAddress.Parse("fd00:10:10:1::2");
    private static readonly MacAddress Mac = new(0x0200_0000_0164);

    // RFC 4443 §2.3: the checksum covers the pseudo-header.
    [Fact]
    public void Write_AnyMessage_VerifiesAndEveryBitFlipIsSeen()
    {
        byte[] message = new byte[21];

        Assert.Equal(21, Icmpv6Writer.Write(message, Icmpv6Type.PacketTooBig, 0, 1280, new byte[13], A, B));

        Assert.Equal(0, NaiveChecksum.Of(NaiveChecksum.PseudoHeader(A, B, 58, 21), message));
        Icmpv6View.TryParse(message, out Icmpv6View view);
        Assert.Equal((Icmpv6Type.PacketTooBig, 1280u, true, 13), (view.Type, view.Mtu, view.IsError, view.QuotedPacket.Length));
        for (int bit = 0; bit < message.Length * 8; bit++)
        {
            message[bit / 8] ^= (byte)(1 << (bit % 8));
            Icmpv6View.TryParse(message, out view);
            Assert.False(view.HasValidChecksum(A, B));
            message[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void WriteEcho_RequestAndReply_ReadBack()
    {
        byte[] message = new byte[12];
        Icmpv6Writer.WriteEcho(message, isReply: true, 7010, 2, [1, 2, 3, 4], A, B);

        Icmpv6View.TryParse(message, out Icmpv6View view);

        Assert.Equal((Icmpv6Type.EchoReply, (byte)0, (ushort)7010, (ushort)2, 4), (view.Type, view.Code, view.Identifier, view.SequenceNumber, view.Body.Length));
        Assert.False(view.IsError);
        Assert.True(view.QuotedPacket.IsEmpty);
        Assert.Throws<ArgumentException>(() => Icmpv6Writer.WriteEcho(new byte[11], true, 1, 2, new byte[4], A, B));
    }

    // RFC 4884 §4.4: the length counts 64-bit words, in two types only.
    [Theory]
    [InlineData(Icmpv6Type.DestinationUnreachable, 2, 16)]
    [InlineData(Icmpv6Type.TimeExceeded, 2, 16)]
    [InlineData(Icmpv6Type.TimeExceeded, 0, 24)]
    [InlineData(Icmpv6Type.TimeExceeded, 9, 24)]
    [InlineData(Icmpv6Type.PacketTooBig, 2, 24)]
    public void QuotedPacket_WithLengthField_EndsThere(Icmpv6Type type, byte words, int expected)
    {
        byte[] message = new byte[32];
        Icmpv6Writer.Write(message, type, 0, (uint)words << 24, new byte[24], A, B);

        Icmpv6View.TryParse(message, out Icmpv6View view);

        Assert.Equal(expected, view.QuotedPacket.Length);
    }

    [Fact]
    public void NeighborMessages_WriteThenParse_AreTheIdentity()
    {
        byte[] message = new byte[40];

        int length = Icmpv6Writer.WriteNeighborSolicitation(message, Target, Mac, A, B);
        NeighborDiscoveryView view = Parse(message.AsSpan(0, length));
        Assert.Equal((32, Icmpv6Type.NeighborSolicitation, Target, NeighborFlags.None), (length, view.Type, view.Target, view.Flags));
        Assert.True(view.TryGetLinkLayerAddress(NeighborOptionType.SourceLinkLayerAddress, out MacAddress mac) && mac == Mac);
        Assert.False(view.TryGetLinkLayerAddress(NeighborOptionType.TargetLinkLayerAddress, out _));

        length = Icmpv6Writer.WriteNeighborSolicitation(message, Target, null, IpAddress.AnyV6, B);
        Assert.Equal(24, length);

        length = Icmpv6Writer.WriteNeighborAdvertisement(message, Target, NeighborFlags.Solicited | NeighborFlags.Override | NeighborFlags.Router, Mac, A, B);
        view = Parse(message.AsSpan(0, length));
        Assert.Equal((Icmpv6Type.NeighborAdvertisement, Target, NeighborFlags.Solicited | NeighborFlags.Override | NeighborFlags.Router), (view.Type, view.Target, view.Flags));
        Assert.Equal(0xE0, message[4]);
        Assert.True(view.TryGetLinkLayerAddress(NeighborOptionType.TargetLinkLayerAddress, out mac) && mac == Mac);

        length = Icmpv6Writer.WriteRouterSolicitation(message, Mac, A, B);
        view = Parse(message.AsSpan(0, length));
        Assert.Equal((16, Icmpv6Type.RouterSolicitation, IpAddress.AnyV6), (length, view.Type, view.Target));
        Assert.Equal(8, Icmpv6Writer.WriteRouterSolicitation(message, null, IpAddress.AnyV6, B));
    }

    [Fact]
    public void RouterAdvertisement_WriteThenParse_IsTheIdentity()
    {
        RouterAdvertisement fields = new(64, true, false, 3, 1800, 30000, uint.MaxValue);
        PrefixInformation prefix = new(IpAddress.Parse("fd00:10:10:1::"), 64, true, true, uint.MaxValue, 604800);
        byte[] options = new byte[56];
        int at = NeighborOptionWriter.WritePrefix(options, prefix);
        at += NeighborOptionWriter.WriteMtu(options.AsSpan(at), 1280);
        at += NeighborOptionWriter.WriteLinkLayerAddress(options.AsSpan(at), NeighborOptionType.SourceLinkLayerAddress, Mac);
        at += NeighborOptionWriter.WriteNonce(options.AsSpan(at), [1, 2, 3, 4, 5, 6]);
        byte[] message = new byte[80];

        int length = Icmpv6Writer.WriteRouterAdvertisement(message, fields, options.AsSpan(0, at), A, B);

        NeighborDiscoveryView view = Parse(message.AsSpan(0, length));
        Assert.Equal((16 + 56, fields), (length, view.Router));
        NeighborOptionReader reader = view.Options;
        Assert.True(reader.MoveNext() && reader.Current.TryGetPrefix(out PrefixInformation read) && read == prefix);
        Assert.True(reader.MoveNext() && reader.Current.TryGetMtu(out uint mtu) && mtu == 1280);
        Assert.True(reader.MoveNext() && reader.Current.TryGetLinkLayerAddress(out MacAddress mac) && mac == Mac);
        Assert.True(reader.MoveNext() && reader.Current.TryGetNonce(out ReadOnlySpan<byte> nonce) && nonce is [1, 2, 3, 4, 5, 6]);
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void Redirect_WriteThenParse_IsTheIdentity()
    {
        byte[] quoted = new byte[100];
        new Random(9).NextBytes(quoted);
        byte[] options = new byte[80];
        int optionLength = NeighborOptionWriter.WriteRedirectedHeader(options, quoted);
        byte[] message = new byte[200];

        int length = Icmpv6Writer.WriteRedirect(message, A, Target, options.AsSpan(0, optionLength), A, B);

        NeighborDiscoveryView view = Parse(message.AsSpan(0, length));
        Assert.Equal((Icmpv6Type.Redirect, A, Target), (view.Type, view.Target, view.RedirectedDestination));
        NeighborOptionReader reader = view.Options;
        Assert.True(reader.MoveNext() && reader.Current.TryGetRedirectedPacket(out ReadOnlySpan<byte> packet) && packet.SequenceEqual(quoted.AsSpan(0, 72)));
    }

    // N-ND-1: code 0, length, no zero-length option, no multicast target; one row for each condition.
    [Theory]
    [InlineData("85000000 00000000", WireError.None)]
    [InlineData("85000000 000000", WireError.Truncated)]
    [InlineData("85010000 00000000", WireError.BadField)]
    [InlineData("80000000 00000000", WireError.BadField)]
    [InlineData("86000000 00000000 00000000 000000", WireError.Truncated)]
    [InlineData("86000000 00000000 00000000 00000000", WireError.None)]
    [InlineData("87000000 00000000 20010db8000000000000000000000001", WireError.None)]
    [InlineData("87000000 00000000 20010db80000000000000000000000", WireError.Truncated)]
    [InlineData("87000000 00000000 ff0200000000000000000000000001ff", WireError.BadField)]
    [InlineData("88000000 60000000 20010db8000000000000000000000001 0201020000000164", WireError.None)]
    [InlineData("88000000 60000000 20010db8000000000000000000000001 0200020000000164", WireError.BadHeaderLength)]
    [InlineData("88000000 60000000 20010db8000000000000000000000001 0202020000000164", WireError.Truncated)]
    [InlineData("88000000 60000000 20010db8000000000000000000000001 02", WireError.Truncated)]
    [InlineData("88000000 60000000 20010db8000000000000000000000001 fe01000000000000 0201020000000164", WireError.None)]
    [InlineData("89000000 00000000 fe800000000000000000000000000001 20010db800000000000000000000", WireError.Truncated)]
    [InlineData("89000000 00000000 fe800000000000000000000000000001 20010db8000000000000000000000001", WireError.None)]
    public void NeighborDiscovery_Bytes_AreChecked(string hex, WireError expected)
    {
        Assert.Equal(expected, NeighborDiscoveryView.TryParse(Convert.FromHexString(hex.Replace(" ", "")), out _));
    }

    // RFC 4191 §2.3, RFC 8106 §5.1: layouts.
    [Fact]
    public void Options_RouteAndDnsServers_GiveTheirValues()
    {
        NeighborOptionReader reader = new(Convert.FromHexString(
            "1802180800000258fd00000000000000" + "1803300800000258fd00000000000001" + "aaaaaaaaaaaaaaaa" + "1903000000000e1020010db8000000000000000000000053"));
        Assert.True(reader.MoveNext());
        Assert.True(reader.Current.TryGetRoute(out RouteInformation route));
        Assert.Equal((24, 1, 600u), (route.PrefixLength, route.Preference, route.LifetimeSeconds));
        Assert.True(reader.MoveNext());
        Assert.True(reader.Current.TryGetRoute(out route));
        Assert.Equal(IpAddress.Parse("fd00:0:0:1:aaaa:aaaa:aaaa:aaaa"), route.Prefix);
        Assert.True(reader.MoveNext());
        Assert.True(reader.Current.TryGetDnsServers(out uint lifetime, out int count));
        Assert.Equal((3600u, 1, IpAddress.Parse("2001:db8::53")), (lifetime, count, reader.Current.GetDnsServer(0)));
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void Options_CallersMistakes_Throw()
    {
        Assert.Throws<ArgumentException>(() => NeighborOptionWriter.WriteLinkLayerAddress(new byte[7], NeighborOptionType.SourceLinkLayerAddress, Mac));
        Assert.Throws<ArgumentException>(() => NeighborOptionWriter.WriteNonce(new byte[16], new byte[5]));
        Assert.Throws<ArgumentException>(() => NeighborOptionWriter.WritePrefix(new byte[31], default));
        Assert.Throws<ArgumentException>(() => Icmpv6Writer.WriteRedirect(new byte[39], A, A, [], A, B));
    }

    private static NeighborDiscoveryView Parse(ReadOnlySpan<byte> message)
    {
        Icmpv6View.TryParse(message, out Icmpv6View icmp);
        Assert.True(icmp.IsNeighborDiscovery);
        Assert.True(icmp.HasValidChecksum(A, B) || icmp.HasValidChecksum(IpAddress.AnyV6, B));
        Assert.Equal(WireError.None, NeighborDiscoveryView.TryParse(message, out NeighborDiscoveryView view));
        return view;
    }
}
