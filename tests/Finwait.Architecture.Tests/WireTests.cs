using System.Text.RegularExpressions;

namespace Finwait.Architecture.Tests;

/// <summary>
/// Tests that look at TCP segments for a row of docs/conformance.md run on every wire: over IPv4 and IPv6, and with sequence numbers across 2^31 and 2^32. A test in which that
/// has no meaning says so in its comment: <c>No wire: why</c>.
/// </summary>
/// <remarks>Only the method itself is read: one that leaves everything to a helper of another name is not seen.</remarks>
public partial class WireTests
{
    // What is below TCP (section 4 of the document) has no sequence numbers.
    private static readonly string[] s_folders = ["tests/Finwait.Tcp.Tests/", "tests/Finwait.Stack.Tests/Tcp/", "tests/Finwait.Stack.Tests/Sockets/"];

    [GeneratedRegex(@"\b(?:MUST|SHLD|MAY|REC|SM|X|BUG)-[A-Z0-9]+")]
    private static partial Regex TcpRow { get; }

    /// <summary>The rigs through which tests see segments, and the names that their variables have.</summary>
    [GeneratedRegex(@"\b(?:TcpRig|TwoHosts|TwoHostLab|ScriptedPeer|PathPeer)\b|\b(?:rig|hosts|peer|lab)\.")]
    private static partial Regex Rig { get; }

    [GeneratedRegex(@"^    public (?:async )?(?:void|Task) (?<name>\w+)\(")]
    private static partial Regex Method { get; }

    [GeneratedRegex(@"No wire: \S+ \S+")]
    private static partial Regex Reason { get; }

    [Fact]
    public void TestsOfTcpRows_RunOnEveryWire()
    {
        Repository.AssertNone(Repository.Files("tests", "*.cs").Where(path => s_folders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))
            .SelectMany(path => Findings(path, Repository.ReadLines(path))));
    }

    [Theory]
    [InlineData("// MUST-8: why\n    [Fact]", "TcpRig rig = new();", true)]
    [InlineData("// SM-SC-1\n    [Theory]\n    [InlineData(1)]", "(TcpRig rig, _) = Made();", true)]
    [InlineData("// SM-SC-1\n    [Theory, OnEveryWire]", "TcpRig rig = new(wire);", false)]
    [InlineData("// X-1337-1\n    [Theory]\n    [OnEveryWire(1)]", "peer.In(wire);", false)]
    [InlineData("// BUG-01\n    [Fact]", "foreach (string wire in WireCase.Names) { peer.In(wire); }", false)]
    [InlineData("// MUST-8. No wire: it has none.\n    [Fact]", "rig.Run(1);", false)]
    [InlineData("// MUST-8. No wire:\n    [Fact]", "rig.Run(1);", true)]
    [InlineData("// MUST-8: a table alone\n    [Fact]", "Assert.Equal(1, table.Count);", false)]
    [InlineData("// N-UDP-1\n    [Fact]", "rig.Run(1);", false)]
    public void Findings_OfATest_NameItWhenItForgetsTheWires(string above, string body, bool isFound)
    {
        string[] lines = $"public class Tests\n{{\n    {above}\n    public void A_B_C()\n    {{\n        {body}\n    }}\n}}".Split('\n');
        Assert.Equal(isFound ? 1 : 0, Findings("x.cs", lines).Count());
    }

    private static IEnumerable<string> Findings(string path, string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (Method.Match(lines[i]) is not { Success: true } method)
            {
                continue;
            }

            int attributes = i, comment;
            while (attributes > 0 && lines[attributes - 1].StartsWith("    [", StringComparison.Ordinal))
            {
                attributes--;
            }

            for (comment = attributes; comment > 0 && lines[comment - 1].StartsWith("    //", StringComparison.Ordinal); comment--)
            {
            }

            int end = lines[i].EndsWith(';') ? i : Array.IndexOf(lines, "    }", i);
            string said = string.Join(' ', lines[comment..attributes]), given = string.Join(' ', lines[attributes..i]), body = string.Join(' ', lines[i..(end + 1)]);
            if (attributes < i && TcpRow.IsMatch(said) && Rig.IsMatch(body) && !Reason.IsMatch(said)
                && !given.Contains("OnEveryWire", StringComparison.Ordinal) && !body.Contains("WireCase.Names", StringComparison.Ordinal))
            {
                yield return $"{path}:{i + 1}: {method.Groups["name"].Value} runs on one wire; [Theory, OnEveryWire] gives it all, or its comment says \"No wire: why\"";
            }
        }
    }
}
