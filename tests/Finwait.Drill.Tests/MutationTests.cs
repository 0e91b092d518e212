using System.Globalization;
using System.Text.RegularExpressions;

namespace Finwait.Drill.Tests;

/// <summary>
/// The runner judges: every script must fail when one of its numbers is another one. Which numbers: all that the script expects of the host, and all
/// of an injected segment that must hang together. Left out by rule are the script's inputs, whose numbers have only consequences that the script may or may
/// not ask for: the times of what the script does itself, windows, urgent pointers and options of injected packets, sizes of buffers that are only offered, values
/// given to setsockopt() and sysctl, backlogs, the wait of poll(), the number of a socket that no later call uses (it is a
/// name), what a failing call gives back, and two zero points: the TSval of a connection's first segment with timestamps (only distances count) and the end of a range of times (a wider
/// range holds, too).
/// </summary>
public partial class MutationTests
{
    private const int Sample = 6;

    [GeneratedRegex(@"(?<![\w.])(0x[0-9a-fA-F]+|\d+)(?![\w.])")]
    private static partial Regex WholeNumber { get; }

    [GeneratedRegex(@"^\s*(\+?)(\d*\.?\d+|\d+)(~\+?[\d.]+)?\s*>")]
    private static partial Regex ExpectedTime { get; }

    [GeneratedRegex(@"^\s*[+*\d.~ ]+(\.\.\.\+?[\d.]+)?\s*[<>]\s")]
    private static partial Regex PacketLine { get; }

    [GeneratedRegex(@"\d+:\d+\(\d+\)")]
    private static partial Regex Sequence { get; }

    [GeneratedRegex(@"TS val (\d+)")]
    private static partial Regex TimestampValue { get; }

    [GeneratedRegex(@"\)\s*=\s*(-?)(0x[0-9a-fA-F]+|\d+)[^=]*$")]
    private static partial Regex Result { get; }

    [GeneratedRegex(@"==\s*(\d+)")]
    private static partial Regex Asserted { get; }

    public static TheoryData<string> All => [.. Own.Scripts];

