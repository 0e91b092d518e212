namespace Finwait.Stack;

/// <summary>Why the packet filter refused a change; the caller's mistake, told as <c>iptables</c> would.</summary>
public enum FilterError : byte
{
    /// <summary>Done.</summary>
    None,

    /// <summary>No chain has that name: "No chain/target/match by that name."</summary>
    NoSuchChain,

    /// <summary>No rule is there, or none is like that: "Index of deletion too big.", "Bad rule (does a matching rule exist in that chain?)."</summary>
    NoSuchRule,

    /// <summary>A chain has that name: "Chain already exists."</summary>
    ChainExists,

    /// <summary>Rules jump to the chain: "Too many links."</summary>
    ChainInUse,

    /// <summary>The chain has rules: "Directory not empty."</summary>
    ChainNotEmpty,

    /// <summary>Built-in chains cannot be deleted or jumped to; only they have policies: "Bad built-in chain name."</summary>
    BuiltInChain,

    /// <summary>Chains would jump round in a circle, or deeper than <see cref="PacketFilter.MaxDepth"/>: "Too many levels of symbolic links."</summary>
    Loop,

    /// <summary>The target does not fit the match: tcp-reset without <c>-p tcp</c>, ports without a protocol that has ports.</summary>
    InvalidRule,

    /// <summary>More than <see cref="PacketFilter.MaxRules"/> rules or <see cref="PacketFilter.MaxChains"/> chains.</summary>
    TooMany,
}

/// <summary>Who refused a packet.</summary>
/// <param name="Hook">The built-in chain that was asked: INPUT, FORWARD or OUTPUT.</param>
/// <param name="Chain">The chain of the rule; <paramref name="Hook"/> for its policy.</param>
/// <param name="Number">The rule's number in that chain as iptables counts, from 1; 0 for the policy.</param>
/// <param name="Rule">The rule; null for the policy.</param>
/// <param name="IsV6">True for a rule of ip6tables.</param>
public sealed record FilterRefusal(string Hook, string Chain, int Number, FilterRule? Rule, bool IsV6 = false);

/// <summary>A chain of rules. Changes go through <see cref="PacketFilter"/>, which keeps the whole free of circles.</summary>
public sealed class FilterChain
{
    internal readonly List<FilterRule> RuleList = [];

    internal FilterChain(string name, bool isBuiltIn)
    {
        Name = name;
        IsBuiltIn = isBuiltIn;
    }

    /// <summary>INPUT, FORWARD, OUTPUT, or the name its user gave.</summary>
    public string Name { get; internal set; }

    /// <summary>True for INPUT, FORWARD and OUTPUT.</summary>
    public bool IsBuiltIn { get; }

    /// <summary>The rules in order; the first that matches and decides, decides.</summary>
    public IReadOnlyList<FilterRule> Rules => RuleList;

    /// <summary>True if packets that no rule decided are dropped. Built-in chains only; default false.</summary>
    public bool PolicyIsDrop { get; internal set; }

    /// <summary>Packets that the policy decided. (iptables on nf_tables prints 0 for it, iptables-legacy the count.)</summary>
    public long PolicyPackets { get; set; }

    /// <summary>Octets of those packets.</summary>
    public long PolicyOctets { get; set; }

    /// <summary>Rules that jump here.</summary>
    public int References { get; internal set; }
}
