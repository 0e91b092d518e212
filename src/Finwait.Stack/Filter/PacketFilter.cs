using System.Diagnostics.CodeAnalysis;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>A packet as the filter sees it. <see cref="In"/> and <see cref="Out"/> are null where the packet has no such interface.</summary>
internal readonly ref struct FilterPacket
{
    public required IpAddress Source { get; init; }

    public required IpAddress Destination { get; init; }

    public required byte Protocol { get; init; }

    /// <summary>Octets of the IP packet.</summary>
    public required int Length { get; init; }

    /// <summary>True for a fragment that is not the first.</summary>
    public bool IsLaterFragment { get; init; }

    public Interface? In { get; init; }

    public Interface? Out { get; init; }

    /// <summary>What connection tracking says of it; none as long as no rule asks.</summary>
    public ConnectionStates State { get; init; }

    /// <summary>Transport header and payload.</summary>
    public required ReadOnlySpan<byte> Transport { get; init; }

    /// <summary>The Ethernet header the packet came with, for the log; may be empty.</summary>
    public ReadOnlySpan<byte> LinkHeader { get; init; }

    /// <summary>The whole IP packet, for the log; may be empty.</summary>
    public ReadOnlySpan<byte> Packet { get; init; }
}

/// <summary>What the filter decided.</summary>
internal enum FilterVerdict : byte
{
    Accept,
    Drop,

    /// <summary>Dropped, and the sender is to be told (<c>out RejectWith</c>).</summary>
    Reject,
}

/// <summary>The table "filter" of iptables for one version of IP: the rule model and its evaluation. Text is the business of the tools.</summary>
public sealed class PacketFilter
{
    /// <summary>Most rules in all chains together.</summary>
    public const int MaxRules = 65536;

    /// <summary>Most chains, the three built-in ones included.</summary>
    public const int MaxChains = 1024;

    /// <summary>Deepest nesting of jumps, as in nf_tables.</summary>
    public const int MaxDepth = 16;

    private readonly List<FilterChain> _chains = [];
    private readonly Dictionary<string, FilterChain> _byName = [];
    private int _ruleCount;
    private ulong _random;
    private FilterChain? _refusedIn;
    private FilterRule? _refusedBy;
    private bool _isLoaded;
    private ConnectionTracker? _tracker;

    internal PacketFilter(ulong seed)
    {
        _random = seed;
        Input = AddBuiltIn("INPUT");
        Forward = AddBuiltIn("FORWARD");
        Output = AddBuiltIn("OUTPUT");
    }

    /// <summary>Packets for this host, after routing; a capture has seen them already.</summary>
    public FilterChain Input { get; }

    /// <summary>Packets for others, after routing and after their TTL was lowered.</summary>
    public FilterChain Forward { get; }

    /// <summary>Packets that this host made, before a capture sees them.</summary>
    public FilterChain Output { get; }

    /// <summary>All chains: the built-in ones, then the user's in the order in which they were made.</summary>
    public IReadOnlyList<FilterChain> Chains => _chains;

    /// <summary>Where <c>-j LOG</c> writes.</summary>
    public KernelLog Log { get; } = new();

    /// <summary>False as long as nobody changed anything: as on Linux, where the table is loaded with its first use, packets then pass unseen and uncounted.</summary>
    internal bool IsLoaded => _isLoaded;

    /// <summary>Finds a chain.</summary>
    public bool TryGetChain(string name, [NotNullWhen(true)] out FilterChain? chain) => _byName.TryGetValue(name, out chain);

    // ---- changes ---------------------------------------------------------------------------------------------

    /// <summary><c>-N</c>.</summary>
    public FilterError AddChain(string name)
    {
        if (_byName.ContainsKey(name))
        {
            return FilterError.ChainExists;
        }

        if (_chains.Count >= MaxChains)
        {
            return FilterError.TooMany;
        }

        FilterChain chain = new(name, isBuiltIn: false);
        _chains.Add(chain);
        _byName.Add(name, chain);
        return FilterError.None;
    }