    [Theory]
    [MemberData(nameof(All))]
    public void Script_OneNumberChanged_Fails(string script)
    {
        List<(int At, int Length, string Other)> mutations = MutationsOf(Own.Read(script));
        Assert.NotEmpty(mutations);
        var random = new Random(script.Length * 7919);
        while (mutations.Count > Sample)
        {
            mutations.RemoveAt(random.Next(mutations.Count));
        }

        AssertAllFail(script, mutations);
    }

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(All))]
    public void Script_AnyNumberChanged_Fails(string script) => AssertAllFail(script, MutationsOf(Own.Read(script)));

    private static void AssertAllFail(string script, List<(int At, int Length, string Other)> mutations)
    {
        string text = Own.Read(script);
        string version = Own.VersionsOf(script).First();
        var survivors = new List<string>();
        foreach ((int at, int length, string other) in mutations)
        {
            string mutated = text[..at] + other + text[(at + length)..];
            if (Own.Run(script, mutated, version).Outcome != DrillOutcome.Failed)
            {
                int line = text.AsSpan(0, at).Count('\n');
                survivors.Add($"{script}:{line + 1}: '{text.Substring(at, length)}' as '{other}' passes: {mutated.Split('\n')[line]}");
            }
        }

        Assert.True(survivors.Count == 0, string.Join('\n', survivors));
    }

    private static List<(int At, int Length, string Other)> MutationsOf(string text)
    {
        var found = new List<(int, int, string)>();
        bool isFirstTimestamp = true;
        int start = 0;
        foreach (string line in text.Split('\n'))
        {
            if (!line.StartsWith("//", StringComparison.Ordinal) && !line.StartsWith("--", StringComparison.Ordinal) && !line.StartsWith('`'))
            {
                isFirstTimestamp |= line.Contains("< S ", StringComparison.Ordinal) || line.Contains(" socket(", StringComparison.Ordinal);
                foreach ((int at, int length, string other) in MutationsOfLine(line, text[(start + line.Length)..], ref isFirstTimestamp))
                {
                    found.Add((start + at, length, other));
                }
            }

            start += line.Length + 1;
        }

        return found;
    }

    private static List<(int At, int Length, string Other)> MutationsOfLine(string line, string rest, ref bool isFirstTimestamp)
    {
        var found = new List<(int, int, string)>();
        int mark = PacketLine.Match(line).Length;
        if (mark > 0 && line[mark - 2] == '>')
        {
            Match time = ExpectedTime.Match(line);
            if (time.Success)
            {
                Group number = time.Groups[2];
                found.Add((number.Index, number.Length, Later(number.Value)));
            }

            Match stamp = TimestampValue.Match(line);
            foreach (Match number in WholeNumber.Matches(line, mark))
            {
                bool isStamp = stamp.Success && number.Index == stamp.Groups[1].Index;
                if (!isStamp || !isFirstTimestamp)
                {
                    found.Add((number.Index, number.Length, Plus(number.Value, isStamp ? 1000 : 1)));
                }
            }

            // The digit of an ACE field stands in the flags and is no word of its own.
            isFirstTimestamp &= !stamp.Success;
        }
        else if (mark > 0)
        {
            Match sequence = Sequence.Match(line);
            foreach (Match number in WholeNumber.Matches(sequence.Value))
            {
                found.Add((sequence.Index + number.Index, number.Length, Plus(number.Value, 1)));
            }
        }
        else if (Result.Match(line) is { Success: true } result && !line.Contains("%{", StringComparison.Ordinal))
        {
            string number = result.Groups[2].Value;
            bool isName = line.Contains(" socket(", StringComparison.Ordinal) || line.Contains(" accept", StringComparison.Ordinal) || line.Contains(" epoll_create", StringComparison.Ordinal);
            bool isFailure = result.Groups[1].Length > 0;
            if (!isName || isFailure || rest.Contains($"({number},", StringComparison.Ordinal) || rest.Contains($"({number})", StringComparison.Ordinal))
            {
                found.Add((result.Groups[2].Index, result.Groups[2].Length, Plus(number, 1)));
            }

            found.AddRange(isFailure ? [] : ExpectedArguments(line));
        }
        else if (line.Contains("%{", StringComparison.Ordinal))
        {
            foreach (Match number in Asserted.Matches(line))
            {
                found.Add((number.Groups[1].Index, number.Groups[1].Length, Plus(number.Groups[1].Value, 1)));
            }
        }

        return found;
    }

    /// <summary>Numbers that a call gives back through its arguments.</summary>
    private static IEnumerable<(int At, int Length, string Other)> ExpectedArguments(string line)
    {
        bool isAsked = line.Contains("getsockopt(", StringComparison.Ordinal) || line.Contains("ioctl(", StringComparison.Ordinal);
        int open = line.IndexOf('[');
        int close = open < 0 ? -1 : line.IndexOf(']', open);
        if (isAsked && close > 0 && !line.Contains("FIONBIO", StringComparison.Ordinal))
        {
            foreach (Match number in WholeNumber.Matches(line[..close], open))
            {
                yield return (number.Index, number.Length, Plus(number.Value, 1));
            }
        }

        int data = line.IndexOf("cmsg_data=", StringComparison.Ordinal);
        if (data > 0)
        {
            Match number = WholeNumber.Match(line, data + "cmsg_data=".Length);
            yield return (number.Index, number.Length, Plus(number.Value, 1));
        }
    }

    private static string Plus(string number, long more) => number.StartsWith("0x", StringComparison.Ordinal)
        ? "0x" + (long.Parse(number.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) + more).ToString("x", CultureInfo.InvariantCulture)
        : (System.Numerics.BigInteger.Parse(number, CultureInfo.InvariantCulture) + more).ToString(CultureInfo.InvariantCulture);

    private static string Later(string seconds) => (decimal.Parse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) + 0.7m).ToString(CultureInfo.InvariantCulture);
}
