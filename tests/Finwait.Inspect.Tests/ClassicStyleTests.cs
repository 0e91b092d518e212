using System.Text;
using System.Text.RegularExpressions;
using Finwait.Capture;

namespace Finwait.Inspect.Tests;

/// <summary>The style of tcpdump 3. Its lines say what today's say, so each is derived from today's text, which is the real tool's.</summary>
public sealed partial class ClassicStyleTests
{
    public static TheoryData<string> Captures => ["03-handshake/romeo.pcap", "04c-send-100kB-small-buffer/juliet.pcap", "05-server-closes-first/romeo.pcap", "19a-fast-retransmit-sack/romeo.pcap", "02-connection-refused/juliet.pcap"];

    [GeneratedRegex(@"^IP (?<ends>\S+ > \S+:) Flags \[(?<flags>[^\]]*)\](?:, seq (?<seq>\d+)(?::(?<end>\d+))?)?(?:, ack (?<ack>\d+))?, win (?<win>\d+)(?:, options \[(?<options>[^\]]*)\])?, length (?<length>\d+)")]
    private static partial Regex Tcp { get; }

    [Theory]
    [MemberData(nameof(Captures))]
    public void TcpLine_InClassicStyle_SaysWhatTodaysSays(string file)
    {
        byte[] capture = GoldenArchive.Bytes(file);
        foreach (string[] flags in new[] { new[] { "-n", "-t", "tcp" }, ["-n", "-t", "-S", "tcp"] })
        {
            string[] today = Lines(Dump.Run(capture, flags)), classic = Lines(Dump.Run(capture, [.. flags, "--style", "classic"]));

            Assert.NotEmpty(today);
            Assert.Equal(today.Select(Classic), classic);
        }
    }

    [Fact]
    public void OtherProtocols_InClassicStyle_HaveTheirOldTexts()
    {
        string[] lines = Lines(Dump.Run(GoldenArchive.Bytes("19a-fast-retransmit-sack/romeo.pcap"), "-n", "-t", "--style=classic", "not tcp"));

        Assert.Contains("10.10.2.100 > 10.10.1.100: icmp: echo request (DF)", lines);
        Assert.Contains("10.10.1.100 > 10.10.2.100: icmp: echo reply", lines);
        Assert.Contains("arp who-has 10.10.1.100 tell 10.10.1.1", lines);
        Assert.Contains("arp reply 10.10.1.100 is-at 2:0:0:0:1:64", lines);
    }

    [Fact]
    public void Verbose_InClassicStyle_AddsTimeToLiveAndIdentification()
    {
        string[] lines = Lines(Dump.Run(GoldenArchive.Bytes("03-handshake/juliet.pcap"), "-n", "-t", "-v", "--style", "classic", "tcp[13] = 2"));
        string[] today = Lines(Dump.Run(GoldenArchive.Bytes("03-handshake/juliet.pcap"), "-n", "-t", "-v", "tcp[13] = 2"));

        Assert.EndsWith($" (DF) (ttl 63, id {Regex.Match(today[0], @"id (\d+)").Groups[1].Value})", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void CutPacket_InClassicStyle_IsPrintedAsToday()
    {
        Assert.True(CaptureReader.TryOpen(new MemoryStream(GoldenArchive.Bytes("04-send-recv/romeo.pcap")), out CaptureReader? reader, out _));
        while (reader.TryRead(out PacketRecord packet))
        {
            for (int length = 1; length < packet.Data.Length; length++)
            {
                PacketRecord cut = new(packet.Seconds, packet.Nanoseconds, packet.LinkType, packet.Length, packet.Data[..length]);
                Assert.Equal(Print(cut, PrintStyle.Modern), Print(cut, PrintStyle.Classic));
            }
        }
    }

    [Theory]
    [InlineData("-r x --style old", "there is no style 'old'; classic is tcpdump 3's, modern today's")]
    [InlineData("-r x -e --style classic", "--style classic has no link-level header; leave out -e")]
    [InlineData("-r x --style", "option '--style' requires an argument")]
    public void Style_AskedForWrongly_IsRefused(string words, string error) => Assert.Equal(error, DumpArguments.Parse(words.Split(' ')).Error);

    private static string Print(in PacketRecord packet, PrintStyle style)
    {
        var text = new TextBuffer();
        new PacketPrinter(new PrintOptions { Numeric = true, Style = style }).Print(packet, text);
        return text.ToString();
    }

    private static string[] Lines(byte[] text) => Encoding.UTF8.GetString(text).TrimEnd('\n').Split('\n');

    /// <summary>Today's line in the old words. Each golden segment was sent with DF.</summary>
    private static string Classic(string today)
    {
        Match line = Tcp.Match(today);
        Assert.True(line.Success, today);
        string flags = string.Concat("SFRP".Where(line.Groups["flags"].Value.Contains));
        string seq = line.Groups["seq"].Value;
        string numbers = seq.Length == 0 ? "" : $" {seq}:{(line.Groups["end"].Success ? line.Groups["end"].Value : seq)}({line.Groups["length"].Value})";
        string ack = line.Groups["ack"].Success ? $" ack {line.Groups["ack"].Value}" : "";
        string options = line.Groups["options"].Success ? $" <{Regex.Replace(line.Groups["options"].Value, @"TS val (\d+) ecr (\d+)", "timestamp $1 $2")}>" : "";
        return $"{line.Groups["ends"].Value} {(flags.Length == 0 ? "." : flags)}{numbers}{ack} win {line.Groups["win"].Value}{options} (DF)";
    }
}