    /// <summary><c>-X</c> for one chain.</summary>
    public FilterError RemoveChain(string name)
    {
        if (!_byName.TryGetValue(name, out FilterChain? chain))
        {
            return FilterError.NoSuchChain;
        }

        if (chain.IsBuiltIn)
        {
            return FilterError.BuiltInChain;
        }

        if (chain.References > 0)
        {
            return FilterError.ChainInUse;
        }

        if (chain.RuleList.Count > 0)
        {
            return FilterError.ChainNotEmpty;
        }

        _chains.Remove(chain);
        _byName.Remove(name);
        return FilterError.None;
    }

    /// <summary><c>-E</c>.</summary>
    public FilterError RenameChain(string name, string newName)
    {
        if (!_byName.TryGetValue(name, out FilterChain? chain))
        {
            return FilterError.NoSuchChain;
        }

        if (chain.IsBuiltIn)
        {
            return FilterError.BuiltInChain;
        }

        if (_byName.ContainsKey(newName))
        {
            return FilterError.ChainExists;
        }

        _byName.Remove(name);
        _byName.Add(newName, chain);
        chain.Name = newName;
        foreach (FilterChain other in _chains)
        {
            for (int i = 0; i < other.RuleList.Count; i++)
            {
                FilterRule rule = other.RuleList[i];
                if (rule.JumpChain == chain)
                {
                    other.RuleList[i] = new FilterRule(rule.Match, rule.Target with { Chain = newName }, chain) { Packets = rule.Packets, Octets = rule.Octets };
                }
            }
        }

        return FilterError.None;
    }

    /// <summary><c>-P</c>.</summary>
    public FilterError SetPolicy(string name, bool isDrop)
    {
        if (!_byName.TryGetValue(name, out FilterChain? chain))
        {
            return FilterError.NoSuchChain;
        }

        if (!chain.IsBuiltIn)
        {
            return FilterError.BuiltInChain;
        }

        chain.PolicyIsDrop = isDrop;
        _isLoaded = true;
        return FilterError.None;
    }

    /// <summary><c>-A</c>.</summary>
    public FilterError Append(string chain, FilterMatch match, FilterTarget target) =>
        _byName.TryGetValue(chain, out FilterChain? found) ? Insert(chain, found.RuleList.Count, match, target) : FilterError.NoSuchChain;

    /// <summary><c>-I</c>.</summary>
    /// <param name="chain">The chain's name.</param>
    /// <param name="index">Where the rule will stand, from 0 (iptables counts from 1).</param>
    /// <param name="match">What it looks at.</param>
    /// <param name="target">What it does.</param>
    public FilterError Insert(string chain, int index, FilterMatch match, FilterTarget target)
    {
        FilterError error = Check(chain, match, target, out FilterChain? into, out FilterChain? jump);
        if (error != FilterError.None)
        {
            return error;
        }

        if ((uint)index > (uint)into!.RuleList.Count)
        {
            return FilterError.NoSuchRule;
        }

        if (_ruleCount >= MaxRules)
        {
            return FilterError.TooMany;
        }

        into.RuleList.Insert(index, new FilterRule(match, target, jump));
        Track(match);
        _isLoaded = true;
        _ruleCount++;
        if (jump is not null)
        {
            jump.References++;
        }

        return FilterError.None;
    }

    /// <summary><c>-R</c>; counters start anew.</summary>
    public FilterError Replace(string chain, int index, FilterMatch match, FilterTarget target)
    {
        FilterError error = Check(chain, match, target, out FilterChain? into, out FilterChain? jump);
        if (error != FilterError.None)
        {
            return error;
        }

        if ((uint)index >= (uint)into!.RuleList.Count)
        {
            return FilterError.NoSuchRule;
        }

        Unlink(into.RuleList[index]);
        into.RuleList[index] = new FilterRule(match, target, jump);
        Track(match);
        if (jump is not null)
        {
            jump.References++;
        }

        return FilterError.None;
    }

    /// <summary><c>-D</c> with a number, here from 0.</summary>
    public FilterError Delete(string chain, int index)
    {
        if (!_byName.TryGetValue(chain, out FilterChain? found))
        {
            return FilterError.NoSuchChain;
        }

        if ((uint)index >= (uint)found.RuleList.Count)
        {
            return FilterError.NoSuchRule;
        }

        Unlink(found.RuleList[index]);
        found.RuleList.RemoveAt(index);
        _ruleCount--;
        return FilterError.None;
    }

