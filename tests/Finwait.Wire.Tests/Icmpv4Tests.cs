namespace Finwait.Wire.Tests;

public class Icmpv4Tests
{
    private static readonly byte[] Quote = Convert.FromHexString("450005dc12344000400600000a0a01640a0a02641f900050deadbeef");

    // Layouts of RFC 792, RFC 1191 §4; the checksum is checked word by word.
    [Fact]
    public void Write_EveryMessage_LaysTheBytesOut()
    {
        byte[] message = new byte[60];

        int length = Icmpv4Writer.WriteEcho(message, isReply: false, 0x1B62, 1, [0xAA, 0xBB, 0xCC]);
        AssertMessage(message.AsSpan(0, length), "0800", "1b620001" + "aabbcc");
        length = Icmpv4Writer.WriteEcho(message, isReply: true, 0x1B62, 0xFFFF, []);
        AssertMessage(message.AsSpan(0, length), "0000", "1b62ffff");
        length = Icmpv4Writer.WriteFragmentationNeeded(message, 1400, Quote);
        AssertMessage(message.AsSpan(0, length), "0304", "00000578" + Convert.ToHexStringLower(Quote));
        length = Icmpv4Writer.WriteRedirect(message, Icmpv4Code.RedirectHost, IpAddress.Parse("10.10.1.2"), Quote);
        AssertMessage(message.AsSpan(0, length), "0501", "0a0a0102" + Convert.ToHexStringLower(Quote));
        length = Icmpv4Writer.Write(message, Icmpv4Type.TimeExceeded, Icmpv4Code.TimeToLiveExceeded, 0, Quote);
        AssertMessage(message.AsSpan(0, length), "0b00", "00000000" + Convert.ToHexStringLower(Quote));
        Assert.Throws<ArgumentException>(() => Icmpv4Writer.WriteEcho(new byte[9], false, 1, 2, new byte[2]));
    }

    [Fact]
    public void View_FragmentationNeeded_GivesMtuAndTheQuotedPacket()
    {
        byte[] message = new byte[8 + Quote.Length];
        Icmpv4Writer.WriteFragmentationNeeded(message, 1400, Quote);

        Assert.Equal(WireError.None, Icmpv4View.TryParse(message, out Icmpv4View view));

        Assert.Equal((Icmpv4Type.DestinationUnreachable, Icmpv4Code.FragmentationNeeded, (ushort)1400, true), (view.Type, view.Code, view.NextHopMtu, view.IsError));
        Assert.Equal(WireError.None, Ipv4View.TryParseHeader(view.QuotedPacket, out Ipv4View quoted));
        Assert.True(quoted.IsCut);
        Assert.Equal("10.10.2.100", quoted.Destination.ToString());
        Assert.Equal(8, quoted.Payload.Length);
        Assert.Equal(WireError.BadTotalLength, Ipv4View.TryParse(view.QuotedPacket, out _));
    }

    [Fact]
    public void View_Redirect_GivesTheGateway()
    {
        byte[] message = new byte[8 + Quote.Length];
        Icmpv4Writer.WriteRedirect(message, Icmpv4Code.RedirectHost, IpAddress.Parse("10.10.1.2"), Quote);

        Icmpv4View.TryParse(message, out Icmpv4View view);

        Assert.Equal("10.10.1.2", view.Gateway.ToString());
        Assert.Equal(Quote.Length, view.QuotedPacket.Length);
    }

    // RFC 4884 §4: the length counts 32-bit words; extensions are no part of the quote. Redirects have none.
    [Theory]
    [InlineData(Icmpv4Type.DestinationUnreachable, 5, 20)]
    [InlineData(Icmpv4Type.TimeExceeded, 5, 20)]
    [InlineData(Icmpv4Type.ParameterProblem, 5, 20)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 0, 28)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 200, 28)]
    [InlineData(Icmpv4Type.Redirect, 5, 28)]
    [InlineData(Icmpv4Type.EchoReply, 5, 0)]
    public void QuotedPacket_WithLengthField_EndsThere(Icmpv4Type type, byte words, int expected)
    {
        byte[] message = new byte[8 + Quote.Length];
        Icmpv4Writer.Write(message, type, 0, (uint)words << 16, Quote);

        Icmpv4View.TryParse(message, out Icmpv4View view);

        Assert.Equal(expected, view.QuotedPacket.Length);
    }

    [Theory]
    [InlineData(Icmpv4Type.EchoReply, false)]
    [InlineData(Icmpv4Type.DestinationUnreachable, true)]
    [InlineData(Icmpv4Type.SourceQuench, true)]
    [InlineData(Icmpv4Type.Redirect, true)]
    [InlineData(Icmpv4Type.EchoRequest, false)]
    [InlineData(Icmpv4Type.TimeExceeded, true)]
    [InlineData(Icmpv4Type.ParameterProblem, true)]
    [InlineData(Icmpv4Type.TimestampRequest, false)]
    [InlineData((Icmpv4Type)255, false)]
    public void IsError_Type_IsTold(Icmpv4Type type, bool expected)
    {
        byte[] message = new byte[8];
        Icmpv4Writer.Write(message, type, 0, 0, []);

        Icmpv4View.TryParse(message, out Icmpv4View view);

        Assert.Equal(expected, view.IsError);
    }

    [Fact]
    public void TryParse_LessThanEightOctets_IsTruncated()
    {
        for (int length = 0; length < 8; length++)
        {
            Assert.Equal(WireError.Truncated, Icmpv4View.TryParse(new byte[length], out _));
        }
    }

    private static void AssertMessage(ReadOnlySpan<byte> message, string typeAndCode, string rest)
    {
        Assert.Equal(0, NaiveChecksum.Of(message.ToArray()));
        Assert.Equal(typeAndCode + rest, Convert.ToHexStringLower(message[..2]) + Convert.ToHexStringLower(message[4..]));
        Icmpv4View.TryParse(message, out Icmpv4View view);
        Assert.True(view.HasValidChecksum());
        byte[] broken = message.ToArray();
        broken[^1] ^= 0x40;
        Icmpv4View.TryParse(broken, out view);
        Assert.False(view.HasValidChecksum());
    }
}
