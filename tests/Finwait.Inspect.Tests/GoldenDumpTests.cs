using System.Text;

namespace Finwait.Inspect.Tests;

/// <summary>Every text that tcpdump printed of the golden captures, byte for byte.</summary>
public class GoldenDumpTests
{
    private static readonly string[] s_cutFlags = ["SnvX", "SnX", "n-A", "n-x", "n-xx", "n-XX"];

    private static readonly Dictionary<string, string> s_cutAt = new()
    {
        ["04b-send-100kB"] = "20",
        ["04c-send-100kB-small-buffer"] = "20",
        ["04d-send-100kB-slow-link"] = "20",
        ["19a-fast-retransmit-sack"] = "12",
        ["19b-fast-retransmit-no-sack"] = "12",
        ["30-http"] = "60",
    };

    public static TheoryData<string> Folders => [.. GoldenArchive.Names.Select(name => name[..name.IndexOf('/', StringComparison.Ordinal)]).Distinct()];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Dump_EveryFlagSetOfAGoldenCapture_IsByteForByteTcpdumps(string folder)
    {
        int compared = 0;
        foreach (string name in GoldenArchive.Names.Where(name => name.StartsWith(folder + "/tcpdump/", StringComparison.Ordinal)))
        {
            string[] parts = Path.GetFileName(name).Split('.');
            byte[] capture = GoldenArchive.Bytes($"{folder}/{parts[0]}.pcap");
            byte[] expected = GoldenArchive.Bytes(name);
            byte[] actual = Dump.Run(capture, Flags(folder, parts[1]));
            if (!expected.AsSpan().SequenceEqual(actual))
            {
                Assert.Equal($"{name}\n{Encoding.Latin1.GetString(expected)}", $"{name}\n{Encoding.Latin1.GetString(actual)}");
            }

            compared++;
        }

        Assert.True(compared > 10, "the texts of the folder are missing");
    }

    private static string[] Flags(string folder, string name)
    {
        List<string> flags = [];
        if (name.StartsWith("default", StringComparison.Ordinal))
        {
            if (name == "default-tcp")
            {
                flags.Add("tcp");
            }

            return [.. flags];
        }

        flags.AddRange(name.Split('-').Select(flag => flag == "number" ? "-#" : "-" + flag));
        if (s_cutAt.TryGetValue(folder, out string? count) && s_cutFlags.Contains(name))
        {
            flags.AddRange(["-c", count]);
        }

        return [.. flags];
    }
}