    /// <summary><c>-D</c> with a specification: the first rule that says the same.</summary>
    public FilterError Delete(string chain, FilterMatch match, FilterTarget target) =>
        _byName.TryGetValue(chain, out FilterChain? found)
            ? Delete(chain, found.RuleList.FindIndex(r => r.Match == match && r.Target == target))
            : FilterError.NoSuchChain;

    /// <summary><c>-F</c> for one chain.</summary>
    public FilterError Flush(string chain)
    {
        if (!_byName.TryGetValue(chain, out FilterChain? found))
        {
            return FilterError.NoSuchChain;
        }

        foreach (FilterRule rule in found.RuleList)
        {
            Unlink(rule);
        }

        _ruleCount -= found.RuleList.Count;
        found.RuleList.Clear();
        return FilterError.None;
    }

    /// <summary><c>-Z</c> for one chain.</summary>
    public FilterError Zero(string chain)
    {
        if (!_byName.TryGetValue(chain, out FilterChain? found))
        {
            return FilterError.NoSuchChain;
        }

        foreach (FilterRule rule in found.RuleList)
        {
            rule.Packets = rule.Octets = 0;
        }

        found.PolicyPackets = found.PolicyOctets = 0;
        return FilterError.None;
    }

    private FilterChain AddBuiltIn(string name)
    {
        FilterChain chain = new(name, isBuiltIn: true);
        _chains.Add(chain);
        _byName.Add(name, chain);
        return chain;
    }

    private static void Unlink(FilterRule rule)
    {
        if (rule.JumpChain is not null)
        {
            rule.JumpChain.References--;
        }
    }

    private FilterError Check(string chain, FilterMatch match, FilterTarget target, out FilterChain? into, out FilterChain? jump)
    {
        jump = null;
        if (!_byName.TryGetValue(chain, out into))
        {
            return FilterError.NoSuchChain;
        }

        bool isTcp = match is { Protocol: 6, IsProtocolInverted: false };
        bool hasPorts = isTcp || match is { Protocol: 17, IsProtocolInverted: false };
        bool isIcmp = match is { Protocol: 1 or 58, IsProtocolInverted: false };
        if ((match.TcpFlags is not null && !isTcp)
            || ((match.SourcePorts is not null || match.DestinationPorts is not null) && !hasPorts)
            || (match.IcmpType is not null && !isIcmp)
            || (match.Statistic is { Every: > 0 } nth && nth.Packet >= nth.Every)
            || (match.Limit is { } limit && (limit.Burst < 1 || limit.Interval <= TimeSpan.Zero))
            || (target is { Kind: FilterTargetKind.Reject, RejectWith: RejectWith.TcpReset } && !isTcp))
        {
            return FilterError.InvalidRule;
        }

        if (target.Kind is FilterTargetKind.Jump or FilterTargetKind.Goto)
        {
            if (target.Chain is null || !_byName.TryGetValue(target.Chain, out jump))
            {
                return FilterError.NoSuchChain;
            }

            if (jump.IsBuiltIn)
            {
                return FilterError.BuiltInChain;
            }

            if (Reaches(jump, into) || DepthAbove(into, []) + DepthBelow(jump, []) + 1 > MaxDepth)
            {
                return FilterError.Loop;
            }
        }

        return FilterError.None;
    }

    /// <summary>True if a jump from <paramref name="from"/> can come to <paramref name="to"/>. Ends because the chains so far have no circle.</summary>
    private static bool Reaches(FilterChain from, FilterChain to)
    {
        HashSet<FilterChain> seen = [];
        Stack<FilterChain> open = new([from]);
        while (open.TryPop(out FilterChain? chain))
        {
            if (chain == to)
            {
                return true;
            }

            if (seen.Add(chain))
            {
                foreach (FilterRule rule in chain.RuleList)
                {
                    if (rule.JumpChain is not null)
                    {
                        open.Push(rule.JumpChain);
                    }
                }
            }
        }

        return false;
    }

    private static int DepthBelow(FilterChain chain, Dictionary<FilterChain, int> known)
    {
        if (!known.TryGetValue(chain, out int deepest))
        {
            foreach (FilterRule rule in chain.RuleList)
            {
                deepest = rule.JumpChain is null ? deepest : Math.Max(deepest, 1 + DepthBelow(rule.JumpChain, known));
            }

            known.Add(chain, deepest);
        }

        return deepest;
    }

