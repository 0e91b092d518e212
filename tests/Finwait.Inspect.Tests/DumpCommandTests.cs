using System.Text;

namespace Finwait.Inspect.Tests;

/// <summary><c>finwait dump</c> as a whole: standard output, standard error and exit status.</summary>
public class DumpCommandTests
{
    /// <summary>The files of tests/golden/tcpdump-cases.</summary>
    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(GoldenArchive.Folder, "tcpdump-cases"), "*.txt").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Dump_CommandLineThatTcpdumpAnswered_AnswersTheSame(string file)
    {
        using var cases = new TcpdumpCases(file);
        Assert.NotEmpty(cases.Cases);
        foreach ((string command, DumpResult expected) in cases.Cases)
        {
            AssertSame(command, expected, cases.Run(command));
        }
    }

    // The stored texts are the real tool's, not ours.
    [WitnessFact]
    public void StoredTexts_AskedOfTheRealTcpdump_AreWhatItWrites()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(GoldenArchive.Folder, "tcpdump-cases"), "*.txt").Select(file => Path.GetFileName(file)))
        {
            using var cases = new TcpdumpCases(file);
            foreach ((string command, DumpResult expected) in cases.Cases)
            {
                AssertSame(command, expected, cases.RunWitness(command));
            }
        }
    }

    [Fact]
    public void Dump_WriteFile_HoldsTheSelectedPacketsOctetForOctet()
    {
        byte[] capture = GoldenArchive.Bytes("03-handshake/romeo.pcap");
        using var folder = new TemporaryFolder();
        string source = folder.Write("source.pcap", capture);
        string all = folder.At("all.pcap");
        string some = folder.At("some.pcap");

        DumpResult copied = TcpdumpCases.Run(["-r", source, "-w", all]);
        DumpResult filtered = TcpdumpCases.Run(["-r", source, "-w", some, "-c", "2", "arp"]);

        Assert.Equal(("", 0), (copied.Output, copied.Status));
        Assert.Equal(capture, File.ReadAllBytes(all));
        Assert.Equal(("", 0), (filtered.Output, filtered.Status));
        const int FileHeader = 24;
        const int ArpRecord = 16 + 42;
        Assert.Equal(capture[..(FileHeader + (2 * ArpRecord))], File.ReadAllBytes(some));
    }

    [Fact]
    public void Dump_WriteFileWithPrint_WritesAndPrints()
    {
        byte[] capture = GoldenArchive.Bytes("03-handshake/romeo.pcap");
        using var folder = new TemporaryFolder();
        string source = folder.Write("source.pcap", capture);

        DumpResult result = TcpdumpCases.Run(["-n", "-r", source, "-w", folder.At("copy.pcap"), "--print"]);

        Assert.Equal(capture, File.ReadAllBytes(folder.At("copy.pcap")));
        Assert.Equal(Encoding.Latin1.GetString(GoldenArchive.Bytes("03-handshake/tcpdump/romeo.n.txt")), result.Output);
    }

    [Theory]
    [InlineData("arp", 2)]
    [InlineData("# nothing but ARP\narp # and reverse ARP\n or rarp\n", 2)]
    [InlineData("", 5)]
    public void Dump_FilterFile_CountsAndTheCommandLineDoesNot(string text, int packets)
    {
        using var folder = new TemporaryFolder();
        string source = folder.Write("source.pcap", GoldenArchive.Bytes("03-handshake/romeo.pcap"));
        string filter = folder.Write("filter.txt", Encoding.Latin1.GetBytes(text));

        DumpResult result = TcpdumpCases.Run(["-r", source, "--count", "-F", filter, "no", "such", "filter"]);

        Assert.Equal(($"{packets} packets\n", 0), (result.Output, result.Status));
    }

    [Theory]
    [InlineData("-r", ": No such file or directory")]
    [InlineData("-w", ": No such file or directory")]
    [InlineData("-F", "can't open : No such file or directory")]
    public void Dump_EmptyFileName_IsAFileThatIsNotThere(string flag, string text)
    {
        using var folder = new TemporaryFolder();
        string source = folder.Write("source.pcap", GoldenArchive.Bytes("03-handshake/romeo.pcap"));

        DumpResult result = TcpdumpCases.Run(flag == "-r" ? ["-r", ""] : ["-r", source, flag, ""]);

        Assert.Equal(("", $"tcpdump: {text}", 1), (result.Output, result.Errors.TrimEnd('\n').Split('\n')[^1], result.Status));
    }

    [Fact]
    public void Dump_DiskOfTheCopyIsFull_ShowsWhatWasReadAndFails()
    {
        // A device that Linux has: every write to it fails as on a full disk.
        const string FullDevice = "/dev/full";
        if (!File.Exists(FullDevice))
        {
            return;
        }

        using var folder = new TemporaryFolder();
        string source = folder.Write("source.pcap", GoldenArchive.Bytes("03-handshake/romeo.pcap"));

        DumpResult result = TcpdumpCases.Run(["-n", "-r", source, "-w", FullDevice, "--print"]);

        Assert.Equal(Encoding.Latin1.GetString(GoldenArchive.Bytes("03-handshake/tcpdump/romeo.n.txt")), result.Output);
        Assert.Equal(1, result.Status);
    }

    [Theory]
    [InlineData("-i eth0")]
    [InlineData("-D")]
    [InlineData("-D -r x.pcap")]
    [InlineData("-L")]
    [InlineData("tcp")]
    public void Dump_InterfacesAsked_SaysInOneLineThatLiveCaptureIsMissing(string command)
    {
        DumpResult result = TcpdumpCases.Run(command.Split(' '));

        Assert.Equal(("", 1), (result.Output, result.Status));
        Assert.Contains("capturing live is not there yet", result.Errors, StringComparison.Ordinal);
        Assert.Equal(1, result.Errors.Count(c => c == '\n'));
    }

    // tcpdump's own words for what it refuses; the status of wrong usage is 2 here.
    [Theory]
    [InlineData("-f -r x.pcap", "-f can not be used with -V or -r")]
    [InlineData("-V names -r x.pcap", "-V and -r are mutually exclusive.")]
    [InlineData("-r x.pcap -y nope", "invalid data link type nope")]
    [InlineData("-r x.pcap -j nope", "invalid time stamp type nope")]
    [InlineData("-r x.pcap -B x", "invalid packet buffer size x")]
    [InlineData("-r x.pcap -B 0", "invalid packet buffer size 0")]
    [InlineData("-r x.pcap -c 0", "invalid packet count 0")]
    [InlineData("-r x.pcap -s 999999", "invalid snaplen 999999 (must be >= 0 and <= 262144)")]
    [InlineData("-r x.pcap -Q x", "unknown capture direction `x'")]
    [InlineData("-r x.pcap -tttttt", "only -t, -tt, -ttt, -tttt and -ttttt are supported")]
    [InlineData("-r x.pcap --time-stamp-precision=x", "unsupported time stamp precision")]
    [InlineData("-r x.pcap -C 1 -w y.pcap", "-C is not supported; leave it out")]
    [InlineData("-r x.pcap -d", "-d (printing the compiled filter) is not supported; leave it out")]
    public void Dump_FlagsThatCannotBeTaken_GiveOneLineAndStatus2(string command, string text)
    {
        DumpResult result = TcpdumpCases.Run(command.Split(' '));

        Assert.Equal(("", $"tcpdump: {text}\n", 2), (result.Output, result.Errors, result.Status));
    }

    // The usage promises nothing that is refused.
    [Fact]
    public void Usage_EveryFlagItLists_IsTaken()
    {
        string usage = TcpdumpCases.Run(["-h"]).Output;
        string letters = usage[(usage.IndexOf("[-", StringComparison.Ordinal) + 2)..usage.IndexOf(']', StringComparison.Ordinal)];
        Assert.True(letters.Length > 10, usage);
        using var folder = new TemporaryFolder();
        string source = folder.Write("source.pcap", GoldenArchive.Bytes("03-handshake/romeo.pcap"));
        foreach (char letter in letters)
        {
            Assert.Equal((letter, 0), (letter, TcpdumpCases.Run([$"-{letter}", "-r", source]).Status));
        }

        DumpResult unknown = TcpdumpCases.Run(["-k"]);
        Assert.Equal(2, unknown.Status);
        Assert.StartsWith("tcpdump: invalid option -- 'k'\nUsage: ", unknown.Errors, StringComparison.Ordinal);
    }

    private static void AssertSame(string command, DumpResult expected, DumpResult actual)
    {
        if (expected != actual)
        {
            Assert.Equal($"$ {command}\n{expected.Output}\n{expected.Errors}status {expected.Status}", $"$ {command}\n{actual.Output}\n{actual.Errors}status {actual.Status}");
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("finwait-dump-");

        public string At(string name) => Path.Combine(_folder.FullName, name);

        public string Write(string name, byte[] octets)
        {
            File.WriteAllBytes(At(name), octets);
            return At(name);
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
