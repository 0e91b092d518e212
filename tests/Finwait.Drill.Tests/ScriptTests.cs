using System.Runtime.CompilerServices;

namespace Finwait.Drill.Tests;

/// <summary>The scripts of tests/drill, over IPv4, IPv6 and with mapped addresses.</summary>
public class ScriptTests
{
    public static TheoryData<string, string> Runs()
    {
        var data = new TheoryData<string, string>();
        foreach (string script in Own.Scripts)
        {
            foreach (string version in Own.VersionsOf(script))
            {
                data.Add(script, version);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Script_Passes(string script, string version)
    {
        DrillResult result = Own.Run(script, Own.Read(script), version);
        Assert.True(result.Outcome == DrillOutcome.Ok, $"over {version}: {result}");
    }

    [Theory]
    [InlineData(3UL)]
    [InlineData(0x5eed_5eed_5eedUL)]
    public void Scripts_WithOtherSequenceNumbersAndPorts_ComeOutTheSame(ulong seed)
    {
        foreach (string script in Own.Scripts)
        {
            DrillResult result = Own.Run(script, Own.Read(script), Own.VersionsOf(script).First(), seed);
            Assert.True(result.Outcome == DrillOutcome.Ok, $"seed {seed}: {result}");
        }
    }
}

/// <summary>The scripts of tests/drill.</summary>
internal static class Own
{
    private static readonly string s_folder = Finwait.Drill.Tests.Scripts.InRepository("tests", "drill");

    public static IReadOnlyList<string> Scripts { get; } =
        [.. Directory.EnumerateFiles(s_folder, "*.pkt", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(s_folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public static string Read(string script) => File.ReadAllText(Path.Combine(s_folder, script));

    public static IEnumerable<string> VersionsOf(string script)
    {
        string text = Read(script);
        return text.Contains("--ip_version=ipv6", StringComparison.Ordinal) ? ["ipv6"]
            : text.Contains("--ip_version=ipv4", StringComparison.Ordinal) ? ["ipv4"] : ["ipv4", "ipv6", "ipv4-mapped-ipv6"];
    }

    /// <summary>Strict: no packet behind the end, and every TSval is compared.</summary>
    public static DrillResult Run(string script, string text, string version, ulong seed = 1) =>
        DrillRunner.Run(script, text, new DrillOptions { IsStrict = true, Seed = seed, Settings = ["ip_version=" + version, "tcp_ts_tick_usecs=1000"] });
}