    private int DepthAbove(FilterChain chain, Dictionary<FilterChain, int> known)
    {
        if (!known.TryGetValue(chain, out int deepest))
        {
            foreach (FilterChain caller in _chains)
            {
                if (chain.References > 0 && caller.RuleList.Exists(r => r.JumpChain == chain))
                {
                    deepest = Math.Max(deepest, 1 + DepthAbove(caller, known));
                }
            }

            known.Add(chain, deepest);
        }

        return deepest;
    }

    // ---- evaluation ------------------------------------------------------------------------------------------

    /// <summary>Connections are followed from the first rule on that asks for them, as on Linux.</summary>
    private void Track(FilterMatch match) => _tracker ??= match.State is null ? null : new ConnectionTracker();

    internal FilterVerdict Evaluate(FilterChain hook, Instant now, in FilterPacket packet, out RejectWith with)
    {
        if (_tracker is not { } tracker)
        {
            return Decide(hook, now, packet, out with);
        }

        FilterVerdict verdict = Decide(hook, now, packet with { State = tracker.Look(now, packet) }, out with);
        if (verdict != FilterVerdict.Accept || tracker.Confirm(now))
        {
            return verdict;
        }

        Log.Add(now, "nf_conntrack: nf_conntrack: table full, dropping packet");
        (_refusedIn, _refusedBy) = (hook, null);
        return FilterVerdict.Drop;
    }

    private FilterVerdict Decide(FilterChain hook, Instant now, in FilterPacket packet, out RejectWith with)
    {
        with = default;
        if (hook.RuleList.Count > 0)
        {
            FilterRule? decided = Walk(hook, now, packet, out _);
            if (decided is not null)
            {
                with = decided.Target.RejectWith;
                if (decided.Target.Kind == FilterTargetKind.Accept)
                {
                    return FilterVerdict.Accept;
                }

                (_refusedIn, _refusedBy) = (hook, decided);
                return decided.Target.Kind == FilterTargetKind.Reject ? FilterVerdict.Reject : FilterVerdict.Drop;
            }
        }

        hook.PolicyPackets++;
        hook.PolicyOctets += packet.Length;
        if (!hook.PolicyIsDrop)
        {
            return FilterVerdict.Accept;
        }

        (_refusedIn, _refusedBy) = (hook, null);
        return FilterVerdict.Drop;
    }

    /// <summary>Who refused the packet that was refused last; null if that was asked already. Walks over the rules: for those who watch.</summary>
    internal FilterRefusal? TakeRefusal()
    {
        if (_refusedIn is not { } hook)
        {
            return null;
        }

        FilterRule? by = _refusedBy;
        (_refusedIn, _refusedBy) = (null, null);
        if (by is not { } rule)
        {
            return new FilterRefusal(hook.Name, hook.Name, 0, null);
        }

        FilterChain chain = _chains.Find(each => each.RuleList.Contains(rule)) ?? hook;
        return new FilterRefusal(hook.Name, chain.Name, chain.RuleList.IndexOf(rule) + 1, rule);
    }

    /// <summary>The rule that decided, or null. Recursion is bounded: <see cref="Check"/> keeps jumps within <see cref="MaxDepth"/>.</summary>
    private FilterRule? Walk(FilterChain chain, Instant now, in FilterPacket packet, out bool isReturn)
    {
        isReturn = false;
        foreach (FilterRule rule in chain.RuleList)
        {
            if (!rule.Matches(now, packet, ref _random))
            {
                continue;
            }

            rule.Packets++;
            rule.Octets += packet.Length;
            switch (rule.Target.Kind)
            {
                case FilterTargetKind.None:
                    break;
                case FilterTargetKind.Log:
                    Log.Add(now, rule.Target, packet);
                    break;
                case FilterTargetKind.Return:
                    isReturn = true;
                    return null;
                case FilterTargetKind.Jump:
                case FilterTargetKind.Goto:
                    FilterRule? decided = Walk(rule.JumpChain!, now, packet, out _);
                    if (decided is not null || rule.Target.Kind == FilterTargetKind.Goto)
                    {
                        return decided;
                    }

                    break;
                default:
                    return rule;
            }
        }

        return null;
    }
}
