using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>Which of the iptables programs runs; they differ in the version of IP and in some texts.</summary>
/// <param name="IsV6">True for <c>ip6tables</c>.</param>
/// <param name="IsLegacy">True for <c>iptables-legacy</c>: policy counters count, and some errors read otherwise.</param>
/// <param name="IsSave">True for the <c>-save</c> programs.</param>
internal readonly record struct IptablesTool(bool IsV6, bool IsLegacy, bool IsSave)
{
    /// <summary>True for the <c>-restore</c> programs.</summary>
    internal bool IsRestore { get; init; }

    /// <summary>The release whose texts these are.</summary>
    internal const string Version = "v1.8.9";

    internal string Program => (IsV6 ? "ip6tables" : "iptables") + (IsRestore ? "-restore" : "");

    internal string Variant => IsLegacy ? "legacy" : "nf_tables";

    /// <summary>How error lines about the command line begin.</summary>
    internal string Prefix => $"{Program} {Version} ({Variant}): ";

    /// <summary>Knows <c>iptables</c>, <c>iptables-nft</c>, <c>iptables-legacy</c>, <c>iptables-save</c>, <c>iptables-legacy-save</c>, and the same with <c>ip6tables</c>.</summary>
    internal static bool TryParse(string name, out IptablesTool tool)
    {
        tool = default;
        string rest;
        if (name.StartsWith("ip6tables", StringComparison.Ordinal))
        {
            tool = tool with { IsV6 = true };
            rest = name["ip6tables".Length..];
        }
        else if (name.StartsWith("iptables", StringComparison.Ordinal))
        {
            rest = name["iptables".Length..];
        }
        else
        {
            return false;
        }

        tool = tool with { IsLegacy = rest.StartsWith("-legacy", StringComparison.Ordinal), IsSave = rest.EndsWith("-save", StringComparison.Ordinal), IsRestore = rest.EndsWith("-restore", StringComparison.Ordinal) };
        return rest is "" or "-nft" or "-legacy" or "-save" or "-nft-save" or "-legacy-save" or "-restore" or "-nft-restore" or "-legacy-restore";
    }
}

/// <summary>A command line of <c>iptables</c>, understood; plain data.</summary>
internal sealed record IptablesLine
{
    /// <summary>The command's letter: A, C, D, I, R, L, S, F, Z, N, X, E, P, or h and V.</summary>
    internal char Command { get; init; }

    /// <summary>True for <c>-L -Z</c>.</summary>
    internal bool AlsoZeroes { get; init; }

    internal string? Chain { get; init; }

    /// <summary>Counted from 1; <c>null</c> if not given.</summary>
    internal int? RuleNumber { get; init; }

    /// <summary>New name of <c>-E</c>, policy of <c>-P</c>.</summary>
    internal string Argument { get; init; } = "";

    /// <summary>One rule for each pair of source and destination: lists of addresses make several.</summary>
    internal IReadOnlyList<FilterMatch> Matches { get; init; } = [FilterMatch.Any];

    internal FilterTarget Target { get; init; } = FilterTarget.None;

    /// <summary><c>-c</c>.</summary>
    internal (long Packets, long Octets)? Counters { get; init; }

    internal IptablesStyle Style { get; init; } = new();
}

/// <summary>How lists are to look.</summary>
internal sealed record IptablesStyle
{
    /// <summary><c>-n</c>.</summary>
    internal bool Numeric { get; init; }

    /// <summary><c>-v</c>.</summary>
    internal bool Verbose { get; init; }

    /// <summary><c>-x</c>.</summary>
    internal bool Exact { get; init; }

    internal bool LineNumbers { get; init; }
}

/// <summary>A command line that cannot be understood or carried out.</summary>
/// <param name="Status">Exit status of the real tool.</param>
/// <param name="Text">Standard error with its newlines.</param>
internal sealed record IptablesFailure(int Status, string Text)
{
    internal ToolResult ToResult() => new(Status, "", Text);
}
