using System.Text.RegularExpressions;
using Finwait.Capture;
using Finwait.Inspect;

namespace Finwait.Lab.Tests;

/// <summary>A capture as lines that two runs of one experiment have in common: what must differ is masked.</summary>
internal static partial class FrameTexts
{
    [GeneratedRegex(@"Flags \[S\], (cksum \S+ \([^)]*\), )?seq \d+")]
    private static partial Regex Syn { get; }

    [GeneratedRegex(@"Flags \[S\.\], (cksum \S+ \([^)]*\), )?seq \d+, ack \d+")]
    private static partial Regex SynAck { get; }

    [GeneratedRegex(@"(Flags \[R\.\], (?:cksum \S+ \([^)]*\), )?seq \d+), ack \d{6,}")]
    private static partial Regex Reset { get; }

    /// <summary>A reset that answers a segment with an acknowledgment carries that number, which the printer does not count from the start.</summary>
    [GeneratedRegex(@"(Flags \[R\], (?:cksum \S+ \([^)]*\), )?seq) \d{6,}")]
    private static partial Regex BareReset { get; }

    [GeneratedRegex(@"TS val \d+ ecr (\d+)")]
    private static partial Regex TimeStamp { get; }

    [GeneratedRegex(@"\bid \d+, offset")]
    private static partial Regex Identification { get; }

    [GeneratedRegex(@"cksum 0x[0-9a-f]{4} \((correct|incorrect)[^)]*\)")]
    private static partial Regex Checksum { get; }

    [GeneratedRegex(@"(?<=\d\.)(\d{5})(?= >|:)")]
    private static partial Regex Port { get; }

    [GeneratedRegex(@"echo (request|reply), id \d+")]
    private static partial Regex Echo { get; }

    /// <summary>
    /// The frames as <c>tcpdump -e -n -t -vv</c> prints them: addresses, order, flags, relative numbers, lengths, options and their order, windows, scale and whether
    /// the checksums are right. Masked: initial sequence numbers, time stamps (but not that the first echo is 0), ephemeral ports, IP ids, checksum values.
    /// </summary>
    public static List<string> Of(byte[] capture)
    {
        Assert.True(CaptureReader.TryOpen(new MemoryStream(capture), out CaptureReader? reader, out string? error), error);
        var printer = new PacketPrinter(new PrintOptions { Numeric = true, Verbosity = 2, LinkHeader = true, TimeFormat = TimeFormat.None });
        var text = new TextBuffer();
        var ports = new Dictionary<string, string>();
        var frames = new List<string>();
        while (reader.TryRead(out PacketRecord packet))
        {
            text.Clear();
            printer.Print(packet, text);
            string line = text.ToString().TrimEnd('\n').Replace("\n    ", " ", StringComparison.Ordinal);
            line = Syn.Replace(line, "Flags [S], $1seq ISN");
            line = SynAck.Replace(line, "Flags [S.], $1seq ISN, ack ISN");
            line = Reset.Replace(line, "$1, ack ISN");
            line = BareReset.Replace(line, "$1 ISN");
            line = TimeStamp.Replace(line, match => match.Groups[1].Value == "0" ? "TS val T ecr 0" : "TS val T ecr T");
            line = Identification.Replace(line, "id N, offset");
            line = Checksum.Replace(line, "cksum $1");
            line = Echo.Replace(line, "echo $1, id N");
            line = Port.Replace(line, match => match.Value is "32000" or "32089" or "56402" ? match.Value : ports.TryGetValue(match.Value, out string? known) ? known : ports[match.Value] = $"port{ports.Count + 1}");
            frames.Add(line);
        }

        return frames;
    }
}
